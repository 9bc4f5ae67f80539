/** What the bridge asks of the forge: idle polls with 200 recipes, beside a request for each of them, and how many requests lie between a comment and its run. */
import { BridgeWorld } from '../stand-ins/bridge-world.ts';
import { writeNudge } from '../../controller/store/nudges.ts';
import { p95, spread } from './figures.ts';

const RECIPES = 200;
const POLL_MS = 20_000;
const SECOND_MS = 1_000;

/** Of the stand-in: the numbers of requests hold for a real Gitea, the milliseconds do not. */
export async function benchBridge(times: number, out: (line: string) => void): Promise<void> {
  const world = await BridgeWorld.make();
  try {
    for (let each = 1; each < RECIPES; each++) await world.enroll(`recipe-${each}`);
    world.gitea.forget();
    await world.pass();
    out(`first look at ${RECIPES - 1} more recipes: ${world.asked().length} requests`);
    const idle = await measured(world, 50 * times, async () => {
      world.gitea.state.advance(POLL_MS);
      await world.pass();
    });
    out(`idle poll of ${RECIPES} recipes: requests ${spread(idle.requests, 0)}, ms ${spread(idle.ms)}`);
    out(`a poll that asks for each repository would be ${RECIPES} requests`);
    const pull = world.openPull();
    const accepted = await measured(world, 20 * times, async () => {
      const { id } = world.say(pull, 'ada');
      await writeNudge(world.layout, { recipe: 'ghost', commentId: id });
      await world.bridge.reconcile('ghost');
      await world.finish(`ghost-pr${pull.number}-c${id}`);
      world.gitea.state.advance(SECOND_MS);
    });
    out(`webhook to run: requests ${spread(accepted.requests, 0)}, ms ${spread(accepted.ms)}`);
    out(`p95: ${p95(accepted.requests)} requests, ${p95(accepted.ms).toFixed(1)} ms`);
  } finally {
    await world.remove();
  }
}

async function measured(
  world: BridgeWorld,
  times: number,
  act: () => Promise<void>,
): Promise<{ requests: number[]; ms: number[] }> {
  const [requests, ms]: [number[], number[]] = [[], []];
  for (let each = 0; each < times; each++) {
    world.gitea.forget();
    const began = performance.now();
    await act();
    ms.push(performance.now() - began);
    requests.push(world.gitea.requests.length);
  }
  return { requests, ms };
}
