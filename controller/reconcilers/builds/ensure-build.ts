/** Finds the build of a run, or makes it: never a second one. */
import type { Accepted, TestRunStatusBody } from '../../api/test-run-status.ts';
import type { Build, BuildParams, Builds } from '../../builds.ts';

/** Drone's clock is another one, and counts in seconds. */
const SKEW_MS = 60_000;
/** Of 25 builds each. */
const MOST_PAGES = 20;

export interface Wanted {
  readonly params: BuildParams;
  /** Older builds are of an earlier run. */
  readonly since: Date;
}

/** Null where it was made, and Drone has it no more. */
export async function buildOf(
  drone: Builds,
  number: number | null,
  { params, since }: Wanted,
): Promise<Build | null> {
  if (number !== null) return drone.get(number);
  // The answer to an earlier call may have been lost.
  return (await madeBefore(drone, params, since)) ?? drone.create(params);
}

async function madeBefore(drone: Builds, { RUN, REF }: BuildParams, since: Date): Promise<Build | null> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const builds = (await drone.newest(page)).filter(({ createdAt }) => createdAt >= since);
    const found = builds.find(({ params }) => params['RUN'] === RUN && params['REF'] === REF);
    if (found !== undefined) return found;
    if (builds.length === 0) return null;
  }
  return null;
}

export function paramsOf(name: string, run: TestRunStatusBody): Wanted {
  // `isShown` says that it was accepted.
  const { run: asked, repo } = run.accepted as Accepted;
  const { ref, pr } = asked.source;
  const PR = pr === undefined ? '' : String(pr);
  const params = { RECIPE: asked.recipe, REF: ref, PR, SRC: asked.source.repo ?? repo, RUN: name };
  return { params, since: new Date(Date.parse(run.createdAt) - SKEW_MS) };
}
