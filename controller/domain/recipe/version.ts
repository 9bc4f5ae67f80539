/** The versions of a recipe: release tags, their order, and short commits. Pure. */

/** A release tag `a.b.c+upstream`, with an optional leading v. */
export type Release = { tag: string; recipe: readonly number[]; app: string };

const TAG = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\+(.+))?$/;

/** Undefined for a tag that is not a release (`latest`, `1.0.0-rc1`, …): such tags are skipped. */
export function parseRelease(tag: string): Release | undefined {
  const match = TAG.exec(tag);
  if (!match) return undefined;
  const recipe = [match[1], match[2], match[3]].map((part) => Number(part ?? 0));
  return { tag, recipe, app: match[4] ?? '' };
}

/** Ordered by the recipe part; the part after `+` only breaks ties, because upstreams number as they like. */
export function compareReleases(a: Release, b: Release): number {
  for (let index = 0; index < 3; index += 1) {
    const difference = (a.recipe[index] ?? 0) - (b.recipe[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return plainApp(a).localeCompare(plainApp(b), 'en', { numeric: true });
}

const plainApp = ({ app }: Release): string => app.replace(/^v(?=\d)/, '');

/** `v1.2.0+v3.4` and `1.2.0+3.4` are one version. */
export function isSameVersion(a: string, b: string): boolean {
  const [left, right] = [parseRelease(a), parseRelease(b)];
  return left !== undefined && right !== undefined && compareReleases(left, right) === 0;
}

/** Releases oldest first, and the tags that are none. */
export function releasesOf(tags: readonly string[]): { releases: Release[]; skipped: string[] } {
  const releases: Release[] = [];
  const skipped: string[] = [];
  for (const tag of tags) {
    const release = parseRelease(tag);
    if (release) releases.push(release);
    else skipped.push(tag);
  }
  return { releases: releases.sort(compareReleases), skipped };
}

/** Each costs a deploy, a migration and a deploy more, and a stage has a limit. */
export const MATRIX_MOST = 4;

/** Of versions newest first: those an upgrade is tried from, the newest and the very oldest, and those it is not. */
export function matrixVersions(versions: readonly string[]): { taken: string[]; left: string[] } {
  if (versions.length <= MATRIX_MOST) return { taken: [...versions], left: [] };
  return {
    taken: [...versions.slice(0, MATRIX_MOST - 1), ...versions.slice(-1)],
    left: versions.slice(MATRIX_MOST - 1, -1),
  };
}

/** abra's name for a commit: eight hex digits. */
export function smallSha(sha: string): string {
  return sha.slice(0, 8);
}

/** The version of a chaos deploy: the commit, `+U` when the work tree is dirty. */
export function chaosVersion(head: string, dirty: boolean): string {
  return smallSha(head) + (dirty ? '+U' : '');
}

export function isHash(text: string): boolean {
  return /^[0-9a-f]{7,40}$/.test(text);
}

export type Choice = {
  requested?: string;
  env?: string;
  latest: boolean;
  deployed?: string;
  releases: readonly Release[];
  head: string;
};

/**
 * Contract 6.1, without chaos: the argument, then the .env version unless --latest, then the deployed
 * version, then the newest release, then HEAD.
 */
export function chooseVersion(choice: Choice): string {
  const env = choice.latest ? undefined : choice.env;
  const deployed = choice.latest ? undefined : choice.deployed;
  return choice.requested ?? env ?? deployed ?? choice.releases.at(-1)?.tag ?? smallSha(choice.head);
}

/** The releases above `current`, oldest first; undefined when `current` is not a release. */
export function newerThan(current: string, releases: readonly Release[]): string[] | undefined {
  const from = parseRelease(current);
  if (!from) return undefined;
  return releases.filter((release) => compareReleases(release, from) > 0).map((release) => release.tag);
}
