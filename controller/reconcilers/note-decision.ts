/** Leaves each decision beside the run, best effort: for replays, and never read by who decides. */
import type { Decision } from '../domain/run/decide.ts';
import type { Facts } from '../domain/run/facts.ts';
import { messageOf } from '../runtime/errors.ts';
import type { RunDeps } from './observe.ts';

export type NoteDecision = (uid: string, facts: Facts, decision: Decision) => Promise<void>;

/** A line that cannot be written stops no reconcile; it is logged once, until one can be written again. */
export function makeNoteDecision({ records, log }: Pick<RunDeps, 'records' | 'log'>): NoteDecision {
  let failing = false;
  return async (uid, facts, { leaf, action }) => {
    try {
      await records.decision(uid, { facts, leaf, action });
      failing = false;
    } catch (error) {
      if (!failing)
        log.warn(
          { uid, error: messageOf(error) },
          'decisions cannot be written; the runs go on without them',
        );
      failing = true;
    }
  };
}
