/**
 * The chart of a run: a pure classification of facts (design, section 3).
 * OBSERVED puts the facts in, `always` guards run to a fixpoint, and the leaf says phase and action.
 * No invoke, no after, no spawn, no persisted actor: recovery is re-observation.
 */
import { assign, setup, transition } from 'xstate';
import type { Facts } from './facts.ts';

const guards = {
  closed: ({ context }: { context: { facts: Facts } }) => context.facts.closed,
  refused: ({ context }: { context: { facts: Facts } }) => context.facts.document === 'refused',
  begun: ({ context }: { context: { facts: Facts } }) => context.facts.begun,
  deleted: ({ context }: { context: { facts: Facts } }) => context.facts.wish === 'delete',
  cancelled: ({ context }: { context: { facts: Facts } }) => context.facts.wish === 'cancel',
  slot: ({ context }: { context: { facts: Facts } }) => context.facts.slot,
  blind: ({ context }: { context: { facts: Facts } }) => context.facts.leftovers === 'unknown',
  leftovers: ({ context }: { context: { facts: Facts } }) => context.facts.leftovers === 'some',
  unwanted: ({ context }: { context: { facts: Facts } }) =>
    context.facts.wish !== 'run' || context.facts.expired,
  workReady: ({ context }: { context: { facts: Facts } }) => context.facts.work === 'ready',
  workRunning: ({ context }: { context: { facts: Facts } }) => context.facts.work === 'running',
  workOverdue: ({ context }: { context: { facts: Facts } }) => context.facts.work === 'overdue',
  workAlive: ({ context }: { context: { facts: Facts } }) =>
    context.facts.work === 'running' || context.facts.work === 'overdue',
  mayRetry: ({ context }: { context: { facts: Facts } }) =>
    context.facts.work === 'lost' &&
    context.facts.retry &&
    context.facts.wish === 'run' &&
    !context.facts.expired,
  evidenceWanted: ({ context }: { context: { facts: Facts } }) =>
    context.facts.evidence === 'absent' &&
    context.facts.leftovers === 'some' &&
    context.facts.wish !== 'delete' &&
    context.facts.teardown === 'idle',
  evidenceRunning: ({ context }: { context: { facts: Facts } }) => context.facts.evidence === 'running',
  evidenceOverdue: ({ context }: { context: { facts: Facts } }) => context.facts.evidence === 'overdue',
  teardownRunning: ({ context }: { context: { facts: Facts } }) => context.facts.teardown === 'running',
  teardownResting: ({ context }: { context: { facts: Facts } }) =>
    context.facts.teardown === 'resting' && context.facts.leftovers !== 'none',
  teardownOverdue: ({ context }: { context: { facts: Facts } }) => context.facts.teardown === 'overdue',
};

export const runMachine = setup({
  // oxlint-disable-next-line typescript/consistent-type-assertions -- xstate's way to declare types without values
  types: {
    context: {} as { facts: Facts },
    events: {} as { type: 'OBSERVED'; facts: Facts },
    input: {} as { facts: Facts },
  },
  guards,
}).createMachine({
  id: 'testrun',
  context: ({ input }) => ({ facts: input.facts }),
  initial: 'judging',
  states: {
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
        refused: {},
        queued: {},
        admitted: {},
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
        working: {},
        stoppingWork: {},
        ready: { always: [{ guard: 'blind', target: '#testrun.blind' }, { target: 'starting' }] },
        starting: {},
        tearingDown: {},
        stoppingTeardown: {},
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
        startingEvidence: {},
        collecting: {},
        stoppingEvidence: {},
        retrying: {},
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
        resting: {},
      },
    },
    /** Docker does not answer: nothing is decided about a swarm that is not seen. */
    blind: {},
    cleaning: {},
    closing: {},
    gone: {},
  },
  on: { OBSERVED: { target: '.judging', actions: assign({ facts: ({ event }) => event.facts }) } },
});

/** The leaf of the chart that the facts lead to, as a path: `begun.working`. */
export function classify(facts: Facts): string {
  const start = runMachine.resolveState({ value: 'judging', context: { facts } });
  const [snapshot] = transition(runMachine, start, { type: 'OBSERVED', facts });
  return leafOf(snapshot.value);
}

function leafOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [entry] = Object.entries(value as Record<string, unknown>);
  return entry === undefined ? '' : `${entry[0]}.${leafOf(entry[1])}`;
}
