import { describe, expect, it } from 'vitest';
import { RecipeSpecBody } from '../../api/recipe-spec.ts';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import { TestRunBody } from '../../api/test-run.ts';
import type { StepSeen } from '../../ports.ts';
import { decide } from './decide.ts';
import { factsOf, type Seen, viewOf } from './facts-of.ts';
import { firstStatus } from './first-status.ts';
import { statusOf } from './status-of.ts';

const now = new Date('2026-01-02T03:04:05.000Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);

const step = (more: Partial<StepSeen>): StepSeen => ({
  step: 'prepare',
  attempt: 1,
  round: 1,
  state: 'passed',
  startedAt: now,
  deadline: later(60_000),
  finishedAt: later(1_000),
  result: null,
  stopReason: null,
  problem: '',
  ...more,
});
const lost = step({ step: 'install', state: 'lost', startedAt: later(1_000), finishedAt: null });

const begun: TestRunStatusBody = {
  ...firstStatus({ uid: 'u', createdAt: now, now }),
  attempt: 1,
  begunAt: now.toISOString(),
  accepted: {
    run: TestRunBody.parse({ recipe: 'web', stages: ['install'] }),
    recipe: RecipeSpecBody.parse({ category: 'simple', source: { repo: '/nowhere' } }),
    repo: '/nowhere',
    createdAt: now.toISOString(),
  },
};

function statusAt(at: Date, status: TestRunStatusBody, steps: readonly StepSeen[]): TestRunStatusBody {
  return statusOfWish({}, { at, status, steps });
}

function statusOfWish(
  wished: Partial<TestRunBody>,
  { at, status, steps }: { at: Date; status: TestRunStatusBody; steps: readonly StepSeen[] },
): TestRunStatusBody {
  const value = { spec: { ...begun.accepted?.run, ...wished } };
  const spec = { parsed: { ok: true, digest: '', value }, wish: 'w', cancel: wished.cancel ?? false };
  return statusOfSpec(spec, { at, status, steps });
}

/** With a document that says so, or without any. */
function statusOfSpec(
  spec: object | null,
  { at, status, steps }: { at: Date; status: TestRunStatusBody; steps: readonly StepSeen[] },
): TestRunStatusBody {
  const stack = { stack: 's', services: [], things: [] };
  const seen: Seen = { steps, stack, local: [], blindness: '', recipe: null };
  const docs = { name: 'one', spec, status: null } as never;
  const view = viewOf({ docs, status, seen, others: [], servers: ['default'], maxTests: 1, now: at });
  return statusOf(view, decide(factsOf(view)), { zone: 'ci.test', key: '0'.repeat(64) });
}

describe('a step that was lost', () => {
  it('has ended when that was first seen, however often one looks', () => {
    const first = statusAt(later(5_000), begun, [step({}), lost]);
    expect(first.steps).toMatchObject([
      { name: 'prepare', finishedAt: later(1_000).toISOString() },
      { name: 'install', finishedAt: later(5_000).toISOString() },
    ]);
    expect(statusAt(later(9_000), first, [step({}), lost]).steps).toEqual(first.steps);
  });

  it('is not what a second attempt says that it does first', () => {
    expect(statusAt(later(5_000), begun, [step({}), lost])).toMatchObject({
      attempt: 2,
      stage: 'prepare',
      message: 'The step "install" was lost; everything is done once more, attempt 2.',
    });
  });
});

describe('a run that is over', () => {
  const scan = { secrets: [], files: 1, bytes: 1, clean: true, leaks: [], unread: [] };
  const done = [step({ step: 'install' }), step({ step: 'evidence' }), step({ step: 'teardown', scan })];

  it.each([
    { because: 'reaches a level', bump: undefined, level: 1, message: 'Passed: install.' },
    {
      because: 'with only some image bumps reaches none, and says so wherever its verdict is told',
      bump: { only: ['db'] },
      level: null,
      message: 'With only the image of "db" bumped: Passed: install.',
    },
  ])('$because', ({ bump, level, message }) => {
    const accepted = begun.accepted === null ? null : { ...begun.accepted };
    if (accepted !== null) accepted.run = { ...accepted.run, bump };
    const status = statusAt(later(5_000), { ...begun, accepted }, [step({}), ...done]);
    expect(status).toMatchObject({ phase: 'Finished', verdict: 'Passed', level, message });
    expect(status.conditions.find(({ type }) => type === 'Succeeded')?.message).toBe(message);
  });
});

it('says which commit it was where prepare failed after its checkout', () => {
  const commit = 'c'.repeat(40);
  const message = 'compose.yml is not valid.';
  const result = { step: 'prepare', outcome: 'failed', message, data: null, commit } as never;
  const failed = step({ result });
  expect(statusAt(later(5_000), begun, [failed])).toMatchObject({ commit, version: null, deployer: null });
});

it('says who took the run back in its message and in its conditions', () => {
  const stopped = step({ step: 'install', state: 'stopped', stopReason: 'cancelled' });
  const teardown = step({ step: 'teardown' });
  const cancel = { by: 'person', who: 'ada', why: 'wrong branch' } as const;
  const steps = [step({}), stopped, teardown];
  const status = statusOfWish({ cancel }, { at: later(5_000), status: begun, steps });
  const message = 'Cancelled by ada: wrong branch.';
  expect(status).toMatchObject({ verdict: 'Cancelled', message });
  expect(status.conditions.find(({ type }) => type === 'Finished')).toMatchObject({
    reason: 'Cancelled',
    message,
  });
});

it.each([
  { because: 'there is room', room: '', want: { slot: true, queue: 'next in line' } },
  { because: 'the disk is full', room: '1 GiB is free', want: { slot: false, queue: '1 GiB is free' } },
])('takes a slot that is free only where there is room: $because', ({ room, want }) => {
  const status = { ...firstStatus({ uid: 'u', createdAt: now, now }) };
  const stack = { stack: '', services: [], things: [] };
  const recipe = { ok: true, digest: '', value: { spec: begun.accepted?.recipe } } as never;
  const parsed = { ok: true, digest: '', value: { spec: begun.accepted?.run } };
  const docs = { name: 'one', spec: { parsed, wish: 'w', cancel: false }, status: null } as never;
  const own = { metadata: { name: 'one' }, status } as never;
  const seen: Seen = { steps: [], stack, local: [], blindness: '', recipe, room };
  const view = viewOf({ docs, status, seen, others: [own], servers: ['default'], maxTests: 1, now });
  const facts = factsOf(view);
  expect(facts.slot).toBe(want.slot);
  const waiting = statusOf(
    view,
    { leaf: '', phase: 'Queued', action: { do: 'wait' } },
    { zone: 'ci.test', key: '' },
  );
  expect(waiting.queue).toEqual({ position: 1, reason: want.queue });
});

describe('what was written once', () => {
  const at = later(5_000);
  const running = [step({}), step({ step: 'install', state: 'running', finishedAt: null })];
  const statusOfNext = (spec: object | null, status: TestRunStatusBody): TestRunStatusBody =>
    statusOfSpec(spec, { at, status, steps: running });
  const written = (more: object): object => {
    const parsed = { ok: true, digest: 'd', value: { spec: begun.accepted?.run } };
    return { parsed, wish: 'w', cancel: false, ...more };
  };

  it('and is taken back is a cancel, by whom it was first', () => {
    const ada = { by: 'person', who: 'ada' } as const;
    const cancelled = statusOfNext(written({ cancel: ada }), begun);
    expect(cancelled).toMatchObject({ cancel: ada, message: 'Stopping install.' });
    expect(statusOfNext(written({}), cancelled)).toMatchObject({ cancel: ada, message: 'Stopping install.' });
  });

  it('and is deleted stays deleted, whatever is written since', () => {
    const deleted = statusOfNext(null, begun);
    expect(deleted).toMatchObject({ deletedAt: at.toISOString(), message: 'Stopping install.' });
    expect(statusOfNext(written({ wish: 'other' }), deleted)).toMatchObject({
      deletedAt: at.toISOString(),
      message: 'Stopping install.',
    });
  });

  it('goes on where the document asks for something else by now, and says so', () => {
    const first = { ...begun, wish: 'w' };
    const edited = statusOfNext(written({ wish: 'other' }), first);
    expect(edited).toMatchObject({ phase: 'Running', wish: 'w', deletedAt: null });
    expect(edited.conditions).toMatchObject([
      { type: 'Accepted', status: 'True', reason: 'AsksElseByNow' },
      {},
      {},
    ]);
    expect(statusOfNext(written({}), edited).conditions[0]).toMatchObject({ reason: 'Valid' });
  });

  it.each([
    { because: 'the same', spec: written({}), isOver: true },
    { because: 'the same, taken back', spec: written({ cancel: true }), isOver: true },
    { because: 'nothing that is valid', spec: written({ wish: '' }), isOver: true },
    { because: 'something else', spec: written({ wish: 'other' }), isOver: false },
    { because: 'nothing at all', spec: null, isOver: false },
  ])('of a run that is over, where the document asks for $because by now', ({ spec, isOver }) => {
    const over = { ...begun, wish: 'w', finishedAt: now.toISOString(), verdict: 'Passed' } as const;
    const next = statusOfSpec(spec, { at, status: over, steps: [] });
    if (isOver) expect(next).toBe(over);
    else expect(next).toMatchObject({ deletedAt: at.toISOString(), verdict: 'Passed' });
  });
});
