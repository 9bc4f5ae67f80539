/** Real processes: what the runner starts, sees, and ends. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RecipeSpecBody } from '../../controller/api/recipe-spec.ts';
import type { StageRequest, StepName } from '../../controller/api/stage.ts';
import type { Stages, StepSeen } from '../../controller/ports.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { startTimeOf } from '../../controller/runtime/process.ts';
import { endMarked, MARK_VARIABLE, markedProcesses, markOf } from '../../controller/host/marked-processes.ts';
import { makeStages } from '../../controller/host/runner.ts';
import { type Layout, makeLayout } from '../../controller/store/layout.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** As the controller gives to its steps: thirty of them load the same modules. */
const COMPILED = join(ROOT, '.ccci', 'compile-cache');
const WAIT = { timeout: 20_000, interval: 10 };
// Processes that ignore TERM are given their time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let dir: string;
let layout: Layout;
let exits: string[];
let others: ResultPromise[];
/** Of this test alone: processes of a test beside it are another installation's. */
let installation: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-runner-'));
  layout = makeLayout(join(dir, 'state'));
  installation = `test-${dir.slice(-6)}`;
  exits = [];
  others = [];
  await mkdir(layout.signals, { recursive: true });
  await writeFile(join(dir, 'program.ts'), PROGRAM);
});
afterEach(async () => {
  await endMarked(installation);
  for (const other of others) other.kill('SIGKILL');
  await Promise.all(others);
  await rm(dir, { recursive: true, force: true });
});

/** A stage that leaves a child in a session of its own, and then passes, or hangs and does not listen to TERM. */
const PROGRAM = `
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isToBegin } from '${ROOT}/controller/host/when-told.ts';
import { runStepProcess } from '${ROOT}/controller/stages/step/step-process.ts';
const [, , stateDir, mode, dir, flag] = process.argv;
if (mode === 'dies') { console.error('no such module'); process.exit(3); }
const stubborn = 'trap "" TERM; echo $$ > "$0"; while :; do sleep 1; done';
if (!(await isToBegin(flag))) process.exit(0);
await runStepProcess({
  dir, stateDir, clock: { now: () => new Date() },
  run: async () => {
    if (mode === 'passes') return { outcome: 'passed', message: 'Done.' };
    spawn('setsid', ['sh', '-c', stubborn, dir + '/grandchild'], { detached: true, stdio: 'ignore' }).unref();
    while (!existsSync(dir + '/grandchild')) await delay(5);
    for (;;) await delay(1_000);
  },
});
`;

function stagesThat(mode: 'passes' | 'hangs' | 'dies'): Stages {
  return makeStages({
    layout,
    clock: systemClock,
    installation,
    program: [process.execPath, join(dir, 'program.ts'), layout.root, mode],
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILED },
    onExit: (run) => exits.push(run),
  });
}

function request(step: StepName, uid = 'u1'): StageRequest {
  return {
    run: `run-of-${uid}`,
    uid,
    attempt: 1,
    step,
    round: 1,
    limitMs: 60_000,
    server: { name: 'default', abraServer: 'default' },
    recipe: 'web',
    source: { repo: '/nowhere', ref: 'main' },
    app: { domain: 'web.ci.test', stack: 'web_ci_test' },
    slot: 1,
    stages: ['install'],
    settings: RecipeSpecBody.parse({ category: 'simple', source: { repo: '/nowhere' } }),
    earlier: [],
  };
}

const seen = async (step: StepName, uid = 'u1'): Promise<StepSeen | undefined> =>
  (await stagesThat('passes').inspect(uid)).find((each) => each.step === step);
const dirOf = (step: StepName, uid = 'u1'): string => layout.stepDir(uid, { attempt: 1, step, round: 1 });
const marked = async (uid = 'u1'): Promise<string[]> =>
  (await markedProcesses(`${installation}/${uid}`)).map((each) => each.mark);

const claimOf = async (step: StepName): Promise<unknown> =>
  JSON.parse(await readFile(join(dirOf(step), 'started.json'), 'utf8'));

async function hanging(step: StepName, uid = 'u1'): Promise<{ pid: number; grandchild: number }> {
  await stagesThat('hangs').start(request(step, uid));
  const file = join(dirOf(step, uid), 'grandchild');
  await expect.poll(() => existsSync(file), WAIT).toBe(true);
  const { pid } = JSON.parse(await readFile(join(dirOf(step, uid), 'started.json'), 'utf8')) as {
    pid: number;
  };
  await expect.poll(async () => (await readFile(file, 'utf8')).trim(), WAIT).toMatch(/^\d+$/);
  return { pid, grandchild: Number(await readFile(file, 'utf8')) };
}

describe('start', () => {
  it('resolves when the process has its claim, and tells when it has ended', async () => {
    await stagesThat('passes').start(request('teardown'));
    expect(existsSync(join(dirOf('teardown'), 'started.json'))).toBe(true);
    await expect.poll(() => exits, WAIT).toEqual(['run-of-u1']);
    expect(await seen('teardown')).toMatchObject({ state: 'passed', result: { message: 'Done.' } });
    expect(await readdir(layout.signals)).toEqual(['run-of-u1']);
    expect(await marked()).toEqual([]);
  });

  it('twice, at once and later, starts one process', async () => {
    const stages = stagesThat('hangs');
    await Promise.all([stages.start(request('prepare')), stages.start(request('prepare'))]);
    const claimed = await readFile(join(dirOf('prepare'), 'started.json'), 'utf8');
    await stages.start(request('prepare'));
    expect(await readFile(join(dirOf('prepare'), 'started.json'), 'utf8')).toBe(claimed);
    await expect.poll(() => exits.length, WAIT).toBe(2);
    expect(await seen('prepare')).toMatchObject({ state: 'running' });
  });

  it('says where to look when a process dies before its claim, and can be repeated', async () => {
    await expect(stagesThat('dies').start(request('prepare'))).rejects.toThrow(
      join(dirOf('prepare'), 'output.log'),
    );
    expect(await readFile(join(dirOf('prepare'), 'output.log'), 'utf8')).toContain('no such module');
    expect(await seen('prepare')).toMatchObject({ state: 'absent' });
    await stagesThat('passes').start(request('prepare'));
    await expect.poll(async () => (await seen('prepare'))?.state, WAIT).toBe('passed');
  });

  it('has the process of the next step wait for its turn, and ends it if another comes', async () => {
    const stages = stagesThat('passes');
    await stages.start(request('prepare'));
    await expect.poll(() => marked(), WAIT).toEqual([markOf(installation, 'u1', '1-install')]);
    const [early] = await markedProcesses(installation);
    expect(await seen('install')).toBeUndefined();
    await stages.start(request('install'));
    expect(await claimOf('install')).toMatchObject({ pid: early?.pid });
    await expect.poll(() => marked(), WAIT).toEqual([markOf(installation, 'u1', '1-evidence')]);
    await stages.start(request('teardown'));
    await expect.poll(() => marked(), WAIT).toEqual([]);
    expect(await readdir(layout.stagesDir('u1'))).toEqual(['1-install', '1-prepare', '1-teardown']);
  });

  it('starts a process anew where the one that waited is gone', async () => {
    const stages = stagesThat('passes');
    await stages.start(request('prepare'));
    await expect.poll(() => marked(), WAIT).toHaveLength(1);
    const [early] = await markedProcesses(installation);
    process.kill(early?.pid ?? 0, 'SIGKILL');
    await stages.start(request('install'));
    expect(await claimOf('install')).not.toMatchObject({ pid: early?.pid });
    await expect.poll(async () => (await seen('install'))?.state, WAIT).toBe('passed');
  });

  it('a process that waits ends with who started it, and has done nothing', async () => {
    const program = [join(dir, 'program.ts'), layout.root, 'passes', dirOf('install'), '--when-told'];
    const { exitCode } = await execa(process.execPath, program, { input: '' });
    expect(exitCode).toBe(0);
    expect(existsSync(dirOf('install'))).toBe(false);
  });

  it('ends what a killed step left running, and nothing of another run', async () => {
    const killed = await hanging('install');
    const other = await hanging('install', 'u10');
    process.kill(killed.pid, 'SIGKILL');
    await expect.poll(async () => (await seen('install'))?.state, WAIT).toBe('lost');
    expect(await startTimeOf(killed.grandchild)).not.toBeNull();
    const halfWritten = join(dirOf('install'), `.${randomUUID()}.tmp`);
    await writeFile(halfWritten, '{');
    await stagesThat('hangs').start(request('teardown'));
    expect(await startTimeOf(killed.grandchild)).toBeNull();
    expect(existsSync(halfWritten)).toBe(false);
    expect(await seen('teardown')).toMatchObject({ state: 'running' });
    expect(await startTimeOf(other.pid)).not.toBeNull();
    expect(await startTimeOf(other.grandchild)).not.toBeNull();
  });
});

describe('a teardown that is repeated for days', () => {
  it('keeps its first and its last rounds, and those in which a secret was found', async () => {
    const scan = { secrets: ['pw'], files: 1, bytes: 1, clean: true, leaks: [], unread: [] };
    for (let round = 1; round <= 19; round++) {
      const folder = layout.stepDir('u1', { attempt: 1, step: 'teardown', round });
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'scan.json'), JSON.stringify({ ...scan, clean: round !== 9 }));
    }
    await stagesThat('passes').start({ ...request('teardown'), round: 20 });
    const rounds = (await stagesThat('passes').inspect('u1')).map(({ round }) => round);
    expect(rounds.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 9, 15, 16, 17, 18, 19, 20]);
  });
});

describe('stop', () => {
  it('ends a process that ignores TERM, and its child in a session of its own; and says why', async () => {
    const { pid, grandchild } = await hanging('install');
    const stages = stagesThat('hangs');
    const running = await seen('install');
    if (running === undefined) throw new Error('not seen');
    await stages.stop({ uid: 'u1', seen: running }, 'cancelled');
    expect(await startTimeOf(pid)).toBeNull();
    expect(await startTimeOf(grandchild)).toBeNull();
    expect(await stages.leftovers('u1')).toEqual([]);
    expect(await seen('install')).toMatchObject({ state: 'stopped', stopReason: 'cancelled', result: null });
    // Safe twice.
    await stages.stop({ uid: 'u1', seen: running }, 'cancelled');
  });
});

describe('a step that lives on', () => {
  it('after it was stopped, because it does not bear our mark, is an error that says which, and is written down once', async () => {
    const { pid } = await hanging('install');
    const wrote: string[] = [];
    const others = makeStages({
      layout,
      clock: systemClock,
      installation: `${installation}-other`,
      program: [process.execPath],
      env: {},
      onExit: () => undefined,
      afterWrite: (what) => wrote.push(what),
    });
    const running = await seen('install');
    if (running === undefined) throw new Error('not seen');
    for (const reason of ['cancelled', 'overdue'] as const)
      await expect(others.stop({ uid: 'u1', seen: running }, reason)).rejects.toThrow(
        `Process ${pid} of the step in ${dirOf('install')} lives on after it was stopped`,
      );
    expect(wrote).toEqual(['stopped u1 install']);
    expect(await seen('install')).toMatchObject({ state: 'overdue', stopReason: 'cancelled' });
  });

  it('until it is done, after it was told to stop, leaves no result', async () => {
    const waits = `
      while (!existsSync(dir + '/stopped.json')) await delay(5);
      return { outcome: 'failed', message: 'What it worked with was ended.' };`;
    const text = PROGRAM.replace(
      "if (mode === 'passes') return { outcome: 'passed', message: 'Done.' };",
      waits,
    );
    await writeFile(join(dir, 'program.ts'), text);
    await stagesThat('hangs').start(request('install'));
    await writeFile(
      join(dirOf('install'), 'stopped.json'),
      '{"reason":"cancelled","at":"2026-01-02T03:04:05.000Z"}',
    );
    await expect.poll(() => exits, WAIT).toEqual(['run-of-u1']);
    expect(await seen('install')).toMatchObject({ state: 'stopped', stopReason: 'cancelled', result: null });
  });
});

describe('inspect', () => {
  const past = '2026-01-02T03:04:05.000Z';
  const future = '2126-01-02T03:04:05.000Z';
  const soon = '2026-01-02T03:04:06.000Z';
  const alive = async (deadline: string): Promise<object> => ({
    pid: process.pid,
    startTime: await startTimeOf(process.pid),
    startedAt: past,
    deadline,
  });
  const dead = { pid: process.pid, startTime: 'boot/1', startedAt: past, deadline: future };
  const result = { step: 'install', outcome: 'passed', startedAt: past, finishedAt: past, message: 'm' };
  const stopped = { reason: 'overdue', at: past };

  it.each([
    { because: 'nothing but a request', files: async () => ({}), state: 'absent' },
    { because: 'a live process', files: async () => ({ started: await alive(future) }), state: 'running' },
    {
      because: 'a live process past its limit',
      files: async () => ({ started: await alive(past) }),
      state: 'overdue',
    },
    {
      because: 'a live process past its limit by a clock that was set since',
      files: async () => ({ started: { ...(await alive(soon)), steady: systemClock.steady?.() } }),
      state: 'running',
    },
    {
      because: 'a live process past its limit, though the clock was set back',
      files: async () => {
        const { boot = '', ms = 0 } = systemClock.steady?.() ?? {};
        return { started: { ...(await alive(past)), deadline: soon, steady: { boot, ms: ms - 10_000 } } };
      },
      state: 'overdue',
    },
    {
      because: 'a live process that another boot started',
      files: async () => ({ started: { ...(await alive(future)), steady: { boot: 'other', ms: 0 } } }),
      state: 'running',
    },
    { because: 'a process that is gone', files: async () => ({ started: dead }), state: 'lost' },
    { because: 'a torn claim', files: async () => ({ started: '{"pid"' }), state: 'lost' },
    {
      because: 'a torn result of a dead process',
      files: async () => ({ started: dead, result: '{"outcome":"passed"' }),
      state: 'lost',
    },
    { because: 'a result', files: async () => ({ started: dead, result }), state: 'passed' },
    {
      because: 'a result that came before we stopped it',
      files: async () => ({ started: dead, stopped, result }),
      state: 'passed',
    },
    { because: 'stopped, and gone', files: async () => ({ started: dead, stopped }), state: 'stopped' },
    {
      because: 'stopped, and still there',
      files: async () => ({ started: await alive(future), stopped }),
      state: 'overdue',
    },
    {
      because: 'a torn reason, and gone',
      files: async () => ({ started: dead, stopped: '{"rea' }),
      state: 'lost',
    },
  ])('$because is $state', async ({ files, state }) => {
    await mkdir(dirOf('install'), { recursive: true });
    for (const [name, content] of Object.entries(await files()))
      await writeFile(
        join(dirOf('install'), `${name}.json`),
        typeof content === 'string' ? content : JSON.stringify(content),
      );
    expect((await seen('install'))?.state).toBe(state);
  });

  it('knows nothing of a run without a folder, and takes no other folder for a step', async () => {
    expect(await stagesThat('passes').inspect('nobody')).toEqual([]);
    for (const name of ['1-install', '1-teardown-3', '2-prepare', 'notes', '1-', '.1-install.tmp'])
      await mkdir(join(layout.stagesDir('u1'), name), { recursive: true });
    const names = (await stagesThat('passes').inspect('u1')).map(
      (each) => `${each.attempt} ${each.step} ${each.round}`,
    );
    expect(names.sort()).toEqual(['1 install 1', '1 teardown 3', '2 prepare 1']);
  });
});

describe('what is left outside the swarm', () => {
  it('is shown by run, and removed with its processes; what is another run’s stays', async () => {
    await hanging('install');
    const other = await hanging('install', 'u10');
    onTestFinished(() => rm(layout.tmpDir('u10'), { recursive: true }));
    for (const folder of [...layout.passingDirs('u1'), layout.abraDir('u10'), layout.tmpDir('u10')])
      await mkdir(folder, { recursive: true });
    const stages = stagesThat('hangs');
    expect((await stages.leftovers('u1')).length).toBeGreaterThanOrEqual(5);
    expect((await stages.owners()).map(({ uid }) => uid).sort()).toEqual(['u1', 'u10']);
    await stages.ensureLocalAbsent('u1');
    await stages.ensureLocalAbsent('u1');
    expect(await stages.leftovers('u1')).toEqual([]);
    expect((await stages.owners()).map(({ uid }) => uid)).toEqual(['u10']);
    expect(existsSync(layout.abraDir('u10'))).toBe(true);
    expect(existsSync(layout.tmpDir('u10'))).toBe(true);
    expect(await startTimeOf(other.pid)).not.toBeNull();
  });

  it.each(['', '.', '..', '../u1', 'a/b', '-rf'])(
    'is not removed by the uid %j, which is none',
    async (uid) => {
      await mkdir(layout.abraDir('u1'), { recursive: true });
      await expect(stagesThat('passes').ensureLocalAbsent(uid)).rejects.toThrow('is not the uid of a run');
      expect(existsSync(layout.abraDir('u1'))).toBe(true);
    },
  );
});

describe('a mark', () => {
  const sleeper = (mark: string): ResultPromise => {
    const child = execa('sleep', ['60'], { env: { [MARK_VARIABLE]: mark }, extendEnv: false, reject: false });
    others.push(child);
    return child;
  };

  it('is found by whole names, from the left', async () => {
    for (const mark of ['u1/1-install', 'u1/1-install/vitest', 'u10/1-install', 'x/u1'])
      void sleeper(`${installation}/${mark}`);
    void sleeper(`not-${installation}/u1/1-install`);
    await expect.poll(async () => (await markedProcesses(installation)).length, WAIT).toBe(4);
    expect((await marked()).sort()).toEqual(
      ['u1/1-install', 'u1/1-install/vitest'].map((each) => `${installation}/${each}`),
    );
    expect(await markedProcesses(markOf(installation, 'u1', '1-install/vit'))).toEqual([]);
  });

  it('ends its own processes and no others, and nothing is done where there are none', async () => {
    const [ours, theirs] = [sleeper(`${installation}/u1/a`), sleeper(`${installation}/u2/a`)];
    await expect.poll(async () => (await markedProcesses(installation)).length, WAIT).toBe(2);
    await endMarked(`${installation}/u1`);
    expect((await ours).signal).toBe('SIGTERM');
    expect(await startTimeOf(theirs.pid ?? 0)).not.toBeNull();
    await endMarked(`${installation}/nobody`);
  });
});
