import { describe, expect, it } from 'vitest';
import type { StepSeen } from '../../ports.ts';
import type { Facts } from './facts.ts';
import type { Accepted } from '../../api/test-run-status.ts';
import { factsOf, isExpired, type Seen, viewOf } from './facts-of.ts';
import { firstStatus } from './first-status.ts';

const now = new Date('2026-01-02T03:04:05.000Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);

function factsWith(changed: Partial<StepSeen>): Facts {
  const step: StepSeen = {
    step: 'teardown',
    attempt: 1,
    round: 1,
    state: 'failed',
    startedAt: ago(60_000),
    deadline: ago(-60_000),
    finishedAt: null,
    result: null,
    stopReason: null,
    problem: '',
    ...changed,
  };
  const status = {
    ...firstStatus({ uid: 'u', createdAt: now, now }),
    attempt: step.attempt,
    begunAt: now.toISOString(),
  };
  const seen: Seen = { steps: [step], stack: null, local: [], blindness: '', recipe: null };
  return factsOf(
    viewOf({
      docs: { name: 'one', spec: null, status: null },
      status,
      seen,
      others: [],
      servers: ['default'],
      maxTests: 1,
      now,
    }),
  );
}

const teardownIs = (step: Partial<StepSeen>): string => factsWith(step).teardown;

it.each([
  { because: 'by the wall clock, where nothing else is known', wallMs: 3_600_000, lasted: null, want: true },
  { because: 'though the clock was set forward', wallMs: 3_600_000, lasted: 60_000, want: false },
  { because: 'though the clock was set back', wallMs: -3_600_000, lasted: 2_800_000, want: true },
])('a run is past its timeout or not, $because', ({ wallMs, lasted, want }) => {
  const accepted = { run: { timeout: '45m' } } as Accepted;
  const begunSteady = lasted === null ? null : { boot: 'b', ms: 1_000 };
  const first = firstStatus({ uid: 'u', createdAt: now, now });
  const status = { ...first, begunAt: ago(wallMs).toISOString(), begunSteady };
  const steady = lasted === null ? null : { boot: 'b', ms: 1_000 + lasted };
  expect(isExpired({ status, accepted, now, steady })).toBe(want);
});

describe('between two rounds of teardown', () => {
  it.each([
    {
      because: 'there is a rest after one that left something',
      step: { finishedAt: ago(100) },
      want: 'resting',
    },
    { because: 'the rest ends', step: { finishedAt: ago(600) }, want: 'idle' },
    { because: 'it is longer after more rounds', step: { finishedAt: ago(600), round: 3 }, want: 'resting' },
    {
      because: 'it is never longer than a minute',
      step: { finishedAt: ago(60_001), round: 30 },
      want: 'idle',
    },
    {
      because: 'one that dies at once is not repeated without a pause',
      step: { state: 'lost', startedAt: ago(100) },
      want: 'resting',
    },
    {
      because: 'one that died long after its start is repeated',
      step: { state: 'lost', startedAt: ago(9_000) },
      want: 'idle',
    },
    {
      because: 'a look that began just before the round ended skips no rest',
      step: { finishedAt: ago(-20) },
      want: 'resting',
    },
    {
      because: 'a clock that was set back by a day makes nobody wait for a day',
      step: { finishedAt: ago(-86_400_000) },
      want: 'idle',
    },
  ] as const)('$because', ({ step, want }) => expect(teardownIs(step)).toBe(want));
});

it.each([
  { because: 'while Docker does not answer', things: null, restMs: 60_000 },
  { because: 'where nothing is left', things: [], restMs: 60_000 },
  { because: 'where a person must look', things: [{ kind: 'volume', name: 'v' }], restMs: 3_600_000 },
])('after many rounds a teardown rests for $restMs ms $because', ({ things, restMs }) => {
  const step = { step: 'teardown', attempt: 1, round: 30, state: 'failed', finishedAt: now } as StepSeen;
  const stack = things === null ? null : ({ stack: 's', services: [], things } as never);
  const first = firstStatus({ uid: 'u', createdAt: now, now });
  const view = viewOf({
    docs: { name: 'one', spec: null, status: null },
    status: { ...first, attempt: 1, begunAt: now.toISOString() },
    seen: { steps: [step], stack, local: [], blindness: '', recipe: null },
    others: [],
    servers: ['default'],
    maxTests: 1,
    now,
  });
  expect(view.restUntil).toEqual(ago(-restMs));
});

describe('what an action is about', () => {
  it.each([
    {
      because: 'a teardown is in its round, and the work has yet to begin',
      step: { round: 3 },
      want: { attempt: 1, step: 'prepare', stopReason: null, round: 3 },
    },
    {
      because: 'a step of the work that was told to stop, in a second attempt',
      step: { step: 'prepare', attempt: 2, state: 'overdue', stopReason: 'cancelled' },
      want: { attempt: 2, step: 'prepare', stopReason: 'cancelled', round: 0 },
    },
    {
      because: 'the last step of the work, where all of it is done',
      step: { step: 'prepare', state: 'passed' },
      want: { attempt: 1, step: 'prepare', stopReason: null, round: 0, work: 'passed' },
    },
  ] as const)('$because', ({ step, want }) => expect(factsWith(step)).toMatchObject(want));
});
