import { afterEach, beforeEach, expect, it } from 'vitest';
import { finishedBody, statusBody } from '../ctl/testing.ts';
import { Follower } from './stream-testing.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

const line = async (name: string): Promise<string | undefined> =>
  (await (await world.get('/metrics')).text()).split('\n').find((each) => each.startsWith(name));

it('counts runs by their state as it is now, and how recipes stand', async () => {
  await world.run('ghost-1', statusBody({ phase: 'Running' }));
  expect(await line('ccci_runs{state="Running"}')).toBe('ccci_runs{state="Running"} 1');
  await world.store.putStatus('ghost-1', finishedBody('Failed'), 1);
  expect(await line('ccci_runs{state="Failed"}')).toBe('ccci_runs{state="Failed"} 1');
  expect(await line('ccci_runs{state="Running"}')).toBeUndefined();
  expect(await line('ccci_recipes')).toBe('ccci_recipes{standing="newlyFailing"} 1');
  expect(await line('process_resident_memory_bytes')).toMatch(/ \d+$/);
});

it('counts who follows', async () => {
  await world.run('ghost-1', statusBody({ phase: 'Running' }));
  const follower = await Follower.open(world, '/api/v1/runs/ghost-1/events');
  await follower.next();
  expect(await line('ccci_followers ')).toBe('ccci_followers 1');
  follower.leave();
  await expect.poll(() => line('ccci_followers ')).toBe('ccci_followers 0');
});
