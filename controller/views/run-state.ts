/** The state of a run as one event. Pure. */
import { createHash } from 'node:crypto';
import { shownPhase } from '../domain/run/appearance.ts';
import { withTexts } from './public-run.ts';
import { printable, withoutCredentials } from './text.ts';
import type { RunView } from './runs.ts';
import { detailOf } from './standing.ts';

export interface StateEvent {
  readonly event: 'state';
  readonly id: string;
  readonly data: object;
}

/** Two that say the same have the same id. */
export function stateEvent(run: RunView): StateEvent {
  const { phase, verdict, message, level, attempt, steps, finishedAt } = run.status;
  const data = withTexts(
    {
      run: run.metadata.name,
      state: shownPhase(run.status),
      detail: detailOf(run),
      phase,
      verdict,
      message,
      level,
      attempt,
      finishedAt,
      steps: steps.map(({ name, attempt: of, state }) => ({ name, attempt: of, state })),
    },
    (text) => printable(withoutCredentials(text)),
  );
  const id = createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, 16);
  return { event: 'state', id, data };
}
