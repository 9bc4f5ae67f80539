/**
 * The chart of a run: a pure classification of facts.
 * OBSERVED puts the facts in, `always` guards run to a fixpoint, and the leaf says phase and action.
 * No invoke, no after, no spawn, no persisted actor: recovery is re-observation.
 */
import { assign, setup, transition } from 'xstate';
import type { Phase } from '../../api/test-run-status.ts';
import type { Facts } from './facts.ts';

type Test = (given: { context: { facts: Facts } }) => boolean;
const when =
  (test: (facts: Facts) => boolean): Test =>
  ({ context }) =>
    test(context.facts);

const guards = {
  closed: when((facts) => facts.closed),
  refused: when((facts) => facts.document === 'refused'),
  begun: when((facts) => facts.begun),
  deleted: when((facts) => facts.wish === 'delete'),
  cancelled: when((facts) => facts.wish === 'cancel'),
  slot: when((facts) => facts.slot),
  blind: when((facts) => facts.leftovers === 'unknown'),
  leftovers: when((facts) => facts.leftovers === 'some'),
  unwanted: when((facts) => facts.wish !== 'run' || facts.expired),
  workReady: when((facts) => facts.work === 'ready'),
  workRunning: when((facts) => facts.work === 'running'),
  workOverdue: when((facts) => facts.work === 'overdue'),
  workAlive: when((facts) => facts.work === 'running' || facts.work === 'overdue'),
  mayRetry: when((facts) => facts.work === 'lost' && facts.retry && facts.wish === 'run' && !facts.expired),
  evidenceWanted: when(
    (facts) =>
      facts.evidence === 'absent' &&
      facts.leftovers === 'some' &&
      facts.wish !== 'delete' &&
      facts.teardown === 'idle',
  ),
  evidenceRunning: when((facts) => facts.evidence === 'running'),
  evidenceOverdue: when((facts) => facts.evidence === 'overdue'),
  teardownRunning: when((facts) => facts.teardown === 'running'),
  teardownResting: when((facts) => facts.teardown === 'resting' && facts.leftovers !== 'none'),
  teardownOverdue: when((facts) => facts.teardown === 'overdue'),
};

/** What is done in a leaf; decide.ts adds the step that it is done with. */
export type ActionKind =
  | 'rest'
  | 'wait'
  | 'begin'
  | 'startWork'
  | 'stopWork'
  | 'startEvidence'
  | 'stopEvidence'
  | 'startTeardown'
  | 'stopTeardown'
  | 'retry'
  | 'close'
  | 'forget';

export interface Leaf {
  readonly phase: Phase;
  readonly action: ActionKind;
  /** For people: the picture of the chart shows it. */
  readonly says: string;
}

const leaf = (phase: Phase, action: ActionKind, says: string): { readonly meta: Leaf } => ({
  meta: { phase, action, says },
});

interface Guarded {
  readonly guard: keyof typeof guards;
  readonly target: string;
}
interface Otherwise {
  readonly target: string;
  readonly guard?: never;
}
/** A state is a leaf, or the last of its arrows has no guard: so every set of facts ends in a leaf, and the compiler sees it. */
type State =
  | { readonly meta: Leaf }
  | { readonly always: readonly [...Guarded[], Otherwise] }
  | { readonly initial: string; readonly states: Readonly<Record<string, State>> };

const states = {
  judging: {
    always: [
      { guard: 'closed', target: 'closed' },
      { guard: 'begun', target: 'begun' },
      { target: 'waiting' },
    ],
  },
  /** Never took a slot. */
  waiting: {
    initial: 'judging',
    states: {
      judging: {
        always: [
          { guard: 'blind', target: '#testrun.blind' },
          { guard: 'leftovers', target: '#testrun.cleaning' },
          { guard: 'deleted', target: '#testrun.gone' },
          { guard: 'refused', target: 'refused' },
          { guard: 'cancelled', target: '#testrun.closing' },
          { guard: 'slot', target: 'admitted' },
          { target: 'queued' },
        ],
      },
      refused: leaf('Refused', 'rest', 'waits until its document or recipe is mended'),
      queued: leaf('Queued', 'wait', 'waits for a slot'),
      admitted: leaf('Queued', 'begin', 'takes the slot'),
    },
  },
  begun: {
    initial: 'judging',
    states: {
      judging: {
        always: [
          { guard: 'teardownOverdue', target: 'stoppingTeardown' },
          { guard: 'teardownRunning', target: 'tearingDown' },
          { guard: 'unwanted', target: 'ending' },
          { guard: 'workOverdue', target: 'stoppingWork' },
          { guard: 'workRunning', target: 'working' },
          { guard: 'workReady', target: 'ready' },
          { target: 'ending' },
        ],
      },
      working: leaf('Running', 'wait', 'a step runs'),
      stoppingWork: leaf('Running', 'stopWork', 'ends the step that runs'),
      ready: { always: [{ guard: 'blind', target: '#testrun.blind' }, { target: 'starting' }] },
      starting: leaf('Running', 'startWork', 'starts the next step'),
      tearingDown: leaf('Cleaning', 'wait', 'teardown runs, or rests until its next round'),
      stoppingTeardown: leaf('Cleaning', 'stopTeardown', 'ends a teardown that takes too long'),
      /** The work is over or no longer wanted: evidence, then teardown until nothing is left, then the verdict. */
      ending: {
        always: [
          { guard: 'workAlive', target: 'stoppingWork' },
          { guard: 'evidenceOverdue', target: 'stoppingEvidence' },
          { guard: 'evidenceRunning', target: 'collecting' },
          { guard: 'blind', target: '#testrun.blind' },
          { guard: 'evidenceWanted', target: 'startingEvidence' },
          { guard: 'teardownResting', target: 'tearingDown' },
          { guard: 'leftovers', target: '#testrun.cleaning' },
          { guard: 'deleted', target: '#testrun.gone' },
          { guard: 'mayRetry', target: 'retrying' },
          { target: '#testrun.closing' },
        ],
      },
      startingEvidence: leaf('Collecting', 'startEvidence', 'starts to keep the evidence'),
      collecting: leaf('Collecting', 'wait', 'the evidence is kept'),
      stoppingEvidence: leaf('Collecting', 'stopEvidence', 'ends what takes too long to be kept'),
      retrying: leaf('Running', 'retry', 'makes a fresh attempt after a step was lost'),
    },
  },
  closed: {
    initial: 'judging',
    states: {
      judging: { always: [{ guard: 'deleted', target: 'deleting' }, { target: 'resting' }] },
      deleting: {
        always: [
          { guard: 'teardownOverdue', target: '#testrun.begun.stoppingTeardown' },
          { guard: 'teardownRunning', target: '#testrun.begun.tearingDown' },
          { guard: 'blind', target: '#testrun.blind' },
          { guard: 'teardownResting', target: '#testrun.begun.tearingDown' },
          { guard: 'leftovers', target: '#testrun.cleaning' },
          { target: '#testrun.gone' },
        ],
      },
      resting: leaf('Finished', 'rest', 'is over, and stays as it is'),
    },
  },
  /** Nothing is decided about a swarm that is not seen. */
  blind: leaf('Blind', 'wait', 'waits until Docker answers'),
  cleaning: leaf('Cleaning', 'startTeardown', 'starts a round of teardown'),
  closing: leaf('Finished', 'close', 'writes the verdict'),
  gone: leaf('Finished', 'forget', 'removes the record'),
} as const satisfies Record<string, State>;

export const runMachine = setup({
  // oxlint-disable-next-line typescript/consistent-type-assertions -- xstate's way to declare types without values
  types: {
    context: {} as { facts: Facts },
    events: {} as { type: 'OBSERVED'; facts: Facts },
    input: {} as { facts: Facts },
    meta: {} as Leaf,
  },
  guards,
}).createMachine({
  id: 'testrun',
  context: ({ input }) => ({ facts: input.facts }),
  initial: 'judging',
  states,
  on: { OBSERVED: { target: '.judging', actions: assign({ facts: ({ event }) => event.facts }) } },
});

/** The leaf of the chart that the facts lead to, its path being like `begun.working`. */
export function classify(facts: Facts, machine: typeof runMachine = runMachine): Leaf & { path: string } {
  const start = machine.resolveState({ value: 'judging', context: { facts } });
  const [snapshot] = transition(machine, start, { type: 'OBSERVED', facts });
  // Only leaves have one, and the type of the states says that every path ends in one.
  const meta = Object.values(snapshot.getMeta())[0] as Leaf;
  return { ...meta, path: pathOf(snapshot.value) };
}

function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [entry] = Object.entries(value as Record<string, unknown>);
  return entry === undefined ? '' : `${entry[0]}.${pathOf(entry[1])}`;
}
