/** Runs whose decisions are kept as fixtures: one of every kind of ending, and of every way there. */
import { existsSync, linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepName } from '../../controller/api/stage.ts';
import { decisionsFile } from '../../controller/store/decisions.ts';
import { hold, isFinished, isRunning, killStep, makeOverdue, startedIn, stepDir, wake } from './hands.ts';
import { makeWorld, readLines, type World, type WorldOptions } from './world.ts';

export interface DecisionRun {
  readonly name: string;
  readonly because: string;
  /** Verdict with first cause, or the phase where the run is left open. */
  readonly ending: string;
  readonly options?: WorldOptions;
  /** Until the run has ended; without it the run is only asked for. */
  readonly play?: (run: Hands) => Promise<void>;
}

const PROGRAMS = {
  controller: join(import.meta.dirname, 'controller.ts'),
  stage: join(import.meta.dirname, 'stage.ts'),
  cache: join(import.meta.dirname, '../../.ccci/compile-cache'),
};

/** A world with the run "one", and what is done to it. */
export function makeHands(options: WorldOptions | undefined) {
  const world = makeWorld({ ...options, programs: PROGRAMS });
  const kept = join(world.dir, 'decisions.ndjson');
  let uid = '';
  /** A second name for the file: so the last line is there also where the record of the run is removed. */
  const keep = (): void => {
    const now = world.status('one')?.uid ?? uid;
    if (now === uid) return;
    try {
      linkSync(decisionsFile(world.layout, now), kept);
      uid = now;
    } catch {
      // There is no decision yet.
    }
  };
  const until = (what: string, holds: () => boolean): Promise<void> =>
    world.until(what, () => {
      keep();
      return holds();
    });
  const lines = (): string[] => readLines(kept);
  const decided = (leaf: string): Promise<void> =>
    until(`decided ${leaf}`, () => lines().at(-1)?.includes(`"leaf":"${leaf}"`) === true);
  const hands = {
    world,
    lines,
    until,
    decided,
    stopped: (name: string) =>
      until(`${name} was told to stop`, () => existsSync(join(stepDir(world, name), 'stopped.json'))),
    begin: (spec: object = {}): ReturnType<World['start']> => {
      world.addRun('one', spec);
      return world.start();
    },
    /** The verdict is written first, and then its line. */
    finished: async () => {
      await until('finished', isFinished(world));
      await until('its line', () => lines().some((line) => line.includes('"leaf":"closing"')));
    },
    forgotten: async () => {
      await until('forgotten', () => world.status('one') === null);
      await decided('gone');
    },
    hold: (step: StepName) => hold(world, step),
    claimed: (name: string) => until(`${name} is claimed`, () => startedIn(stepDir(world, name)) !== null),
    running: (step: StepName) => until(`${step} runs`, isRunning(world, step)),
    killStep: (name: string) => killStep(world, name),
    makeOverdue: (name: string) => makeOverdue(world, name),
    cancel: () => world.addRun('one', { cancel: true }),
    remove: () => world.removeRun('one'),
    ending: (): string => {
      const status = world.status('one');
      if (status === null) return 'Deleted';
      if (status.finishedAt !== null) return [status.verdict, status.cause?.reason].filter(Boolean).join(' ');
      const stalled = status.conditions.some((each) => each.type === 'Stalled' && each.status === 'True');
      return `${status.phase}${stalled ? ' Stalled' : ''}`;
    },
  };
  return hands;
}
export type Hands = ReturnType<typeof makeHands>;

async function killed(controller: ReturnType<World['start']>): Promise<void> {
  controller.kill('SIGKILL');
  await controller;
}

/** Another run takes the only slot, and keeps it until it is let go. */
async function behindAnother(run: Hands): Promise<() => void> {
  const letGo = run.hold('prepare');
  run.world.addRun('first');
  void run.world.start();
  await run.until('the first one runs', () => run.world.status('first')?.phase === 'Running');
  run.world.addRun('one');
  await run.decided('waiting.queued');
  return letGo;
}

/** What somebody deploys under the name of a run that is over. */
async function lateThings({ world }: Hands, undeploys: number): Promise<void> {
  const stubborn = [{ kind: 'config', name: 'late', undeploys } as const];
  await world.swarm.deploy(world.status('one')?.app?.stack ?? '', { services: {}, stubborn });
}

const WISHES = [
  { wish: 'cancelled', because: 'cancelled by a person', make: (run: Hands) => run.cancel() },
  { wish: 'deleted', because: 'deleted', make: (run: Hands) => run.remove() },
] as const;
const over = (run: Hands, wish: string): Promise<void> =>
  wish === 'deleted' ? run.forgotten() : run.finished();

const UNWANTED: DecisionRun[] = WISHES.flatMap(({ wish, because, make }) => [
  ...(['prepare', 'install', 'evidence', 'teardown'] as const).map((step) => ({
    name: `${wish}-in-${step}`,
    because: `${because} while ${step} runs`,
    ending: wish === 'deleted' ? 'Deleted' : ['evidence', 'teardown'].includes(step) ? 'Passed' : 'Cancelled',
    play: async (run: Hands) => {
      const letGo = run.hold(step);
      void run.begin();
      await run.running(step);
      make(run);
      // What is on its way to the end already is waited for.
      if (step === 'evidence' || step === 'teardown') {
        await run.until('seen', () => run.lines().at(-1)?.includes('"wish":"run"') === false);
        letGo();
      }
      await over(run, wish);
    },
  })),
  {
    name: `${wish}-queued`,
    because: `${because} before it had a slot`,
    ending: wish === 'deleted' ? 'Deleted' : 'Cancelled',
    play: async (run: Hands) => {
      await behindAnother(run);
      make(run);
      await over(run, wish);
    },
  },
  {
    name: `${wish}-after-loss`,
    because: `${because} while nobody looked, and its step died meanwhile`,
    ending: wish === 'deleted' ? 'Deleted' : 'Cancelled',
    play: async (run: Hands) => {
      run.hold('install');
      const controller = run.begin();
      await run.running('install');
      await killed(controller);
      await run.killStep('1-install');
      make(run);
      void run.world.start();
      await over(run, wish);
    },
  },
]);

const LOST: DecisionRun[] = [
  ...(['prepare', 'install'] as const).flatMap((step) => [
    {
      name: `lost-${step}`,
      because: `the process of ${step} died once, and a fresh attempt passes`,
      ending: 'Passed',
      play: async (run: Hands) => {
        const letGo = run.hold(step);
        void run.begin();
        await run.claimed(`1-${step}`);
        await run.killStep(`1-${step}`);
        letGo();
        await run.finished();
      },
    },
    {
      name: `lost-${step}-twice`,
      because: `the process of ${step} died in both attempts`,
      ending: 'Errored StageLost',
      play: async (run: Hands) => {
        run.hold(step);
        void run.begin();
        await run.killStep(`1-${step}`);
        await run.killStep(`2-${step}`);
        await run.finished();
      },
    },
  ]),
  ...(['evidence', 'teardown'] as const).map((step) => ({
    name: `lost-${step}`,
    because: `the process of ${step} died, which costs no verdict`,
    ending: 'Passed',
    play: async (run: Hands) => {
      const letGo = run.hold(step);
      void run.begin();
      await run.killStep(`1-${step}`);
      letGo();
      await run.finished();
    },
  })),
  {
    name: 'lost-with-controller',
    because: 'step and controller died together',
    ending: 'Passed',
    play: async (run) => {
      const letGo = run.hold('install');
      const controller = run.begin();
      await run.running('install');
      await killed(controller);
      await run.killStep('1-install');
      letGo();
      void run.world.start();
      await run.finished();
    },
  },
  {
    name: 'lost-and-expired',
    because: 'a step died, and the run was past its timeout before anybody looked',
    ending: 'TimedOut Timeout',
    play: async (run) => {
      run.hold('install');
      const controller = run.begin({ timeout: '4s' });
      await run.running('install');
      await killed(controller);
      await run.killStep('1-install');
      const begun = Date.parse(run.world.status('one')?.begunAt ?? '');
      await run.until('expired', () => Date.now() > begun + 4_000);
      void run.world.start();
      await run.finished();
    },
  },
  {
    name: 'torn-result',
    because: 'a step left half a result, twice',
    ending: 'Errored StageLost',
    play: async (run) => {
      run.hold('install');
      const controller = run.begin();
      for (const name of ['1-install', '2-install']) {
        await run.claimed(name);
        controller.kill('SIGSTOP');
        writeFileSync(join(stepDir(run.world, name), 'result.json'), '{"outcome":"pas');
        await run.killStep(name);
        controller.kill('SIGCONT');
      }
      await run.finished();
    },
  },
  {
    name: 'killed-controller',
    because: 'the controller was killed while install ran',
    ending: 'Passed',
    play: async (run) => {
      const letGo = run.hold('install');
      const controller = run.begin();
      await run.running('install');
      await killed(controller);
      letGo();
      void run.world.start();
      await run.finished();
    },
  },
  {
    name: 'killed-controller-often',
    because: 'the controller was killed after each write or two',
    ending: 'Passed',
    play: async (run) => {
      run.world.addRun('one');
      for (let round = 0; !isFinished(run.world)(); round++) {
        const controller = run.world.start(1 + (round % 2));
        let ended = false;
        void controller.then(() => (ended = true));
        await run.until('killed', () => ended || isFinished(run.world)());
      }
    },
  },
  {
    name: 'killed-controller-while-stopping',
    because: 'the controller was killed between saying that a step is to stop and ending it',
    ending: 'Cancelled',
    play: async (run) => {
      run.hold('install');
      const controller = run.begin();
      await run.running('install');
      await killed(controller);
      run.cancel();
      // Its status, and then that the step is to stop.
      await run.world.start(2);
      void run.world.start();
      await run.finished();
    },
  },
];

const BLIND: DecisionRun[] = [
  {
    name: 'blind-at-start',
    because: 'Docker did not answer when the run began',
    ending: 'Passed',
    play: async (run) => {
      await run.world.swarm.setUnreachable('test');
      void run.begin();
      await run.decided('blind');
      await run.world.swarm.setUnreachable(null);
      await run.finished();
    },
  },
  ...(['prepare', 'evidence', 'teardown'] as const).map((step) => ({
    name: `blind-after-${step}`,
    because: `Docker stopped answering while ${step} ran`,
    ending: 'Passed',
    play: async (run: Hands) => {
      const letGo = run.hold(step);
      void run.begin();
      await run.running(step);
      await run.world.swarm.setUnreachable('test');
      letGo();
      await run.decided('blind');
      await run.world.swarm.setUnreachable(null);
      await run.finished();
    },
  })),
  {
    name: 'blind-and-cancelled',
    because: 'Docker did not answer when the run was cancelled: its step is stopped all the same',
    ending: 'Cancelled',
    play: async (run) => {
      run.hold('install');
      void run.begin();
      await run.running('install');
      await run.world.swarm.setUnreachable('test');
      run.cancel();
      await run.decided('blind');
      await run.world.swarm.setUnreachable(null);
      await run.finished();
    },
  },
];

const LIMITS: DecisionRun[] = [
  {
    name: 'timed-out-run',
    because: 'the run is past its own timeout',
    ending: 'TimedOut Timeout',
    options: { fate: 'hangs' },
    play: async (run) => {
      void run.begin({ timeout: '2s' });
      await run.finished();
    },
  },
  ...(['prepare', 'install'] as const).map((step) => ({
    name: `timed-out-${step}`,
    because: `${step} is past its limit`,
    ending: 'TimedOut Timeout',
    play: async (run: Hands) => {
      run.hold(step);
      void run.begin();
      await run.running(step);
      await run.makeOverdue(`1-${step}`);
      await run.finished();
    },
  })),
  ...(['evidence', 'teardown'] as const).map((step) => ({
    name: `overdue-${step}`,
    because: `${step} is past its limit, which costs no verdict`,
    ending: 'Passed',
    play: async (run: Hands) => {
      const letGo = run.hold(step);
      void run.begin();
      await run.running(step);
      await run.makeOverdue(`1-${step}`);
      await run.stopped(`1-${step}`);
      letGo();
      await run.finished();
    },
  })),
  {
    name: 'expired-in-evidence',
    because: 'the run is past its timeout when its work is done',
    ending: 'Passed',
    play: async (run) => {
      const letGo = run.hold('evidence');
      void run.begin({ timeout: '6s' });
      await run.running('evidence');
      const begun = Date.parse(run.world.status('one')?.begunAt ?? '');
      await run.until('expired', () => Date.now() > begun + 6_000);
      wake(run.world);
      await run.until('seen', () => run.lines().at(-1)?.includes('"expired":true') === true);
      letGo();
      await run.finished();
    },
  },
];

const WAITING: DecisionRun[] = [
  {
    name: 'queued',
    because: 'it waits for a slot, and gets it',
    ending: 'Passed',
    play: async (run) => {
      const letGo = await behindAnother(run);
      letGo();
      await run.finished();
    },
  },
  {
    name: 'still-queued',
    because: 'it waits for a slot',
    ending: 'Queued',
    play: async (run) => {
      await behindAnother(run);
    },
  },
  {
    name: 'refused-document',
    because: 'the document is invalid, and is mended',
    ending: 'Passed',
    play: async (run) => {
      run.world.addText('one', 'kind: TestRun\n');
      void run.world.start();
      await run.decided('waiting.refused');
      run.world.addRun('one');
      await run.finished();
    },
  },
  {
    name: 'refused-recipe',
    because: 'the recipe is not enrolled',
    ending: 'Refused',
    play: async (run) => {
      void run.begin({ recipe: 'nowhere' });
      await run.decided('waiting.refused');
    },
  },
  {
    name: 'deleted-refused',
    because: 'the document was invalid, and is deleted',
    ending: 'Deleted',
    play: async (run) => {
      run.world.addText('one', 'kind: TestRun\n');
      void run.world.start();
      await run.decided('waiting.refused');
      run.remove();
      await run.forgotten();
    },
  },
  {
    name: 'invalid-while-running',
    because: 'the document turns invalid while the run goes on',
    ending: 'Passed',
    play: async (run) => {
      const letGo = run.hold('install');
      void run.begin();
      await run.running('install');
      run.world.addText('one', 'kind: TestRun\n');
      wake(run.world);
      letGo();
      await run.finished();
    },
  },
];

/** Runs that are over, and deleted then. */
const DELETED: DecisionRun[] = [
  {
    name: 'deleted-finished',
    because: 'deleted after its verdict',
    play: async () => undefined,
  },
  {
    name: 'deleted-finished-leftovers',
    because: 'deleted after its verdict, when somebody had deployed something under its name',
    play: (run: Hands) => lateThings(run, 0),
  },
  {
    name: 'deleted-finished-stubborn',
    because:
      'deleted after its verdict, and teardown needs a second round for what was deployed under its name',
    play: (run: Hands) => lateThings(run, 1),
  },
  {
    name: 'deleted-finished-overdue',
    because: 'deleted after its verdict, and the teardown of what was deployed under its name hangs',
    play: async (run: Hands) => {
      await lateThings(run, 0);
      return run.hold('teardown');
    },
    after: async (run: Hands) => {
      await run.makeOverdue('1-teardown-2');
      await run.stopped('1-teardown-2');
    },
  },
  {
    name: 'deleted-finished-blind',
    because: 'deleted after its verdict while Docker does not answer',
    play: (run: Hands) => run.world.swarm.setUnreachable('test'),
    after: async (run: Hands) => {
      await run.decided('blind');
      await run.world.swarm.setUnreachable(null);
    },
  },
].map(({ name, because, play, after }) => ({
  name,
  because,
  ending: 'Deleted',
  play: async (run: Hands) => {
    void run.begin();
    await run.finished();
    const letGo = await play(run);
    run.remove();
    await after?.(run);
    letGo?.();
    await run.forgotten();
  },
}));

export const DECISION_RUNS: readonly DecisionRun[] = [
  { name: 'passed', because: 'a healthy app', ending: 'Passed' },
  { name: 'failed', because: 'a crash loop', ending: 'Failed TaskExited', options: { fate: 'crashes' } },
  {
    name: 'errored',
    because: 'a step could not judge',
    ending: 'Errored DiskFull',
    options: { fate: 'errors' },
  },
  {
    name: 'unverified',
    because: 'a stage without a program is never green',
    ending: 'Errored StageUnverified',
    play: async (run) => {
      void run.begin({ stages: ['install', 'upgrade'] });
      await run.finished();
    },
  },
  {
    name: 'leaked',
    because: 'a secret stands in the files of the run',
    ending: 'Errored SecretLeaked',
    options: { fate: 'leaks' },
  },
  {
    name: 'leftovers',
    because: 'teardown needs a second round',
    ending: 'Failed Leftovers',
    options: { fate: 'stubborn' },
  },
  {
    name: 'stalled',
    because: 'teardown needs so many rounds that a person was called',
    ending: 'Failed Leftovers',
    options: { fate: 'stuck' },
  },
  {
    name: 'still-stalled',
    because: 'teardown left something four times',
    ending: 'Cleaning Stalled',
    options: { fate: 'stuck' },
    play: async (run) => {
      void run.begin();
      await run.until('stalled', () => run.ending() === 'Cleaning Stalled');
    },
  },
  ...LIMITS,
  ...UNWANTED,
  ...DELETED,
  ...LOST,
  ...BLIND,
  ...WAITING,
];
