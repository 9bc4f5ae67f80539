/** What the meter reads of a real engine, beside what `docker stats` says of the same container. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MemoryLook, memoryPeaks } from '../../controller/domain/run/memory-peaks.ts';
import { makeMeter } from '../../controller/swarm/meter.ts';
import { ensureSandbox } from '../sandbox/sandbox.ts';
import { removeStack } from '../simulation/swarm-contract.ts';
import { worldOf } from './swarm-world.ts';

const MIB = 1024 * 1024;
const sandbox = await ensureSandbox();
const world = worldOf(sandbox);
const meter = makeMeter({ dockerHost: sandbox.dockerHost });
const stack = world.newStack();

const fill = (file: string, mib: number): string => `dd if=/dev/zero of=${file} bs=1048576 count=${mib}`;
const highest = (...looks: MemoryLook[]): number => memoryPeaks(looks).totalPeakBytes ?? 0;

async function look(): Promise<MemoryLook> {
  const { containers, problems } = await meter.memory(stack);
  expect(problems).toEqual([]);
  return containers;
}

beforeAll(async () => {
  // A tmpfs is memory that the kernel cannot take back, as an app's own; the page cache of a volume's file is not.
  const command = `${fill('/dev/shm/x', 40)}; ${fill('/data/x', 8)}; touch /dev/shm/full; exec sleep 3600`;
  const healthcheck = { test: ['CMD', 'test', '-e', '/dev/shm/full'], interval: '300ms', retries: 50 };
  await world.deployService(stack, { version: '1', command, healthcheck });
});
afterAll(() => removeStack(world, stack));

it('measures memory as `docker stats` does', async () => {
  const health = async () => (await world.swarm().observe(stack)).services[0]?.tasks[0]?.health;
  await expect.poll(health, { timeout: 60_000, interval: 200 }).toBe('healthy');
  const [container, ...others] = await look();
  if (container === undefined) throw new Error('no container was seen');
  expect([container.service, others]).toEqual(['app', []]);
  expect(highest([container])).toBeGreaterThan(40 * MIB);
  const stats = ['stats', '--no-stream', '--format', '{{.MemUsage}}', container.id];
  const apart = async (): Promise<number> => {
    const now = highest(await look());
    const { stdout } = await world.docker(stats);
    return Math.abs(now - Number(/^([\d.]+)MiB /.exec(stdout)?.[1]) * MIB);
  };
  // A health check's process may be there at one of the two moments and not at the other.
  await expect.poll(apart, { timeout: 60_000 }).toBeLessThan(2 * MIB);
});

it('knows the sizes of the volumes', async () => {
  const [volume, ...others] = await meter.volumes(stack);
  expect([volume?.name, others]).toEqual(['data', []]);
  expect(volume?.bytes).toBeGreaterThanOrEqual(8 * MIB);
  expect(volume?.bytes).toBeLessThan(9 * MIB);
});

it('sees less where less is taken, and the peak before it where the engine has one (cgroup v1)', async () => {
  const before = await look();
  await world.docker(['exec', before[0]?.id ?? '', 'rm', '/dev/shm/x']);
  const after = await look();
  expect(highest(after)).toBeLessThan(highest(before) - 35 * MIB);
  const hasPeaks = after.every(({ max }) => max !== null);
  expect(highest([], after) > highest(before) - MIB).toBe(hasPeaks);
});
