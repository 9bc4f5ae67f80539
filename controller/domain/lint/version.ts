/** The recipe's version: its label, its tags, and the published version it is compared with. Pure. */
import type { Place } from '../recipe/compose-facts.ts';
import { errorFinding, type Finding, warningFinding } from '../recipe/finding.ts';
import { deploymentOf, type LintRecipe } from '../recipe/recipe-at.ts';
import { compareReleases, parseRelease, type Release } from '../recipe/version.ts';

export interface TagSeen {
  readonly name: string;
  /** An annotated tag is followed to its commit. */
  readonly commit: string;
}

export interface Head {
  readonly commit: string;
  /** Value of the version label, or null. */
  readonly version: string | null;
}

/** What is published and not the head itself: the newest that is not above the head's own version. */
export function baseOf(tags: readonly TagSeen[], { commit, version }: Head): TagSeen | null {
  const own = parseRelease(version ?? '');
  const published = tags
    .filter((tag) => tag.commit !== commit)
    .flatMap((tag) => {
      const release = parseRelease(tag.name);
      return release === undefined ? [] : [{ tag, release }];
    })
    .filter(({ release }) => own === undefined || comparePlain(release, own) <= 0)
    .sort((a, b) => comparePlain(a.release, b.release));
  return published.at(-1)?.tag ?? null;
}

/** `v1.2.0+v3.4` and `1.2.0+3.4` are one version. */
function comparePlain(a: Release, b: Release): number {
  const plain = (release: Release): Release => ({ ...release, app: release.app.replace(/^v(?=\d)/, '') });
  return compareReleases(plain(a), plain(b));
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [parseRelease(a), parseRelease(b)];
  return left !== undefined && right !== undefined && comparePlain(left, right) === 0;
}

/** More to do by hand than an operator expects: the first number is higher. */
export function isMajorBump(base: string, version: string | null): boolean {
  const [from, to] = [parseRelease(base), parseRelease(version ?? '')];
  return from !== undefined && to !== undefined && (to.recipe[0] ?? 0) > (from.recipe[0] ?? 0);
}

/** Where the note for operators may stand; `next` is renamed when the version is published. */
export function releaseNotesOf(version: string | null): string[] {
  if (version === null) return [];
  const plain = version.replace(/^v(?=\d)/, '');
  return [plain, `v${plain}`, 'next'].map((name) => `release/${name}`);
}

export interface Versions {
  readonly head: LintRecipe;
  readonly headTags: readonly string[];
  readonly base: { readonly tag: string; readonly recipe: LintRecipe } | null;
}

export function versionFindings({ head, headTags, base }: Versions): Finding[] {
  const { version } = head.facts;
  // A missing label is prepare's to say.
  if (version === null) return [];
  const place = head.facts.versionLabels.find(({ value }) => value === version)?.place ?? null;
  if (parseRelease(version) === undefined)
    return [
      errorFinding({
        rule: 'VersionUnparsable',
        place,
        message: `The version label "${version}" is not a version, so abra cannot order it among the published ones.`,
        fix: 'Write <a.b.c>+<app version>, as in 1.2.0+3.4.1.',
      }),
    ];
  const label = { version, place };
  return [
    ...tagFindings(headTags, label),
    ...(base === null ? [] : [...bumpFindings(head, base, label), ...noteFindings(head, base.tag, label)]),
  ];
}

interface Label {
  readonly version: string;
  readonly place: Place | null;
}

/** A published commit says its own version. */
function tagFindings(headTags: readonly string[], { version, place }: Label): Finding[] {
  const releases = headTags.filter((tag) => parseRelease(tag) !== undefined);
  if (releases.length === 0 || releases.some((tag) => isSame(tag, version))) return [];
  return [
    warningFinding({
      rule: 'VersionTagDiffers',
      place,
      message: `This commit is tagged ${releases.join(', ')}, but its version label says ${version}.`,
      fix: 'Let `abra recipe sync` write the label before the version is tagged.',
    }),
  ];
}

function bumpFindings(
  head: LintRecipe,
  base: NonNullable<Versions['base']>,
  { version, place }: Label,
): Finding[] {
  if (!isSame(base.tag, version)) return [];
  const changed = changedFiles(base.recipe, head);
  const [first] = changed;
  if (first === undefined) return [];
  const others = changed.length - 1;
  const more = others === 0 ? '' : ` and ${others} more file${others === 1 ? '' : 's'}`;
  return [
    warningFinding({
      rule: 'VersionNotBumped',
      place,
      message: `${first}${more} changed since ${base.tag} was published, but the version label still says ${version}.`,
      fix: 'Raise it with `abra recipe sync` before the next release.',
    }),
  ];
}

function changedFiles(from: LintRecipe, to: LintRecipe): string[] {
  const [before, after] = [deploymentOf(from), deploymentOf(to)];
  const paths = [...new Set([...after.keys(), ...before.keys()])];
  return paths.filter((path) => before.get(path) !== after.get(path));
}

function noteFindings(head: LintRecipe, base: string, { version }: Label): Finding[] {
  const notes = releaseNotesOf(version);
  if (!isMajorBump(base, version) || notes.some((path) => head.tree.entries.has(path))) return [];
  return [
    {
      ...warningFinding({
        rule: 'NoReleaseNote',
        place: null,
        message: `${version} is a major version after ${base}, and nothing tells operators what to do by hand.`,
        fix: `Write it into release/${version}: abra shows it before the upgrade.`,
      }),
      file: `release/${version}`,
    },
  ];
}
