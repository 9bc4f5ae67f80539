/** The recipe's version: its label, its tags, and the published version it is compared with. Pure. */
import type { Place } from '../recipe/compose-facts.ts';
import { errorFinding, type Finding, warningFinding } from '../recipe/finding.ts';
import { deploymentOf, type LintRecipe } from '../recipe/recipe-at.ts';
import { releaseNotesOf } from '../recipe/told.ts';
import { compareReleases, isSameVersion, parseRelease } from '../recipe/version.ts';

/** More to do by hand than an operator expects: the first number is higher. */
export function isMajorBump(base: string, version: string | null): boolean {
  const [from, to] = [parseRelease(base), parseRelease(version ?? '')];
  return from !== undefined && to !== undefined && (to.recipe[0] ?? 0) > (from.recipe[0] ?? 0);
}

export interface Versions {
  readonly head: LintRecipe;
  readonly headTags: readonly string[];
  /** The newest published version, the head's own commit left out. */
  readonly newest: string | null;
  readonly base: { readonly tag: string; readonly recipe: LintRecipe } | null;
}

export function versionFindings({ head, headTags, newest, base }: Versions): Finding[] {
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
    ...belowFindings(headTags, newest, label),
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
  if (releases.length === 0 || releases.some((tag) => isSameVersion(tag, version))) return [];
  return [
    warningFinding({
      rule: 'VersionTagDiffers',
      place,
      message: `This commit is tagged ${releases.join(', ')}, but its version label says ${version}.`,
      fix: 'Let `abra recipe sync` write the label before the version is tagged.',
    }),
  ];
}

/** A commit that is published says what it was; any other is a branch of an old series, or was not synced. */
function belowFindings(headTags: readonly string[], newest: string | null, { version, place }: Label): Finding[] {
  const [own, above] = [parseRelease(version), parseRelease(newest ?? '')];
  if (own === undefined || above === undefined || compareReleases(own, above) >= 0) return [];
  if (headTags.some((tag) => parseRelease(tag) !== undefined)) return [];
  return [
    warningFinding({
      rule: 'VersionBelowPublished',
      place,
      message: `The version label ${version} is below ${newest}, the newest published version, so that operators who have that one are not offered this.`,
      fix: 'On a branch of an older series this is right; else raise it with `abra recipe sync` before the next release.',
    }),
  ];
} // oxfmt-ignore

function bumpFindings(
  head: LintRecipe,
  base: NonNullable<Versions['base']>,
  { version, place }: Label,
): Finding[] {
  if (!isSameVersion(base.tag, version)) return [];
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
