/** Which images a head changes, and the compose file that takes some of these changes back. Pure. */
import { stringify } from 'yaml';
import type { Bump, ImageChange } from '../../api/bump.ts';
import type { Cause } from '../../api/stage.ts';
import type { ComposeFacts } from './compose-facts.ts';
import { nearest } from '../text/nearest.ts';

type Services = Pick<ComposeFacts, 'services'>;
type Deployed = Pick<ComposeFacts, 'services' | 'files'>;

/** Of services that both versions have; one that is new, or gone, has nothing to be put back. */
export function imageChanges(old: Services, head: Services): ImageChange[] {
  return head.services.flatMap(({ name, image: to }) => {
    const from = old.services.find((service) => service.name === name)?.image ?? null;
    return from === null || to === null || from === to ? [] : [{ service: name, from, to }];
  });
}

/** The changes that are taken back. */
export function heldBack({ only }: Bump, changes: readonly ImageChange[]): ImageChange[] {
  return changes.filter(({ service }) => !only.includes(service));
}

/**
 * A compose file that pins images, to be the last of COMPOSE_FILE.
 * `version` is that of the recipe's first file: docker loads no files together whose versions differ.
 */
export function pinsText(held: readonly ImageChange[], version: string | null): string {
  // Docker looks for variables in here as well; what it is to see as "$" is written "$$".
  const pins = held.map(({ service, from }) => [service, { image: from.replaceAll('$', '$$$$') }]);
  return stringify({
    ...(version === null ? {} : { version }),
    services: Object.fromEntries(pins) as object,
  });
}

export interface Asked {
  readonly bump: Bump;
  /** The version whose images are kept; null where none is published. */
  readonly previous: string | null;
  readonly changes: readonly ImageChange[];
  readonly old: Deployed;
  readonly head: Deployed;
}

/** Why these bumps cannot be applied alone, or null. */
export function bumpProblem({ bump, previous, changes, old, head }: Asked): Cause | null {
  if (previous === null)
    return problem('no version is published before this commit, so there is no image to keep');
  for (const name of bump.only) {
    if (changes.some(({ service }) => service === name)) continue;
    return problem(whyNot(name, { previous, old, head }), changedText(changes));
  }
  const moved = heldBack(bump, changes).find(({ service }) => isMoved(service, old, head));
  return moved === undefined
    ? null
    : problem(
        `service "${moved.service}" stands in a compose file now that the COMPOSE_FILE of ${previous} does not name, so its image cannot be kept`,
        changedText(changes),
      );
}

/** An upgrade goes on with the older .env: without its file, the pin alone would become a service. */
function isMoved(name: string, old: Deployed, head: Deployed): boolean {
  const at = head.services.find((service) => service.name === name)?.place.file;
  return at === undefined || !old.files.includes(at);
}

function whyNot(name: string, { previous, old, head }: Omit<Asked, 'bump' | 'changes'>): string {
  const names = head.services.map((service) => service.name);
  if (!names.includes(name)) {
    const meant = nearest(name, names);
    return `there is no service "${name}"${meant === null ? '' : ` (did you mean "${meant}"?)`}`;
  }
  if (!old.services.some((service) => service.name === name))
    return `service "${name}" is new since ${previous}, which has no image of it to keep: it is deployed as it is in every run`;
  return `the image of service "${name}" is the one that ${previous} has`;
}

function changedText(changes: readonly ImageChange[]): string {
  if (changes.length === 0) return 'No image changed.';
  return `Changed: ${changes.map(({ service, from, to }) => `${service} (${bumpText({ from, to })})`).join(', ')}.`;
}

const problem = (why: string, evidence?: string): Cause => ({
  reason: 'BumpNotApplied',
  message: `Only some image bumps were to be applied, and that cannot be done: ${why}.`,
  ...(evidence === undefined ? {} : { evidence }),
});

/** What a run with `spec.bump` is about, to stand before its verdict. */
export function bumpScope({ only }: Bump): string {
  if (only.length === 0) return 'With no image bumped';
  return `With only the image${only.length === 1 ? '' : 's'} of ${quoted(only)} bumped`;
}

export function quoted(names: readonly string[]): string {
  const marked = names.map((name) => `"${name}"`);
  return marked.length < 2 ? marked.join('') : `${marked.slice(0, -1).join(', ')} and ${marked.at(-1)}`;
}

const IMAGE = /^(?<name>.+?)(?::(?<tag>[^:/@]+))?(?:@(?<digest>.+))?$/;

function partsOf(image: string): { name: string; tag: string } {
  const { name = image, tag = '' } = IMAGE.exec(image)?.groups ?? {};
  return { name, tag };
}

/** `mariadb 10.6 → 11.4`; both images in full where more than the tag differs. */
export function bumpText({ from, to }: Pick<ImageChange, 'from' | 'to'>): string {
  const [old, now] = [partsOf(from), partsOf(to)];
  const onlyTag = old.name === now.name && old.tag !== '' && now.tag !== '' && old.tag !== now.tag;
  return onlyTag ? `${old.name} ${old.tag} → ${now.tag}` : `${from} → ${to}`;
}
