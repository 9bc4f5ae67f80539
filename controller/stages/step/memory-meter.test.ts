import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StageResources } from '../../api/resources.ts';
import type { StepName } from '../../api/stage.ts';
import type { ContainerMemory, Meter } from '../../ports.ts';
import type { StageReport } from './report.ts';
import { measureWhile } from './memory-meter.ts';

const APP: ContainerMemory = { id: 'c1', service: 'app', usage: 40, max: null, inactiveFile: 10 };
const FOUND = { files: ['a.log'], screenshot: null };
const PASSED: StageReport = { outcome: 'passed', message: 'Fine.', data: FOUND };
const gone = (): Promise<never> => Promise.reject(new Error('connect ENOENT'));

function meterOf(over: Partial<Meter> = {}): Meter {
  return {
    memory: () => Promise.resolve({ containers: [APP], problems: [] }),
    volumes: () => Promise.resolve([{ name: 'data', bytes: 7 }]),
    ...over,
  };
}

/** Work that lasts until what was asked at its start has been answered. */
async function oneLook(): Promise<StageReport> {
  await turn();
  return PASSED;
}

interface Asked {
  readonly step?: StepName;
  readonly work?: () => Promise<StageReport>;
  readonly signal?: AbortSignal;
  readonly paceMs?: number;
}

async function run(over: Partial<Meter>, asked: Asked = {}) {
  const { step = 'install', work = oneLook } = asked;
  const said: string[] = [];
  const report = await measureWhile(
    {
      meter: meterOf(over),
      log: { say: (text) => void said.push(text) },
      request: { step, app: { stack: 's' } },
      signal: asked.signal ?? new AbortController().signal,
      ...(asked.paceMs === undefined ? {} : { paceMs: asked.paceMs }),
    },
    work,
  );
  return { report, said, resources: report.resources };
}

describe('measured', () => {
  it.each(['install', 'upgrade', 'backup', 'restore', 'test'] as const)(
    'adds what the app took in %s to what the stage found, also where it failed',
    async (step) => {
      const failed: StageReport = { outcome: 'failed', message: 'Broken.' };
      const { report, said, resources } = await run(
        {},
        {
          step,
          work: async () => {
            await turn();
            return failed;
          },
        },
      );
      expect(report).toMatchObject(failed);
      expect(StageResources.parse(resources)).toMatchObject({
        memory: [{ service: 'app', peakBytes: 30 }],
        totalPeakBytes: 30,
        failedLooks: 0,
        volumes: null,
      });
      expect(said).toEqual([]);
      expect((await run({}, { step })).report.data).toEqual(FOUND);
    },
  );

  it.each(['prepare', 'lint', 'teardown'] as const)('leaves %s alone, where no app lives', async (step) => {
    const { report } = await run({ memory: gone, volumes: gone }, { step });
    expect(report).toEqual(PASSED);
  });

  it.each([
    { because: 'ends', end: () => Promise.resolve(PASSED), said: PASSED.message },
    { because: 'throws', end: () => Promise.reject(new Error('boom')), said: 'boom' },
  ])('goes on looking until the stage $because, and no longer', async ({ end, said }) => {
    let looks = 0;
    const enough = Promise.withResolvers<void>();
    const memory: Meter['memory'] = () => {
      if (++looks === 3) enough.resolve();
      return Promise.resolve({ containers: [{ ...APP, usage: looks * 100 }], problems: [] });
    };
    const work = async (): Promise<StageReport> => {
      await enough.promise;
      return end();
    };
    const ended = run({ memory }, { work, paceMs: 1 }).then(
      ({ report }) => report.message,
      (error: unknown) => (error as Error).message,
    );
    expect(await ended).toBe(said);
    const then = looks;
    await delay(20);
    expect(looks).toBe(then);
  });

  it('counts and says what could not be read, and the stage stays what it is', async () => {
    const { report, said, resources } = await run({ memory: gone });
    expect(report.outcome).toBe('passed');
    expect(resources).toMatchObject({ looks: 1, failedLooks: 1, problem: 'connect ENOENT', memory: [] });
    expect(said).toEqual(['1 of 1 looks at what the app uses failed, the last with: connect ENOENT']);
  });

  it('keeps the containers that could be read beside one that could not', async () => {
    const memory: Meter['memory'] = () =>
      Promise.resolve({ containers: [APP], problems: ['stats of c2: 500'] });
    const { resources } = await run({ memory });
    expect(resources).toMatchObject({
      memory: [{ service: 'app' }],
      failedLooks: 1,
      problem: 'stats of c2: 500',
    });
  });

  it('does not wait for a look that is under way, and takes nothing from it', async () => {
    const late = Promise.withResolvers<Awaited<ReturnType<Meter['memory']>>>();
    const { report, resources } = await run({ memory: () => late.promise });
    late.resolve({ containers: [APP], problems: [] });
    await late.promise;
    expect(report.outcome).toBe('passed');
    expect(resources).toMatchObject({ looks: 0, failedLooks: 0, memory: [], totalPeakBytes: null });
  });

  it('asks for the sizes of the volumes once, with the evidence', async () => {
    const { resources } = await run({}, { step: 'evidence' });
    expect(resources).toMatchObject({ volumes: [{ name: 'data', bytes: 7 }], memory: [{ service: 'app' }] });
    expect((await run({}, { step: 'test' })).resources).toMatchObject({ volumes: null, failedLooks: 0 });
  });

  it('says that sizes could not be had, which are then unknown and not none', async () => {
    const { report, said, resources } = await run({ volumes: gone }, { step: 'evidence' });
    expect(report.outcome).toBe('passed');
    expect(resources).toMatchObject({ volumes: null, failedLooks: 1, problem: 'connect ENOENT' });
    expect(said).toHaveLength(1);
  });

  it.each(['before it began', 'while it goes on'])(
    'does not wait for sizes once the step is stopped: %s',
    async (when) => {
      const control = new AbortController();
      const stop = (): void => control.abort(new Error('The step was stopped.'));
      if (when === 'before it began') stop();
      const work = (): Promise<StageReport> => {
        stop();
        return Promise.resolve(PASSED);
      };
      const volumes = (): Promise<never> => new Promise(() => undefined);
      const { resources } = await run({ volumes }, { step: 'evidence', work, signal: control.signal });
      expect(resources).toMatchObject({ volumes: null, problem: 'The step was stopped.' });
    },
  );

  it.each([
    {
      because: 'it explains a health check',
      reason: 'HealthcheckFailing',
      service: 'app',
      want: 'ProcessLimit',
    },
    { because: 'not that of another service', reason: 'TaskExited', service: 'db', want: 'TaskExited' },
    { because: 'memory explains itself', reason: 'OutOfMemory', service: 'app', want: 'OutOfMemory' },
  ])('a service that had all of its processes: $because', async ({ reason, service, want }) => {
    const cause = { reason, service, message: 'It failed.' };
    const full = { ...APP, allProcesses: 100 };
    const { report } = await run(
      { memory: () => Promise.resolve({ containers: [full], problems: [] }) },
      {
        work: async () => {
          await turn();
          return { outcome: 'failed', message: 'Broken.', cause };
        },
      },
    );
    expect(report.cause?.reason).toBe(want);
    if (want === 'ProcessLimit')
      expect(report.cause?.message).toBe(
        'Service "app" had all of its 100 processes, and could start no other. It failed.',
      );
  });
});
