/** The last word on a run, as a terminal shows it. */
import { shownLevel } from '../../domain/run/level.ts';
import { headlineOf } from '../../describe/badge.ts';
import type { RunView } from '../../views/runs.ts';
import { elapsedOf, nextStepOf, scopeOf, teardownOf } from '../../views/standing.ts';
import { oneLine } from '../../views/text.ts';
import { EXIT, exitOfVerdict, type ExitCode } from './exit.ts';
import type { Style } from './style.ts';

/** The exit code of a run that is over. */
export function exitOfRun(run: RunView): ExitCode {
  const { phase, verdict } = run.status;
  if (phase === 'Refused') return EXIT.invalid;
  return verdict === null ? EXIT.notJudged : exitOfVerdict(verdict);
}

function verdictRows(run: RunView): [string, string | undefined][] {
  const { status } = run;
  const message = status.verdict === 'Passed' ? undefined : status.message;
  return [
    ['scope', scopeOf(run)],
    ['cause', status.cause?.message ?? message],
    ['service', status.cause?.service],
    ['evidence', status.cause?.evidence],
    ['next', status.cause?.nextStep ?? nextStepOf(run)],
    ['teardown', status.phase === 'Finished' ? teardownOf(run) : undefined],
  ];
}

/** The last word on a run: headline, cause, evidence, next step, teardown. */
export function verdictLines(run: RunView, style: Style, now: Date): string[] {
  const elapsed = elapsedOf(run, now);
  const after = elapsed === '' ? '' : ` after ${elapsed}`;
  const level = run.status.level === null ? '' : `, level ${shownLevel(run.status)}`;
  const details = verdictRows(run).flatMap(([label, text]) =>
    text === undefined || text === '' ? [] : [`  ${`${label}:`.padEnd(10)} ${oneLine(text)}`],
  );
  return [`${headlineOf(run, style)}${after}${level} (run/${run.metadata.name})`, ...details];
}
