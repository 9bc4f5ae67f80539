/** Which published version operators are on: an upgrade starts from it, lint and notes compare with it. Pure. */
import { compareReleases, isSameVersion, parseRelease, type Release, releasesOf } from './version.ts';

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

/** The newest published version that is not the head's own commit and not above what the head calls itself. */
export function baseOf(tags: readonly TagSeen[], head: Head): TagSeen | null {
  return basesOf(tags, head)[0] ?? null;
}

/**
 * The base and those before it, newest first, each commit once.
 * In Co-op Cloud a release raises the label and a change does not, so that a version equal to the label may be what operators have.
 */
export function basesOf(tags: readonly TagSeen[], head: Head): TagSeen[] {
  const own = ownRelease(tags, head);
  const older = published(tags, head).filter(
    ({ release }) => own === null || isSameVersion(release.tag, own.tag) || compareReleases(release, own) < 0,
  );
  const seen = new Set<string>();
  return older.toReversed().flatMap(({ tag }) => {
    if (seen.has(tag.commit)) return [];
    seen.add(tag.commit);
    return [tag];
  });
}

/** The newest of all that are published, the head's own commit left out. */
export function newestOf(tags: readonly TagSeen[], head: Head): string | null {
  return published(tags, head).at(-1)?.tag.name ?? null;
}

/** A commit whose label cannot be read is the version that it was published as. */
function ownRelease(tags: readonly TagSeen[], { commit, version }: Head): Release | null {
  const names = tags.filter((tag) => tag.commit === commit).map(({ name }) => name);
  return parseRelease(version ?? '') ?? releasesOf(names).releases.at(-1) ?? null;
}

function published(tags: readonly TagSeen[], { commit }: Head): { tag: TagSeen; release: Release }[] {
  return tags
    .filter((tag) => tag.commit !== commit)
    .flatMap((tag) => {
      const release = parseRelease(tag.name);
      return release === undefined ? [] : [{ tag, release }];
    })
    .sort((a, b) => compareReleases(a.release, b.release));
}
