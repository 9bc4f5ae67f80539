/** How states look: one vocabulary for the terminal, the pages, the badge and the comment. */
import type { Verdict } from '../../api/test-run-status.ts';

export type Tone = 'gray' | 'blue' | 'green' | 'red' | 'yellow' | 'bold';

export interface Look {
  readonly icon: string;
  readonly ascii: string;
  readonly tone: Tone;
  readonly word: string;
}

const look = (icon: string, ascii: string, [tone, word]: [Tone, string]): Look => ({
  icon,
  ascii,
  tone,
  word,
});

const GREY = (word: string): Look => look('◌', 'o', ['gray', word]);
const BLUE = (word: string): Look => look('▶', '>', ['blue', word]);

const LOOKS: Readonly<Record<string, Look>> = {
  Pending: GREY('pending'),
  Queued: GREY('queued'),
  Running: BLUE('running'),
  Collecting: BLUE('collecting evidence'),
  Cleaning: BLUE('cleaning up'),
  Blind: look('⚠', '!', ['yellow', 'blind: the swarm cannot be seen']),
  Refused: look('✘', 'x', ['red', 'refused']),
  Finished: look('✔', '+', ['gray', 'finished']),
  Passed: look('✔', '+', ['green', 'passed']),
  Failed: look('✘', 'x', ['red', 'failed']),
  Errored: look('⚠', '!', ['yellow', 'not judged']),
  TimedOut: look('⏱', 'T', ['red', 'timed out']),
  Cancelled: look('⊘', '/', ['gray', 'cancelled']),
  // steps
  absent: look('–', '-', ['gray', 'not reached']),
  running: BLUE('running'),
  overdue: look('⏱', 'T', ['red', 'overdue']),
  stopped: look('⊘', '/', ['gray', 'stopped']),
  lost: look('⚠', '!', ['yellow', 'lost']),
  passed: look('✔', '+', ['green', 'passed']),
  failed: look('✘', 'x', ['red', 'failed']),
  errored: look('⚠', '!', ['yellow', 'not judged']),
  skipped: look('–', '-', ['gray', 'skipped']),
  unverified: look('?', '?', ['yellow', 'not verified']),
  // doctor
  ok: look('✔', '+', ['green', 'ok']),
  warn: look('⚠', '!', ['yellow', 'warn']),
  fail: look('✘', 'x', ['red', 'fail']),
  blocked: look('■', '#', ['red', 'blocked']),
};

const UNKNOWN = look('?', '?', ['gray', 'unknown']);

export function lookOf(state: string): Look {
  return LOOKS[state] ?? UNKNOWN;
}

/** What a run is shown as: its phase, or its verdict once it is finished. */
export function shownPhase(status: { readonly phase: string; readonly verdict: Verdict | null }): string {
  return status.phase === 'Finished' && status.verdict !== null ? status.verdict : status.phase;
}

export interface StepLike {
  readonly name: string;
  readonly state: string;
}

const GOOD: readonly string[] = ['absent', 'running', 'passed', 'skipped'];

/** The step that decided the verdict: the first that is not good. What was not verified decides only where nothing went wrong. */
export function decidingStep(steps: readonly StepLike[]): string {
  const bad = steps.filter(({ state }) => !GOOD.includes(state));
  return (bad.find(({ state }) => state !== 'unverified') ?? bad[0])?.name ?? '';
}
