import { describe, expect, it } from 'vitest';
import type { ServiceSeen, StackSeen, TaskSeen, Thing } from '../../ports.ts';
import type { Expected } from './convergence.ts';
import { type Killable, killableOf, notResilientCause, recoveryOf, resilienceText } from './resilience.ts';

const NOW = new Date('2026-11-23T10:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
/** Killed 30 s ago. */
const EXPECTED: Expected = { since: ago(30), crashLoop: { restarts: 2, withinMs: 60_000 } };
const KILLED: Killable = { service: 'app', tasks: new Set(['old']), containers: [] };

function task(id: string, more: Partial<TaskSeen> = {}): TaskSeen {
  return {
    id,
    slot: '1',
    node: 'n1',
    state: 'running',
    desired: 'running',
    error: '',
    exitCode: null,
    oomKilled: false,
    container: `container of ${id}`,
    health: 'healthy',
    healthOutput: [],
    image: 'shop:1',
    specVersion: 5,
    createdAt: ago(25),
    updatedAt: ago(20),
    ...more,
  };
}

const exited = (code: number): Partial<TaskSeen> => ({
  state: 'failed',
  desired: 'shutdown',
  error: `task: non-zero exit (${code})`,
  exitCode: code,
  health: null,
});
/** What the kill made of the task that ran before. */
const old = (more: Partial<TaskSeen> = {}) =>
  task('old', { ...exited(137), createdAt: ago(600), updatedAt: ago(29), ...more });
const crashed = (id: string, seconds: number) =>
  task(id, { ...exited(5), createdAt: ago(seconds + 1), updatedAt: ago(seconds) });
const waiting = () => task('next', { state: 'ready', desired: 'ready', health: null, createdAt: ago(1) });

function service(tasks: TaskSeen[], more: Partial<ServiceSeen> = {}): ServiceSeen {
  return {
    id: 's1',
    name: 'app',
    image: 'shop:1',
    labels: {},
    replicated: true,
    desired: 1,
    specVersion: 5,
    update: null,
    hasHealthcheck: true,
    job: false,
    tasks,
    // Long ago: swarm changes no service because a task of it ends.
    updatedAt: ago(3_600),
    ...more,
  };
}

const DB = service([task('db')], { name: 'db' });
const stackOf = (services: ServiceSeen[], things: Thing[] = []): StackSeen => ({
  stack: 'shop',
  services,
  things,
});
const bare = (tasks: TaskSeen[]) => service(tasks, { hasHealthcheck: false });

describe('recoveryOf', () => {
  it.each<{ because: string; given: ServiceSeen[]; waits: string }>([
    {
      because: 'what swarm has not seen yet is no recovery, however well all of it looks',
      given: [service([task('old')]), DB],
      waits: 'swarm to see that service "app" was killed',
    },
    {
      because: 'swarm makes the next task in the same write, which may not be seen yet',
      given: [service([old({ updatedAt: ago(2) })]), DB],
      waits: 'another task of service "app"',
    },
    {
      because: 'the next task waits for the restart’s delay',
      given: [service([waiting(), old({ updatedAt: ago(2) })]), DB],
      waits: 'service "app" (0 of 1 running',
    },
    {
      because: 'the next task is not healthy yet',
      given: [service([task('next', { state: 'starting', health: 'starting' }), old()]), DB],
      waits: 'service "app" (0 of 1 running',
    },
    {
      because: 'another service went down with it and is not back',
      given: [service([task('next'), old()]), service([crashed('d', 3), waiting()], { name: 'db' })],
      waits: 'service "db" (0 of 1 running',
    },
    {
      because: 'without a health check the next task has to last',
      given: [bare([task('next', { health: null, updatedAt: ago(9) }), old()])],
      waits: 'service "app" to run for 10 s without ending again',
    },
    {
      because: 'our own kill is no crash of the recipe’s, so that one of its own is still forgiven',
      given: [service([waiting(), crashed('a', 3), old()])],
      waits: 'service "app" (0 of 1 running',
    },
  ])('waits: $because', ({ given, waits }) => {
    const now = recoveryOf(stackOf(given), KILLED, { expected: EXPECTED, now: NOW });
    expect(now.state).toBe('converging');
    expect(now.waitingFor).toContain(waits);
  });

  it.each<{ because: string; given: ServiceSeen[] }>([
    { because: 'another task runs and is healthy', given: [service([task('next'), old()]), DB] },
    {
      because: 'without a health check, the next task has lasted',
      given: [bare([task('next', { health: null, updatedAt: ago(11) }), old()])],
    },
    { because: 'swarm has forgotten the task that was killed', given: [service([task('next')]), DB] },
    {
      because: 'what depends on it crashed once and is back',
      given: [service([task('next'), old()]), service([task('d2'), crashed('d', 15)], { name: 'db' })],
    },
    {
      because: 'a one-shot that ended long before is not expected again',
      given: [
        service([task('next'), old()]),
        service([task('o', { ...exited(0), state: 'complete', error: '', updatedAt: ago(500) })], {
          name: 'once',
        }),
      ],
    },
  ])('is done: $because', ({ given }) => {
    expect(recoveryOf(stackOf(given), KILLED, { expected: EXPECTED, now: NOW })).toMatchObject({
      state: 'converged',
      cause: null,
    });
  });

  it('is over where swarm makes no other task, and says what to set', () => {
    const now = recoveryOf(stackOf([service([old()]), DB]), KILLED, { expected: EXPECTED, now: NOW });
    expect(now).toMatchObject({
      state: 'failed',
      fault: 'recipe',
      cause: {
        reason: 'NotResilient',
        service: 'app',
        message: 'Service "app" was killed once, and swarm starts no other task in its place.',
        evidence: 'task old: task: non-zero exit (137)',
        nextStep: expect.stringContaining('restart_policy'),
      },
    });
  });

  it('is over where the next tasks keep ending by themselves', () => {
    const given = service([waiting(), crashed('b', 3), crashed('a', 6), old()]);
    expect(recoveryOf(stackOf([given]), KILLED, { expected: EXPECTED, now: NOW })).toMatchObject({
      state: 'failed',
      cause: { reason: 'TaskExited', message: expect.stringContaining('exited with code 5, 2 times') },
    });
  });

  it('is over where what depends on it ends for good', () => {
    const gone = service([crashed('d', 25)], { name: 'db' });
    const seen = stackOf([service([task('next'), old()]), gone]);
    expect(recoveryOf(seen, KILLED, { expected: EXPECTED, now: NOW })).toMatchObject({
      state: 'failed',
      cause: { reason: 'TaskExited', service: 'db' },
    });
  });
});

describe('killableOf', () => {
  const container = (id: string, stack: string | null = 'shop'): Thing => ({
    kind: 'container',
    id,
    name: id,
    stack,
    createdAt: ago(60),
  });
  const here = [container('container of a')];

  it.each<{ because: string; given: ServiceSeen; things?: Thing[]; want: object[] }>([
    {
      because: 'what runs for ever, with its container',
      given: service([task('a')]),
      want: [{ service: 'app', tasks: new Set(['a']), containers: here }],
    },
    { because: 'a job ends by itself', given: service([task('a')], { job: true }), want: [] },
    {
      because: 'a one-shot has ended',
      given: service([task('a', { ...exited(0), state: 'complete', error: '' })]),
      want: [],
    },
    { because: 'no replica is wanted', given: service([], { desired: 0 }), want: [] },
    {
      because: 'a replica on another node is not in reach',
      given: service([task('a'), task('b', { slot: '2' })], { desired: 2 }),
      want: [{ service: 'app', tasks: new Set(['a']), containers: here }],
    },
    {
      because: 'a container that does not bear the stack’s label is nobody’s to kill',
      given: service([task('a')]),
      things: [container('container of a', null), container('container of a', 'shop_eu')],
      want: [{ service: 'app', tasks: new Set(), containers: [] }],
    },
  ])('$because', ({ given, things = here, want }) => {
    expect(killableOf(stackOf([given], things))).toEqual(want);
  });
});

describe('notResilientCause', () => {
  it('says what stood in the way, and keeps what to do about it', () => {
    const cause = { reason: 'TaskExited', message: 'Service "app" exited with code 5.', service: 'app', evidence: 'exit (5)' };
    expect(notResilientCause('db', cause)).toEqual({
      reason: 'NotResilient',
      service: 'app',
      message: 'Service "db" was killed once, and the app did not come back as it was: Service "app" exited with code 5.',
      evidence: 'TaskExited: exit (5)',
      nextStep: expect.stringMatching(/\w/),
    });
  }); // oxfmt-ignore

  it('names the service that was killed where the cause names none', () => {
    expect(notResilientCause('db', { reason: 'RouteNoAnswer', message: 'Silence.' })).toMatchObject({
      service: 'db',
      evidence: 'RouteNoAnswer',
    });
  });

  it('leaves alone what says so already', () => {
    const cause = { reason: 'NotResilient', message: 'Gone.' };
    expect(notResilientCause('db', cause)).toBe(cause);
  });
});

describe('resilienceText', () => {
  const row = (service: string, seconds: number) => ({ service, seconds, outcome: 'recovered' }) as const;
  it('says of each how long it took', () => {
    expect(resilienceText([row('app', 4.1), row('db', 7)])).toBe(
      'Each of 2 services was killed once and came back (app after 4.1 s, db after 7 s)',
    );
    expect(resilienceText([row('app', 4.1)])).toBe(
      'The one service was killed once and came back (app after 4.1 s)',
    );
  });
});
