/** One swarm, several parties: strangers, orphans, runs beside each other, and a person at the command line. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstallData } from '../../controller/api/stage-data.ts';
import { appNameOf, isOurStack, ourStackOf } from '../../controller/domain/run/names.ts';
import type { RunDiff } from '../../controller/domain/compare/run-diff.ts';
import type { Swarm, Thing, ThingKind } from '../../controller/ports.ts';
import { installationOf } from '../../controller/runtime/identity.ts';
import { isAlive, startTimeOf } from '../../controller/runtime/process.ts';
import { MARK_VARIABLE, markOf } from '../../controller/host/marked-processes.ts';
import { installationKey } from '../../controller/store/state-dir.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { privileged } from './defects/privileged.ts';
import { type Installation, makeInstallation } from './installation.ts';

/** Older than this without a run is an orphan. */
const FLOOR = '2s';
const IMAGE = 'ccci/busybox:1.37';
const KINDS: readonly ThingKind[] = ['service', 'volume', 'secret', 'network', 'config'];
/** Looks like ours, down to the letters of the check, and was made by nobody's key. */
const IMITATION = 'ghost-pr1-aaaaabbbb_ci_test';

let inst: Installation;
let key: string;
let swarm: Swarm;
let orphan: { readonly domain: string; readonly stack: string };
let strangers: readonly string[];
let before: readonly string[];

async function docker(args: readonly string[]): Promise<string> {
  const env = { ...inst.config.baseEnv, DOCKER_HOST: inst.sandbox.dockerHost };
  return (await promisify(execFile)('docker', [...args], { env })).stdout.trim();
}

/** One of each kind, as a stack deploy would name them. */
async function makeOneOfEach(stack: string): Promise<void> {
  const file = join(inst.dir, 'anything.txt');
  await writeFile(file, 'x');
  await docker(['network', 'create', '-d', 'overlay', `${stack}_default`]);
  await docker(['volume', 'create', `${stack}_data`]);
  await docker(['secret', 'create', `${stack}_token_v1`, file]);
  await docker(['config', 'create', `${stack}_conf_v1`, file]);
  const service = ['service', 'create', '--detach', '--quiet', '--no-resolve-image', '--init'];
  const label = ['--label', `com.docker.stack.namespace=${stack}`];
  const parts = [
    '--network',
    `${stack}_default`,
    '--secret',
    `${stack}_token_v1`,
    '--config',
    `${stack}_conf_v1`,
  ];
  const volume = ['--mount', `type=volume,source=${stack}_data,target=/data`];
  await docker([...service, ...label, ...parts, ...volume, '--name', `${stack}_app`, IMAGE, 'sleep', '3600']);
}

async function thingsOf(belongs: (thing: Thing) => boolean): Promise<Thing[]> {
  return (await swarm.things()).filter(belongs);
}

const ofStack = (stack: string) => (thing: Thing) => thing.name.startsWith(`${stack}_`);

/** With the id, so that something that was removed and made again is not taken for untouched. */
async function inventory(belongs: (thing: Thing) => boolean): Promise<string[]> {
  return (await thingsOf(belongs)).map(({ kind, name, id }) => `${kind} ${name} ${id}`).sort();
}

const isStrange = ({ name }: Thing): boolean => strangers.some((stranger) => name.startsWith(stranger));

async function runningTask(stack: string): Promise<true | null> {
  const text = await docker(['service', 'ps', `${stack}_app`, '--format', '{{.CurrentState}}']);
  return /^Running/m.test(text) ? true : null;
}

/** As removal of what `names` says, whatever a test left. */
async function removeStrangers(): Promise<void> {
  for (const kind of ['service', 'container', 'network', 'volume', 'secret', 'config'] as const)
    for (const thing of await thingsOf((each) => each.kind === kind && isStrange(each)))
      await inst.until(
        `${thing.name} removed`,
        async () => {
          try {
            await swarm.ensureAbsent(thing);
            return true;
          } catch {
            return null;
          }
        },
        60_000,
      );
}

beforeAll(async () => {
  inst = await makeInstallation({ extra: { CCCI_REAP_MIN_AGE: FLOOR } });
  swarm = makeSwarm({ dockerHost: inst.sandbox.dockerHost });
  key = await installationKey(inst.layout, () => randomBytes(32).toString('hex'));
  const named = { recipe: 'ghost', pr: 1, attempt: 1, zone: inst.config.zone };
  orphan = appNameOf({ ...named, uid: 'orphan' }, key);
  const foreign = appNameOf({ ...named, uid: 'orphan' }, randomBytes(32).toString('hex'));
  const unique = randomBytes(4).toString('hex');
  strangers = [
    `bystander-${unique}`,
    IMITATION,
    foreign.stack,
    `backup-of-${orphan.stack}`,
    `${orphan.stack}x`,
  ];
  await removeStrangers();
  for (const stranger of strangers.slice(0, 3)) await makeOneOfEach(stranger);
  // Our own mark within another name: only the whole name counts.
  for (const stranger of strangers.slice(3)) await docker(['volume', 'create', `${stranger}_data`]);
  for (const stranger of strangers.slice(0, 3))
    await inst.until(`${stranger} runs`, () => runningTask(stranger));
  before = await inventory(isStrange);
  const { path } = await makeVariantRepo(
    { base: 'tiny-web', name: privileged.name, into: inst.repos },
    (dir) => privileged.edit(dir, { registry: '', hostFile: '' }),
  );
  await inst.enrol(privileged.name, path);
});

afterAll(async () => {
  await inst.stop();
  await inst.ctl(['reap']);
  await removeStrangers();
  await inst.destroy();
});

async function liveStacks(): Promise<string[]> {
  const stacks = (await swarm.things()).map((thing) => ourStackOf(thing, inst.config.zone, key));
  return [...new Set(stacks.filter((stack) => stack !== null))].filter((stack) => stack !== orphan.stack);
}

async function holders(names: readonly string[]): Promise<string[]> {
  const statuses = await Promise.all(names.map(async (name) => ({ name, status: await inst.status(name) })));
  return statuses.flatMap(({ name, status }) =>
    status?.begunAt != null && status.finishedAt === null ? [name] : [],
  );
}

interface Sample {
  readonly holders: readonly string[];
  readonly stacks: readonly string[];
  readonly checkouts: readonly string[];
}

/** Looks again and again while the work goes on. */
async function sampled<T>(
  names: readonly string[],
  work: Promise<T>,
): Promise<{ value: T; samples: readonly Sample[] }> {
  const samples: Sample[] = [];
  const ended: { value?: { readonly it: T } } = {};
  const told = work.then((it) => (ended.value = { it }));
  while (ended.value === undefined) {
    const checkouts = existsSync(inst.layout.abraDir('.')) ? await readdir(inst.layout.abraDir('.')) : [];
    samples.push({ holders: await holders(names), stacks: await liveStacks(), checkouts });
    await Promise.race([told, delay(50)]);
  }
  return { value: ended.value.it, samples };
}

describe('two runs of one recipe at once', () => {
  it('share nothing: names, secrets and checkouts are their own, and both are green', async () => {
    void inst.startController({ maxTests: 2 });
    const wishes = [
      { name: 'both-head', ref: 'main' },
      { name: 'both-release', ref: '1.0.0+1.35' },
    ];
    for (const { name, ref } of wishes) await inst.run(name, { recipe: 'tiny-web', source: { ref } });
    const names = wishes.map(({ name }) => name);
    const { value, samples } = await sampled(names, Promise.all(names.map((name) => inst.finished(name))));
    await inst.stop();

    // Otherwise they were not beside each other, and the rest shows nothing.
    expect(samples.some(({ stacks, checkouts }) => stacks.length === 2 && checkouts.length === 2)).toBe(true);
    expect(value.map(({ verdict, version }) => [verdict, version])).toEqual([
      ['Passed', '1.1.1+1.37'],
      ['Passed', '1.0.0+1.35'],
    ]);
    const proofs = await Promise.all(
      names.map(async (name) => {
        const { steps } = await inst.results(name);
        return InstallData.parse(steps.find((step) => step.name === 'install')?.data);
      }),
    );
    const distinct = (texts: readonly (string | undefined)[]) => expect(new Set(texts).size).toBe(2);
    distinct(value.map(({ app }) => app?.domain));
    distinct(value.map(({ app }) => app?.stack));
    distinct(proofs.map(({ secrets }) => secrets.find(({ name }) => name === 'admin_token')?.sha256));
    distinct(proofs.map(({ proof }) => proof.chaosVersion));
    distinct(proofs.map(({ proof }) => proof.services[0]?.imageId));
  });
});

describe('with room for one', () => {
  const green = 'by-hand-green';
  const json = 'by-hand-json';
  const red = 'by-hand-red';
  let samples: readonly Sample[];
  let asked: Readonly<Record<string, Awaited<ReturnType<Installation['ctl']>>>>;

  beforeAll(async () => {
    void inst.startController({ maxTests: 1 });
    const ask = (name: string, ...more: string[]) => inst.ctl(['run', ...more, '--name', name, '--wait']);
    const all = Promise.all([
      ask(green, 'tiny-web'),
      ask(json, 'tiny-web', '-o', 'json'),
      ask(red, privileged.name),
    ]);
    const { value, samples: seen } = await sampled([green, json, red], all);
    samples = seen;
    asked = { [green]: value[0], [json]: value[1], [red]: value[2] };
  });
  afterAll(() => inst.stop());

  it('never lets two go at a time', () => {
    expect(samples.filter((sample) => sample.holders.length > 1 || sample.stacks.length > 1)).toEqual([]);
    expect(samples.some(({ stacks }) => stacks.length === 1)).toBe(true);
    expect(new Set(samples.flatMap((sample) => sample.holders))).toEqual(new Set([green, json, red]));
  });

  it('`run --wait` exits with the verdict and says it', () => {
    expect(asked[green]).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/passed/) });
    expect(asked[red]).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/failed: prepare/) });
    expect(asked[red]?.stdout).toMatch(/Service "app" is privileged/);
  });

  it('`run --wait -o json` writes one document and nothing else', () => {
    expect(asked[json]?.exitCode).toBe(0);
    expect(JSON.parse(asked[json]?.stdout ?? '')).toMatchObject({
      kind: 'TestRun',
      metadata: { name: json },
      status: { phase: 'Finished', verdict: 'Passed' },
    });
  });

  it('`get runs` lists them, `describe` and `logs` tell what was', async () => {
    const list = await inst.ctl(['get', 'runs', '-o', 'json']);
    expect(list.exitCode).toBe(0);
    const { items } = JSON.parse(list.stdout) as { items: { metadata: { name: string } }[] };
    expect(items.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining([green, json, red]));

    const described = await inst.ctl(['describe', `run/${red}`]);
    expect(described).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('compose.yml:8') });
    const logs = await inst.ctl(['logs', `run/${green}`]);
    expect(logs).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/install passed: Healthy/) });
    const failed = await inst.ctl(['logs', `run/${red}`, '--failed', '--exit-with-run']);
    expect(failed).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('Privileged') });
  });

  it('`diff` finds nothing between two runs of one commit, and what another version has otherwise', async () => {
    const none = await inst.ctl(['diff', `run/${green}`, `run/${json}`, '-o', 'json']);
    const { facts, images, compose, env } = JSON.parse(none.stdout) as RunDiff;
    expect(facts.filter(({ before, after }) => before !== after)).toEqual([]);
    const nothing = { missing: [], changes: [], cut: false };
    expect({ images, compose, env }).toEqual({ images: nothing, compose: nothing, env: nothing });
    const { exitCode, stdout } = await inst.ctl(['diff', 'run/both-release', 'run/both-head', '-o', 'json']);
    const found = JSON.parse(stdout) as RunDiff;
    expect(exitCode).toBe(0);
    expect(found.same).toBe(false);
    expect(found.facts.filter(({ before, after }) => before !== after).map(({ name }) => name)).toEqual([
      'commit',
      'subject',
      'version',
    ]);
    const texts = ({ changes }: RunDiff['env']): string =>
      changes.map(({ op, text }) => `${op} ${text.trim()}`).join('\n');
    expect(texts(found.images)).toMatch(/^removed \S+busybox:1\.37 \S+\nadded \S+busybox:1\.35 /);
    expect(texts(found.compose)).toMatch(/^added image: \S+busybox:1\.35$/m);
    expect(found.env.missing).toEqual([]);
  });

  it('`doctor` finds everything that a run needs', async () => {
    const { exitCode, stdout } = await inst.ctl(['doctor', '-o', 'json']);
    const { items } = JSON.parse(stdout) as { items: { name: string; state: string; seen: string }[] };
    expect(items.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['docker', 'proxy', 'controller']));
    expect(exitCode).toBe(0);
  });
});

describe('a stage that cannot be judged', () => {
  it('for want of a test is never green, although the app answers', async () => {
    const empty = join(inst.dir, 'no-tests');
    await mkdir(empty);
    const other = await makeInstallation({ extra: { CCCI_TESTS_DIR: empty } });
    try {
      void other.startController();
      await other.run('unjudged', { recipe: 'tiny-web', source: { ref: 'main' }, stages: ['install'] });
      const status = await other.finished('unjudged');
      expect(status).toMatchObject({ verdict: 'Errored', cause: { reason: 'StageUnverified' } });
      expect(status.steps.find(({ name }) => name === 'install')?.state).toBe('unverified');
      expect((await other.results('unjudged')).leftovers).toEqual([]);
    } finally {
      await other.destroy();
    }
  });
});

describe('orphans', () => {
  const uid = '20260101000000-0badf00d';
  const live = 'live';
  let stray: { readonly pid: number; readonly startTime: string };

  const here = (): string[] => [inst.layout.abraDir(uid), inst.layout.secretsDir(uid)].filter(existsSync);
  const ofLive = async (): Promise<string[]> =>
    inventory(ofStack((await inst.status(live))?.app?.stack ?? '?'));
  const reaped = async (...more: string[]): Promise<string[]> => {
    const { exitCode, stdout, stderr } = await inst.ctl(['reap', '-o', 'json', ...more]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return (JSON.parse(stdout) as { removed: string[] }).removed;
  };
  /** Found by now: one of each kind, the container of the service, and what lies on this machine. */
  const enough = (lines: readonly string[]): boolean =>
    [...KINDS, 'container'].every((kind) =>
      lines.some((line) => line.startsWith(`${kind} ${orphan.stack}_`)),
    ) &&
    lines.some((line) => line.includes(`process ${stray.pid}`) && line.includes(inst.layout.abraDir(uid)));

  beforeAll(async () => {
    void inst.startController();
    await inst.run(live, { recipe: 'tiny-web', source: { ref: 'main' } });
    await inst.until('the live run has a service', async () => {
      const stack = (await inst.status(live))?.app?.stack;
      return stack !== undefined && (await thingsOf(ofStack(stack))).some(({ kind }) => kind === 'container')
        ? true
        : null;
    });
    // From here on the run waits for a controller, and its app stands.
    await inst.stop();
    await makeOneOfEach(orphan.stack);
    await inst.until('the orphan runs', () => runningTask(orphan.stack));
    for (const folder of [inst.layout.abraDir(uid), inst.layout.secretsDir(uid)]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'left'), 'x');
    }
    const { pid = 0 } = spawn('sleep', ['3600'], {
      detached: true,
      stdio: 'ignore',
      env: { ...inst.config.baseEnv, [MARK_VARIABLE]: markOf(installationOf(key), uid, '1-install') },
    });
    stray = { pid, startTime: (await startTimeOf(pid)) ?? '' };
  });

  it('are named with a reason and left alone by a dry run', async () => {
    const lines = await inst.until('all of them are old enough', async () => {
      const found = await reaped('--dry-run');
      return enough(found) ? found : null;
    });
    for (const line of lines)
      expect(line).toMatch(
        /: (?:bears our name and mark, belongs to no live run, and is \d+ s old|belongs to run \S+, which is over)$/,
      );
    const others = lines.filter((line) => !line.includes(orphan.stack) && !line.includes(uid));
    expect(others).toEqual([]);
    expect((await thingsOf(ofStack(orphan.stack))).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([...KINDS, 'container']),
    );
    expect(here()).toHaveLength(2);
    expect(await isAlive(stray)).toBe(true);
    const table = await inst.ctl(['reap', '--dry-run']);
    expect(table.stdout).toContain(`would remove secret ${orphan.stack}_token_v1: bears our name`);
  });

  it('go, with their processes, and a live run keeps everything and ends green', async () => {
    const standing = await ofLive();
    const local = [inst.layout.abraDir('.'), inst.layout.secretsDir('.')];
    const kept = await Promise.all(local.map((folder) => readdir(folder)));
    await inst.until('nothing is left of the orphan', async () => {
      // A network in use goes with a later round, as in the controller.
      await inst.ctl(['reap']);
      return (await thingsOf(ofStack(orphan.stack))).length === 0 ? true : null;
    });
    expect(here()).toEqual([]);
    expect(await isAlive(stray)).toBe(false);

    expect(standing.length).toBeGreaterThan(2);
    expect(await ofLive()).toEqual(standing);
    const without = (names: readonly string[]) => names.filter((name) => name !== uid);
    expect(await Promise.all(local.map((folder) => readdir(folder)))).toEqual(kept.map(without));
    void inst.startController();
    expect(await inst.finished(live)).toMatchObject({ verdict: 'Passed', attempt: 1 });
    await inst.stop();
  });
});

describe('after all of it', () => {
  it('strangers stand as they stood, also those that imitate us', async () => {
    expect(isOurStack(IMITATION, inst.config.zone, key)).toBe(false);
    // Three of each kind with a container, and the two volumes.
    expect(before).toHaveLength(3 * (KINDS.length + 1) + 2);
    expect(await inventory(isStrange)).toEqual(before);
  });

  it('and nothing of ours does', async () => {
    expect(await liveStacks()).toEqual([]);
    expect(await thingsOf(ofStack(orphan.stack))).toEqual([]);
    for (const folder of [inst.layout.abraDir('.'), inst.layout.secretsDir('.')])
      expect(await readdir(folder)).toEqual([]);
  });
});
