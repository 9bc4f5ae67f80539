import { afterAll, beforeAll, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureSandbox, killDockerd, removeSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { worldOf } from './swarm-world.ts';

/** Of its own: killing the shared sandbox's dockerd would fail whatever else runs. */
const NAME = 'swevents';
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await ensureSandbox({ name: NAME });
});
afterAll(() => removeSandbox({ name: NAME }));

it('goes on telling after dockerd was killed, and first says to look at everything', async () => {
  const warned: object[] = [];
  const world = worldOf(sandbox, { log: { warn: (fields) => warned.push(fields) } });
  const control = new AbortController();
  const told: (string | null)[] = [];
  const watching = world.swarm().watch((it) => told.push(it), control.signal);
  await expect.poll(() => told.length, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(told).toEqual([null]);

  await killDockerd(sandbox);
  await expect.poll(() => told.filter((it) => it === null).length, { timeout: 30_000 }).toBe(2);
  expect(warned.length).toBeGreaterThan(0);

  const stack = world.newStack();
  await expect
    .poll(
      () =>
        world
          .swarm()
          .info()
          .catch(() => null),
      { timeout: 30_000 },
    )
    .toMatchObject({ manager: true });
  await deployWhenManaged();
  await expect.poll(() => told, { timeout: 30_000 }).toContain(stack);
  control.abort();
  await watching;

  /** A manager that was just started has no leader for a moment. */
  async function deployWhenManaged(): Promise<void> {
    for (let left = 50; ; left--) {
      try {
        return await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      } catch (error) {
        if (left === 0) throw error;
        await delay(200);
      }
    }
  }
});

it('ends at once when it is told to', async () => {
  const control = new AbortController();
  const told: (string | null)[] = [];
  const watching = worldOf(sandbox)
    .swarm()
    .watch((it) => told.push(it), control.signal);
  await expect.poll(() => told.length, { timeout: 10_000 }).toBeGreaterThan(0);
  control.abort();
  await expect(watching).resolves.toBeUndefined();
});
