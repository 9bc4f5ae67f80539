/** Seconds from a comment in a real Gitea to its run, by polling alone and by webhook alone, beside what is promised. */
import { addWebhook, type Opened, openDoorsOn } from '../gitea/doors.ts';
import * as pulls from '../gitea/pull-requests.ts';
import { ADA, BOT, makeWorld, ORG, type World } from '../gitea/world.ts';
import { p95, spread } from './figures.ts';

const RECIPE = 'tiny-web';
const REPOSITORY = `${ORG}/${RECIPE}`;
/** What an installation has where nobody says otherwise. */
const POLL_MS = 20_000;
const NEVER_AGAIN_MS = 24 * 3_600_000;
/** A webhook takes no time to speak of. */
const MORE_BY_WEBHOOK = 10;

interface Way {
  readonly name: string;
  readonly promised: string;
  readonly times: number;
  readonly pollMs: number;
}

/** Comments come right after a look, so that each waits for a whole poll: the longest that it can take. */
export async function benchDoors(times: number, out: (line: string) => void): Promise<void> {
  const world = await makeWorld();
  try {
    await world.addRecipe(RECIPE);
    const pull = await pulls.openPullRequest(world, { repository: REPOSITORY, branch: 'timed' });
    const ways: Way[] = [
      { name: `by a poll each ${POLL_MS / 1_000} s`, promised: '60 s', times, pollMs: POLL_MS },
      { name: 'by webhook', promised: '2 s', times: MORE_BY_WEBHOOK * times, pollMs: NEVER_AGAIN_MS },
    ];
    for (const way of ways) await measure({ world, pull, out }, way);
  } finally {
    await world.stop();
  }
}

interface Bench {
  readonly world: World;
  readonly pull: pulls.Opened;
  readonly out: (line: string) => void;
}

async function measure({ world, pull, out }: Bench, way: Way): Promise<void> {
  const doors = await openDoorsOn(world, { recipes: [RECIPE], pollMs: way.pollMs });
  try {
    if (way.pollMs === NEVER_AGAIN_MS) await addWebhook(world, REPOSITORY, doors);
    const [seconds, requests]: [number[], number[]] = [[], []];
    for (let each = 0; each < way.times; each++) {
      const before = await requestsOf(world);
      seconds.push(await timed(world, doors, pull));
      requests.push((await requestsOf(world)) - before);
    }
    out(
      `comment to run ${way.name}: s ${spread(seconds)}, p95 ${p95(seconds).toFixed(2)} of ${way.promised}`,
    );
    out(`  requests of cc-ci meanwhile: ${spread(requests, 0)}`);
  } finally {
    await doors.close();
  }
}

async function timed(world: World, doors: Opened, pull: pulls.Opened): Promise<number> {
  const began = performance.now();
  const { id } = await pulls.comment(world, pull, { by: ADA, body: '!testme' });
  await doors.until(`${RECIPE}-pr${pull.number}-c${id}`);
  return (performance.now() - began) / 1_000;
}

async function requestsOf({ server }: World): Promise<number> {
  return (await server.requests()).filter(({ user }) => user === BOT).length;
}
