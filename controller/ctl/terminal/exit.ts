/** Exit codes: of verdicts, and of what was refused. */
import type { Verdict } from '../../api/test-run-status.ts';
import type { Refusal } from '../../views/refusal.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notJudged: 4,
  cancelled: 5,
  forbidden: 6,
  unreachable: 7,
  invalid: 8,
  timeout: 124,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `--help` and the manual. */
export const EXIT_TEXT: readonly (readonly [ExitCode, string])[] = [
  [0, 'it worked; the run passed'],
  [1, 'the run failed or timed out; a doctor check or a replay failed'],
  [2, 'usage: the command line cannot be understood'],
  [3, 'not found'],
  [4, 'the run could not be judged (infrastructure)'],
  [5, 'the run was cancelled or superseded'],
  [6, 'forbidden'],
  [7, 'unreachable: no controller is running, or Docker does not answer'],
  [8, 'invalid document'],
  [124, 'timeout'],
  [130, 'interrupted'],
];

/** The one place where a refusal becomes an exit code. */
export function exitOfRefusal({ code }: Refusal): ExitCode {
  return EXIT[code];
}

/** Ctrl-C: the wait ends, the run goes on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const OF_VERDICT: Readonly<Record<Verdict, ExitCode>> = {
  Passed: EXIT.ok,
  Failed: EXIT.failed,
  TimedOut: EXIT.failed,
  Errored: EXIT.notJudged,
  Cancelled: EXIT.cancelled,
};

export function exitOfVerdict(verdict: Verdict): ExitCode {
  return OF_VERDICT[verdict];
}
