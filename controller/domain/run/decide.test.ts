import { describe, expect, it } from 'vitest';
import { type Action, decide } from './decide.ts';
import { FACT_VALUES, type Facts } from './facts.ts';
import { factsWith as facts } from './testing.ts';

/** Every combination of facts there is. */
function* everyCombination(): Generator<Facts> {
  const keys = Object.keys(FACT_VALUES) as (keyof typeof FACT_VALUES)[];
  const walk = function* (at: number, made: Partial<Facts>): Generator<Facts> {
    const key = keys[at];
    if (key === undefined) {
      yield facts(made);
      return;
    }
    for (const value of FACT_VALUES[key]) yield* walk(at + 1, { ...made, [key]: value });
  };
  yield* walk(0, {});
}

type Answer = ReturnType<typeof decide>;

const isFinal = ({ action }: Answer): boolean => ['close', 'forget', 'retry'].includes(action.do);
const isWork = ({ step }: { step: string }): boolean => step !== 'evidence' && step !== 'teardown';
const alive = (state: string): boolean => state === 'running' || state === 'overdue';

/** What no combination of facts may lead to. */
const FORBIDDEN: readonly {
  readonly what: string;
  readonly is: (given: Facts, answer: Answer) => boolean;
}[] = [
  {
    what: 'closes, forgets or retries over leftovers',
    is: (given, answer) => isFinal(answer) && given.leftovers !== 'none',
  },
  {
    what: 'closes over a live stage',
    is: (given, answer) => isFinal(answer) && given.begun && !given.closed && alive(given.work),
  },
  {
    what: 'closes over a live teardown',
    is: (given, answer) => isFinal(answer) && (given.begun || given.closed) && alive(given.teardown),
  },
  {
    what: 'starts something while the swarm is not seen',
    is: (given, { action }) => given.leftovers === 'unknown' && action.do === 'start',
  },
  {
    what: 'touches a closed run that nobody deleted',
    is: (given, { action }) => given.closed && given.wish !== 'delete' && action.do !== 'rest',
  },
  {
    what: 'begins without a slot, a valid document or a wish',
    is: (given, { action }) =>
      action.do === 'begin' && (!given.slot || given.document === 'refused' || given.wish !== 'run'),
  },
  {
    what: 'starts work of a run that is unwanted',
    is: (given, { action }) =>
      action.do === 'start' && isWork(action) && (given.wish !== 'run' || given.expired),
  },
  {
    what: 'retries what was not lost',
    is: (given, { action }) => action.do === 'retry' && (given.work !== 'lost' || !given.retry),
  },
];

describe('decide', () => {
  it('gives every combination of facts exactly one answer, and never a forbidden one', () => {
    let combinations = 0;
    const leaves = new Set<string>();
    const broken: string[] = [];
    for (const given of everyCombination()) {
      const answer = decide(given);
      combinations++;
      leaves.add(answer.leaf);
      for (const { what, is } of FORBIDDEN)
        if (is(given, answer)) broken.push(`${what}: ${JSON.stringify(given)} -> ${answer.leaf}`);
    }
    expect(broken.slice(0, 5)).toEqual([]);
    expect(combinations).toBe(3 * 2 ** 6 * 10 * 4 * 4 * 3);
    expect(leaves.size).toBe(17);
  }, 60_000);

  it.each([
    {
      because: 'a run that waits for a slot is queued',
      given: { begun: false, slot: false },
      want: ['Queued', 'wait'],
    },
    { because: 'a free slot begins it', given: { begun: false }, want: ['Queued', 'begin'] },
    {
      because: 'a refused document waits for a person',
      given: { begun: false, document: 'refused' },
      want: ['Refused', 'rest'],
    },
    {
      because: 'a document that turns bad mid-run does not stop the run',
      given: { document: 'refused', work: 'running' },
      want: ['Running', 'wait'],
    },
    { because: 'the next step is started', given: {}, want: ['Running', 'start', 'install'] },
    {
      because: 'nothing is started while Docker does not answer',
      given: { leftovers: 'unknown' },
      want: ['Blind', 'wait'],
    },
    {
      because: 'a stage past its limit is stopped',
      given: { work: 'overdue', leftovers: 'some' },
      want: ['Running', 'stop', 'install'],
    },
    {
      because: 'a cancelled run stops its stage first',
      given: { wish: 'cancel', work: 'running', leftovers: 'some' },
      want: ['Running', 'stop', 'install'],
    },
    {
      because: 'then keeps the evidence',
      given: { wish: 'cancel', work: 'stopped', leftovers: 'some' },
      want: ['Collecting', 'start', 'evidence'],
    },
    {
      because: 'a deleted run keeps none',
      given: { wish: 'delete', work: 'stopped', leftovers: 'some' },
      want: ['Cleaning', 'start', 'teardown'],
    },
    {
      because: 'a stage that died is not assumed to have passed: what it left goes first',
      given: { work: 'lost', evidence: 'done', leftovers: 'some' },
      want: ['Cleaning', 'start', 'teardown'],
    },
    {
      because: 'then a fresh attempt is made',
      given: { work: 'lost', evidence: 'done' },
      want: ['Running', 'retry'],
    },
    {
      because: 'but only as often as allowed',
      given: { work: 'lost', evidence: 'done', retry: false },
      want: ['Finished', 'close'],
    },
    {
      because: 'a teardown that hangs is stopped',
      given: { work: 'passed', evidence: 'done', teardown: 'overdue', leftovers: 'some' },
      want: ['Cleaning', 'stop', 'teardown'],
    },
    {
      because: 'a teardown that left something is done again',
      given: { work: 'passed', evidence: 'done', leftovers: 'some' },
      want: ['Cleaning', 'start', 'teardown'],
    },
    {
      because: 'nothing left: the verdict',
      given: { work: 'passed', evidence: 'done' },
      want: ['Finished', 'close'],
    },
    {
      because: 'a closed run that is deleted is forgotten',
      given: { closed: true, wish: 'delete' },
      want: ['Finished', 'forget'],
    },
    {
      because: 'but never over leftovers',
      given: { closed: true, wish: 'delete', leftovers: 'some' },
      want: ['Cleaning', 'start', 'teardown'],
    },
  ] satisfies { because: string; given: Partial<Facts>; want: [string, string, string?] }[])(
    '$because',
    ({ given, want }) => {
      const { phase, action } = decide(facts(given));
      expect([phase, action.do, ...('step' in action ? [action.step] : [])]).toEqual(want);
    },
  );

  it.each([
    {
      because: 'the step of the work is started in the attempt that goes on',
      given: { attempt: 2, step: 'upgrade' },
      want: { do: 'start', step: 'upgrade', attempt: 2, round: 1 },
    },
    {
      because: 'a teardown is started as the round after the last',
      given: { work: 'passed', evidence: 'done', leftovers: 'some', round: 3 },
      want: { do: 'start', step: 'teardown', attempt: 1, round: 4 },
    },
    {
      because: 'a teardown is stopped in the round that hangs',
      given: { teardown: 'overdue', leftovers: 'some', round: 3 },
      want: { do: 'stop', step: 'teardown', attempt: 1, round: 3, reason: 'overdue' },
    },
    {
      because: 'evidence that hangs is overdue, also in a run that is cancelled',
      given: {
        work: 'stopped',
        evidence: 'overdue',
        wish: 'cancel',
        leftovers: 'some',
        stopReason: 'cancelled',
      },
      want: { do: 'stop', step: 'evidence', attempt: 1, round: 1, reason: 'overdue' },
    },
    {
      because: 'a step is stopped because of its own limit, also in a run that is cancelled',
      given: { work: 'overdue', wish: 'cancel' },
      want: { do: 'stop', step: 'install', attempt: 1, round: 1, reason: 'overdue' },
    },
    {
      because: 'the limit of the run is a limit',
      given: { work: 'running', expired: true },
      want: { do: 'stop', step: 'install', attempt: 1, round: 1, reason: 'overdue' },
    },
    {
      because: 'a step is stopped because the run is cancelled',
      given: { work: 'running', wish: 'cancel', expired: true },
      want: { do: 'stop', step: 'install', attempt: 1, round: 1, reason: 'cancelled' },
    },
    {
      because: 'a step is stopped because the run is deleted',
      given: { work: 'running', wish: 'delete' },
      want: { do: 'stop', step: 'install', attempt: 1, round: 1, reason: 'deleted' },
    },
    {
      because: 'a step that outlives being stopped keeps its first reason',
      given: { work: 'overdue', wish: 'delete', stopReason: 'cancelled' },
      want: { do: 'stop', step: 'install', attempt: 1, round: 1, reason: 'cancelled' },
    },
    {
      because: 'a fresh attempt is the one after the lost one',
      given: { work: 'lost', evidence: 'done', attempt: 1 },
      want: { do: 'retry', attempt: 2 },
    },
  ] satisfies { because: string; given: Partial<Facts>; want: Action }[])('$because', ({ given, want }) => {
    expect(decide(facts(given)).action).toEqual(want);
  });
});
