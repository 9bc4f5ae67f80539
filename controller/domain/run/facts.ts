/** The facts of one run at one moment, and nothing else: what a decision is made of. */
import type { StageStopped, StepName } from '../../api/stage.ts';
import { WORK, type WorkState } from './work.ts';

/** What the machine classifies by: closed sets only, so that every combination can be tried. */
export const FACT_VALUES = {
  /** What people want: the spec, its `cancel`, or its absence. */
  wish: ['run', 'cancel', 'delete'],
  /** Whether the document can be acted on: valid, and its recipe enrolled. */
  document: ['accepted', 'refused'],
  /** Whether a verdict was written already. It is then final. */
  closed: [false, true],
  /** Whether the run ever took a slot. */
  begun: [false, true],
  /** Whether a slot is its own or free for it. */
  slot: [false, true],
  /** Whether the whole run is past its own timeout. */
  expired: [false, true],
  work: WORK,
  /** Whether a lost attempt may be followed by a fresh one. */
  retry: [false, true],
  evidence: ['absent', 'running', 'overdue', 'done'],
  /** `resting`: the last round left something, and the next is not due yet. */
  teardown: ['idle', 'resting', 'running', 'overdue'],
  /** What the swarm and the disk show of the run; `unknown` while Docker does not answer. */
  leftovers: ['none', 'some', 'unknown'],
} as const;

/** What the machine never looks at: it only names the step that an action is about. */
export interface Subject {
  /** 0 before the run has begun. */
  readonly attempt: number;
  /** The step of the work that decides: the next, the running, or the one that ended the work. */
  readonly step: StepName;
  /** Why that step was told to stop already; its process may be alive all the same. */
  readonly stopReason: StageStopped['reason'] | null;
  /** The last round of teardown; 0 where there was none. */
  readonly round: number;
}

export interface Facts extends Subject {
  readonly wish: 'run' | 'cancel' | 'delete';
  readonly document: 'accepted' | 'refused';
  readonly closed: boolean;
  readonly begun: boolean;
  readonly slot: boolean;
  readonly expired: boolean;
  readonly work: WorkState;
  readonly retry: boolean;
  readonly evidence: 'absent' | 'running' | 'overdue' | 'done';
  readonly teardown: 'idle' | 'resting' | 'running' | 'overdue';
  readonly leftovers: 'none' | 'some' | 'unknown';
}
