import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { FACT_VALUES, type Facts } from './facts.ts';

/** Every combination of facts there is. */
function* everyCombination(): Generator<Facts> {
  const keys = Object.keys(FACT_VALUES) as (keyof typeof FACT_VALUES)[];
  const walk = function* (at: number, made: Record<string, unknown>): Generator<Facts> {
    const key = keys[at];
    if (key === undefined) {
      yield { ...made } as unknown as Facts;
      return;
    }
    for (const value of FACT_VALUES[key]) yield* walk(at + 1, { ...made, [key]: value });
  };
  yield* walk(0, {});
}

const facts = (changed: Partial<Facts>): Facts => ({
  wish: 'run',
  document: 'accepted',
  closed: false,
  begun: true,
  slot: true,
  expired: false,
  work: 'ready',
  retry: true,
  evidence: 'absent',
  teardown: 'idle',
  leftovers: 'none',
  ...changed,
});

type Answer = ReturnType<typeof decide>;

const isFinal = ({ action }: Answer): boolean => ['close', 'forget', 'retry'].includes(action.do);
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
    is: (given, { action }) => given.leftovers === 'unknown' && action.do.startsWith('start'),
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
    is: (given, { action }) => action.do === 'startWork' && (given.wish !== 'run' || given.expired),
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
    { because: 'the next step is started', given: {}, want: ['Running', 'startWork'] },
    {
      because: 'nothing is started while Docker does not answer',
      given: { leftovers: 'unknown' },
      want: ['Blind', 'wait'],
    },
    {
      because: 'a stage past its limit is stopped',
      given: { work: 'overdue', leftovers: 'some' },
      want: ['Running', 'stopWork'],
    },
    {
      because: 'a cancelled run stops its stage first',
      given: { wish: 'cancel', work: 'running', leftovers: 'some' },
      want: ['Running', 'stopWork'],
    },
    {
      because: 'then keeps the evidence',
      given: { wish: 'cancel', work: 'stopped', leftovers: 'some' },
      want: ['Collecting', 'startEvidence'],
    },
    {
      because: 'a deleted run keeps none',
      given: { wish: 'delete', work: 'stopped', leftovers: 'some' },
      want: ['Cleaning', 'startTeardown'],
    },
    {
      because: 'a stage that died is not assumed to have passed: what it left goes first',
      given: { work: 'lost', evidence: 'done', leftovers: 'some' },
      want: ['Cleaning', 'startTeardown'],
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
      want: ['Cleaning', 'stopTeardown'],
    },
    {
      because: 'a teardown that left something is done again',
      given: { work: 'passed', evidence: 'done', leftovers: 'some' },
      want: ['Cleaning', 'startTeardown'],
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
      want: ['Cleaning', 'startTeardown'],
    },
  ] satisfies { because: string; given: Partial<Facts>; want: [string, string] }[])(
    '$because',
    ({ given, want }) => {
      const { phase, action } = decide(facts(given));
      expect([phase, action.do]).toEqual(want);
    },
  );
});
