import { describe, expect, it } from 'vitest';
import type { ServiceSeen, StackSeen, TaskSeen } from '../../ports.ts';
import { StageFailure } from '../step/report.ts';
import { logOf, swarmOf, timeOf } from '../step/testing.ts';
import { whileRunning } from './guard-running.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, second));

function task(id: string, more: Partial<TaskSeen> = {}): TaskSeen {
  return {
    id,
    slot: id,
    node: 'n1',
    state: 'running',
    desired: 'running',
    error: '',
    exitCode: null,
    oomKilled: false,
    container: 'c1',
    health: 'healthy',
    healthOutput: [],
    image: 'shop:1',
    specVersion: 5,
    createdAt: at(0),
    updatedAt: at(1),
    ...more,
  };
}

function stackOf(services: Readonly<Record<string, readonly TaskSeen[]>>): StackSeen {
  const serviceOf = ([name, tasks]: [string, readonly TaskSeen[]]): ServiceSeen => ({
    id: name,
    name,
    image: 'shop:1',
    labels: {},
    replicated: true,
    desired: 1,
    specVersion: 5,
    update: null,
    hasHealthcheck: true,
    job: false,
    tasks,
    updatedAt: at(0),
  });
  return { stack: 'shop', services: Object.entries(services).map(serviceOf), things: [] };
}

const exited = (second: number): Partial<TaskSeen> => ({
  state: 'failed',
  desired: 'shutdown',
  error: 'task: non-zero exit (5)',
  exitCode: 5,
  updatedAt: at(second),
});

/** What the caller learns where the stack became so during the work. */
async function learnt(
  before: StackSeen,
  after: StackSeen | readonly StackSeen[],
  work: () => Promise<string>,
): Promise<unknown> {
  const looks = [after].flat();
  const swarm = swarmOf({ observe: async () => (looks.length > 1 ? looks.shift() : looks[0]) ?? before });
  try {
    return await whileRunning({ swarm, log: logOf(), ...timeOf() }, before, work);
  } catch (error) {
    return error instanceof StageFailure
      ? { reason: error.failure.reason, service: error.failure.service, tests: error.tests.length }
      : error;
  }
}

const passes = () => Promise.resolve('fine');
const TEST = {
  source: 'ccci',
  name: 'answers',
  file: 'install.test.ts',
  state: 'failed',
  durationMs: 1,
} as const;
const fails = () =>
  Promise.reject(
    new StageFailure(
      'recipe',
      { reason: 'TestFailed', message: 'expected 502 to be 200' },
      { tests: [TEST] },
    ),
  );

describe('whileRunning', () => {
  const before = stackOf({ app: [task('a')], db: [task('d')] });
  const END = { reason: 'TaskExited', service: 'db' };
  it.each([
    { because: 'all that ran still runs', after: before, work: passes, want: 'fine' },
    {
      because: 'a failure of an app that runs is its own cause',
      after: before,
      work: fails,
      want: { reason: 'TestFailed', tests: 1 },
    },
    {
      because: 'what ended is red although everything passed',
      after: stackOf({ app: [task('a')], db: [task('d', exited(2)), task('d2')] }),
      work: passes,
      want: { ...END, tests: 0 },
    },
    {
      because: 'what ended comes before what failed because of it, whose tests are kept',
      after: stackOf({ app: [task('a')], db: [task('d', exited(2))] }),
      work: fails,
      want: { ...END, tests: 1 },
    },
    {
      because: 'of two that ended the first is the cause',
      after: stackOf({ app: [task('a', exited(3))], db: [task('d', exited(2))] }),
      work: passes,
      want: END,
    },
    {
      because: 'a crash before it all ran was forgiven then, and is now',
      after: stackOf({ app: [task('a'), task('a0', exited(0))], db: [task('d')] }),
      work: passes,
      want: 'fine',
    },
    {
      because: 'a one-shot that did its work ended well',
      after: stackOf({ app: [task('a')], db: [task('d', { state: 'complete', desired: 'shutdown' })] }),
      work: passes,
      want: 'fine',
    },
  ])('$because', async ({ after, work, want }) => {
    const told = await learnt(before, after, work);
    if (typeof want === 'string') expect(told).toBe(want);
    else expect(told).toMatchObject(want);
  });

  it('waits after a failure until swarm has heard of the end that others saw first', async () => {
    const ended = stackOf({ app: [task('a')], db: [task('d', exited(2))] });
    expect(await learnt(before, [before, before, before, ended], fails)).toMatchObject({ ...END, tests: 1 });
    expect(await learnt(before, [before, ended], passes)).toBe('fine');
  });

  it('does not look where the work broke off for another reason', async () => {
    const stopped = new Error('The step was stopped.');
    expect(await learnt(before, stackOf({}), () => Promise.reject(stopped))).toBe(stopped);
  });
});
