import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { StepName } from '../../api/stage.ts';
import { diskBounds } from '../../domain/run/disk-limit.ts';
import type { DiskItem, DiskMeter } from '../../ports.ts';
import { endAtDiskLimit } from './disk-watch.ts';
import type { StageReport } from './report.ts';

const GIB = 2 ** 30;
const PASSED: StageReport = { outcome: 'passed', message: 'Fine.' };
const NEVER = 1_000_000_000;

/** A disk of 100 GiB on which an app writes into its volume, and somebody else beside it. */
function diskOf(over: Partial<DiskMeter> = {}) {
  const held = { app: 0, other: 10 * GIB };
  const asked: string[] = [];
  const disk: DiskMeter = {
    dataRoot: () => Promise.resolve('/docker'),
    space: (path) => {
      asked.push(path);
      return Promise.resolve({ free: 100 * GIB - held.app - held.other, total: 100 * GIB });
    },
    held: (stack): Promise<DiskItem[]> => {
      asked.push(`held by ${stack}`);
      return Promise.resolve([{ what: 'volume "data"', bytes: held.app }]);
    },
    ...over,
  };
  return { held, asked, disk };
}

interface Asked {
  readonly step?: StepName;
  readonly sizesEveryMs?: number;
  readonly signal?: AbortSignal;
}

async function run(
  disk: DiskMeter,
  work: (signal: AbortSignal, said: readonly string[]) => Promise<StageReport>,
  { step = 'install', sizesEveryMs = NEVER, signal = new AbortController().signal }: Asked = {},
) {
  const said: string[] = [];
  const report = await endAtDiskLimit(
    {
      disk,
      bounds: diskBounds({ most: '20g', floor: '10%/5g' }),
      stateDir: '/state',
      log: { say: (text) => void said.push(text) },
      request: { step, app: { stack: 's' } },
      signal,
      times: { paceMs: 1, sizesEveryMs, graceMs: 5 },
    },
    (inner) => work(inner, said),
  );
  return { report, said };
}

/** A program that ends as soon as it is told to, with what it found until then. */
const untilTold = async (signal: AbortSignal): Promise<StageReport> => {
  while (!signal.aborted) await turn();
  return { outcome: 'errored', message: 'aborted', data: { files: ['a'], screenshot: null } };
};

/** Looks go on while the work waits for it. */
async function looks(asked: readonly string[], count: number): Promise<void> {
  while (asked.length < count) await turn();
}

describe('the watch on the disk', () => {
  it.each([
    {
      because: 'the app wrote too much, seen by what is free',
      writes: { app: 21 * GIB },
      want: { outcome: 'failed', cause: { message: expect.stringContaining('volume "data": 21 GiB') } },
    },
    {
      because: 'the app wrote too much, seen at the next count',
      writes: { app: 21 * GIB, other: -11 * GIB },
      sizesEveryMs: 1,
      want: { outcome: 'failed', cause: { message: expect.stringContaining('CCCI_LIMIT_DISK') } },
    },
    {
      because: 'somebody else filled the disk',
      writes: { app: GIB, other: 97 * GIB },
      want: {
        outcome: 'errored',
        cause: { message: expect.stringContaining('the run itself holds 1 GiB') },
      },
    },
  ])('ends the step with its cause and what was found, where $because', async (row) => {
    const { held, asked, disk } = diskOf();
    const { report, said } = await run(
      disk,
      async (signal) => {
        await looks(asked, 2);
        held.app += row.writes.app;
        held.other += row.writes.other ?? 0;
        return untilTold(signal);
      },
      row,
    );
    expect(report).toMatchObject(row.want);
    expect(report).toMatchObject({ cause: { reason: 'DiskLimit' }, data: { files: ['a'] } });
    expect(said).toEqual([expect.stringContaining('the step is ended: ')]);
  });

  it('does not wait for a program that does not end', async () => {
    const { held, disk } = diskOf();
    held.app = 96 * GIB;
    const { report } = await run(disk, () => new Promise(() => undefined));
    expect(report).toMatchObject({ outcome: 'failed', cause: { reason: 'DiskLimit' } });
  });

  it('lets Docker count only where something was written, and not at every look', async () => {
    const { held, asked, disk } = diskOf();
    const { report } = await run(disk, async () => {
      await looks(asked, 6);
      expect(asked).not.toContain('held by s');
      held.app = 2 * GIB;
      await looks(asked, 14);
      return PASSED;
    });
    expect(report).toEqual(PASSED);
    expect(asked.filter((what) => what === 'held by s')).toHaveLength(1);
    expect(new Set(asked)).toEqual(new Set(['/docker', '/state', 'held by s']));
  });

  it.each(['prepare', 'lint', 'evidence', 'teardown'] as const)('leaves %s alone', async (step) => {
    const { held, asked, disk } = diskOf();
    held.app = 99 * GIB;
    expect((await run(disk, () => Promise.resolve(PASSED), { step })).report).toEqual(PASSED);
    expect(asked).toEqual([]);
  });

  it.each([
    {
      because: 'Docker’s folder is not known',
      over: { dataRoot: () => Promise.reject(new Error('no answer')) },
      says: 'where Docker keeps its data is not known: no answer',
    },
    {
      because: 'a place cannot be seen from here',
      over: { space: () => Promise.reject(new Error('ENOENT')) },
      says: 'the free space at /docker is not watched: ENOENT',
    },
    {
      because: 'sizes cannot be had',
      over: { held: () => Promise.reject(new Error('busy')) },
      says: 'what the app holds on the disk is not known: busy',
    },
  ])('goes on and says it once where $because', async ({ over, says }) => {
    const { disk } = diskOf(over);
    const { report, said } = await run(
      disk,
      async (_signal, sofar) => {
        while (!sofar.includes(says)) await turn();
        // Long enough for more looks: each is a millisecond, and a few turns.
        for (let i = 0; i < 500; i++) await turn();
        return PASSED;
      },
      { sizesEveryMs: 1 },
    );
    expect(report).toEqual(PASSED);
    expect(said.filter((line) => line === says)).toHaveLength(1);
  });

  it('hands the end of the step on to the work, and says nothing of its own', async () => {
    const control = new AbortController();
    const { held, disk } = diskOf();
    const { report, said } = await run(
      disk,
      async (signal) => {
        control.abort(new Error('The step was stopped.'));
        held.app = 99 * GIB;
        return untilTold(signal);
      },
      { signal: control.signal },
    );
    expect(report.message).toBe('aborted');
    expect(said).toEqual([]);
  });
});
