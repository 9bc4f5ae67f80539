/** Apps that take all they can get, at once, and one that only serves: the loads end red by name, the neighbour is green, the machine lives on. */
import { execFile } from 'node:child_process';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LITTLE, LOADS, logFlooder } from './defects/loads.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { type Ended, endings, ENDINGS_MS, endOf, expectWanted, startVariant } from './variants.ts';

const NEIGHBOUR = 'neighbour';
const NAMES = [NEIGHBOUR, ...LOADS.map(({ name }) => name)];
const MIB = 2 ** 20;

let inst: Installation;
let ended: Map<string, Ended>;
/** The most that was seen: shares of this machine, and bytes of the flooder's log. */
const most = { memory: 0, disk: 0, log: 0 };

async function docker(args: readonly string[]): Promise<string> {
  const env = { ...inst.config.baseEnv, DOCKER_HOST: inst.sandbox.dockerHost };
  return (await promisify(execFile)('docker', [...args], { env })).stdout.trim();
}

async function memoryShare(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return 1 - kib('MemAvailable') / kib('MemTotal');
}

async function diskShare(): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(inst.sandbox.dir);
  return (blocks - bfree) / (blocks - bfree + bavail);
}

/** Null while there is no container of it. */
async function floodedLog(): Promise<number | null> {
  const stack = (await inst.status(logFlooder.name))?.app?.stack ?? '-';
  const ids = await docker(['ps', '-q', '--filter', `label=com.docker.swarm.service.name=${stack}_app`]);
  const [id] = ids.split('\n').filter((line) => line !== '');
  if (id === undefined) return null;
  const folder = dirname(await docker(['inspect', '--format', '{{.LogPath}}', id]));
  const files = (await readdir(folder)).filter((name) => name.includes('-json.log'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Looks again and again until all have ended. */
async function watch(over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    most.memory = Math.max(most.memory, await memoryShare());
    most.disk = Math.max(most.disk, await diskShare());
    // A container may go between two questions.
    most.log = Math.max(most.log, (await floodedLog().catch(() => null)) ?? 0);
    await delay(500, undefined, { signal: over }).catch(() => undefined);
  }
}

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: NAMES.length, extra: { ...LITTLE, CCCI_ROUTE_GRACE: '3m' } });
  for (const load of LOADS) await startVariant(inst, load);
  await inst.run(NEIGHBOUR, { recipe: 'tiny-web', source: { ref: 'main' } });
  void inst.startController();
  const over = new AbortController();
  const watching = watch(over.signal);
  ended = await endings(inst, NAMES);
  over.abort();
  await watching;
}, ENDINGS_MS);

afterAll(() => inst.destroy());

describe('a load', () => {
  it.for(LOADS)('$name: $because', ({ name, want }) => {
    const end = endOf(ended, name);
    expectWanted(end, want);
    expect(end.results.leftovers).toEqual([]);
  });

  it('beside which a good app is as green as ever', () => {
    const { status, results } = endOf(ended, NEIGHBOUR);
    expect(status).toMatchObject({ verdict: 'Passed', attempt: 1 });
    expect(results.leftovers).toEqual([]);
  });

  it('takes neither the machine’s memory nor its disk', () => {
    expect(most.memory).toBeLessThan(0.8);
    expect(most.disk).toBeLessThan(0.8);
  });

  it('of a log was there, and was kept to three files of the limit', () => {
    expect(most.log).toBeGreaterThan(MIB);
    // What is written in between two looks of the engine.
    expect(most.log).toBeLessThan(4 * MIB);
  });

  it('leaves nothing on the swarm', async () => {
    const stacks = [...ended.values()].map(({ status }) => status.app?.stack ?? '-');
    for (const kind of ['service', 'volume', 'network', 'secret', 'config']) {
      const format = '{{.Name}}';
      const names = (await docker([kind, 'ls', '--format', format])).split('\n');
      expect(names.filter((name) => stacks.some((stack) => name.startsWith(stack)))).toEqual([]);
    }
  });
});
