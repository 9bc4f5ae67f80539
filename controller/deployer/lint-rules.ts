/** abra's lint rules, one by one. Pure. */
import {
  deployLabels,
  isTree,
  servicePairs,
  serviceNames,
  textOf,
  treeAt,
  type ComposeFile,
  type Tree,
} from './compose.ts';
import { parseRelease } from '../domain/recipe/version.ts';

export type LintSubject = {
  /** compose.yml alone: what a packager ships first. */
  files: readonly ComposeFile[];
  stack: string;
  abraSh: Readonly<Record<string, string>>;
  readme: string | undefined;
  lightweight: readonly string[];
  tags: readonly string[];
};

export type LintRule = {
  /** `B` for built-in: abra's own rules are numbered R001 to R016, and these are not those. */
  ref: string;
  rule: string;
  severity: 'error' | 'warn';
  howToFix: string;
  /** Undefined: the rule has nothing to look at. */
  check: (subject: LintSubject) => boolean | undefined;
};

function services({ files }: LintSubject): Tree[] {
  return serviceNames(files).map(
    (name) =>
      Object.assign({}, ...files.map((file) => treeAt(treeAt(file.filled, 'services'), name))) as Tree,
  );
}

function imagesOf(subject: LintSubject): string[] {
  return services(subject).map((service) => textOf(service.image ?? ''));
}

/** The tag of an image reference, without registry port and digest. */
function tagOf(image: string): string | undefined {
  const [name = ''] = image.split('@');
  return /:([^/:]+)$/.exec(name)?.[1];
}

/** Every `${X_VERSION}` in a config's name must come from abra.sh. */
function configsAreVendored({ files, abraSh }: LintSubject): boolean | undefined {
  const names = files
    .flatMap((file) => Object.values(treeAt(file.raw, 'configs')))
    .flatMap((config) => (isTree(config) && config.name !== undefined ? [textOf(config.name)] : []));
  const variables = names.flatMap((name) =>
    [...name.matchAll(/\$\{?([A-Z0-9_]+_VERSION)/g)].map((match) => match[1] ?? ''),
  );
  return variables.length === 0 ? undefined : variables.every((variable) => abraSh[variable] !== undefined);
}

function versionLabel({ files, stack }: LintSubject): string | undefined {
  return deployLabels(files, 'app').get(`coop-cloud.${stack}.version`);
}

const errors: LintRule[] = [
  {
    ref: 'B001', rule: 'one service is named "app"', severity: 'error', howToFix: 'name the main service "app"',
    check: ({ files }) => serviceNames(files).includes('app'),
  },
  {
    ref: 'B002', rule: 'all services have an image', severity: 'error', howToFix: 'give every service an image',
    check: (subject) => imagesOf(subject).every((image) => image !== ''),
  },
  {
    ref: 'B003', rule: 'config versions are vendored in abra.sh', severity: 'error', howToFix: 'export every <CONFIG>_VERSION in abra.sh',
    check: configsAreVendored,
  },
  {
    ref: 'B004', rule: 'only annotated tags are used for recipe versions', severity: 'error', howToFix: 'replace lightweight tags with annotated ones',
    check: ({ lightweight }) => lightweight.length === 0,
  },
  {
    ref: 'B005', rule: 'app has a version label that is a version', severity: 'error', howToFix: 'set coop-cloud.${STACK_NAME}.version=<a.b.c+x.y.z> on app',
    check: (subject) => parseRelease(versionLabel(subject) ?? '') !== undefined,
  },
]; // oxfmt-ignore

const warnings: LintRule[] = [
  {
    ref: 'B006', rule: 'all images use a tag', severity: 'warn', howToFix: 'use a tag for every image',
    check: (subject) => imagesOf(subject).every((image) => tagOf(image) !== undefined),
  },
  {
    ref: 'B007', rule: 'no image uses the tag "latest"', severity: 'warn', howToFix: 'pin a tag that does not move',
    check: (subject) => imagesOf(subject).every((image) => tagOf(image) !== 'latest'),
  },
  {
    ref: 'B008', rule: 'all services have a healthcheck', severity: 'warn', howToFix: 'add a healthcheck to every service',
    check: (subject) => services(subject).every((service) => service.healthcheck !== undefined),
  },
  {
    ref: 'B009', rule: 'app has a convergence timeout label', severity: 'warn', howToFix: 'set coop-cloud.${STACK_NAME}.timeout=${TIMEOUT:-120} on app',
    check: ({ files, stack }) => deployLabels(files, 'app').has(`coop-cloud.${stack}.timeout`),
  },
  {
    ref: 'B010', rule: 'README.md has the metadata block', severity: 'warn', howToFix: 'fill in <!-- metadata --> in README.md',
    check: ({ readme }) => readme !== undefined && /<!--\s*metadata\s*-->[\s\S]+<!--\s*endmetadata\s*-->/.test(readme),
  },
  {
    ref: 'B011', rule: 'the version label has not been released yet, or is the newest release', severity: 'warn', howToFix: 'bump the version label',
    check: (subject) => {
      const label = versionLabel(subject);
      return label === undefined || subject.tags.length === 0 ? undefined : !subject.tags.includes(label) || subject.tags.at(-1) === label;
    },
  },
  {
    ref: 'B012', rule: 'no secret value is set in plain environment', severity: 'warn', howToFix: 'use a swarm secret and *_FILE',
    check: ({ files }) => serviceNames(files).every((name) =>
      [...servicePairs(files, name, (tree) => tree.environment)].every(([key, value]) => !/PASSWORD$|SECRET$|TOKEN$/.test(key) || !value)),
  },
]; // oxfmt-ignore

export const LINT_RULES: readonly LintRule[] = [...errors, ...warnings];
