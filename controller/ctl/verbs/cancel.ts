/** `cancel`: sets `spec.cancel`, and leaves every comment where it is. */
import { isOver } from '../../views/standing.ts';
import { shownPhase } from '../../domain/run/appearance.ts';
import { Cancellation } from '../../api/test-run.ts';
import { say, print, type Ctl, userOf } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { requireRun } from '../../views/runs.ts';
import { problemText } from '../../store/parse-document.ts';
import { isControllerAlive } from './wait.ts';

export interface CancelOptions {
  readonly as?: string;
  readonly why?: string;
}

/** Where nobody is known, it was a person. */
function wishOf(ctl: Ctl, { as, why }: CancelOptions): true | Cancellation {
  const who = as ?? userOf(ctl);
  if (who === undefined && why === undefined) return true;
  const wish = Cancellation.safeParse({ by: 'person', who, why });
  if (wish.success) return wish.data;
  const [issue] = wish.error.issues;
  throw usageError(
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    'Give --as a name and --why one line.',
  );
}

export async function cancel(ctl: Ctl, words: readonly string[], options: CancelOptions): Promise<ExitCode> {
  const wish = wishOf(ctl, options);
  const { name } = singleTarget(words, ['runs']);
  const run = await requireRun(ctl, name);
  if (run.metadata.deleting || isOver(run)) {
    const why = run.metadata.deleting
      ? 'is being deleted already'
      : `is over already: ${shownPhase(run.status)}`;
    say(ctl, `run/${name} ${why}; there is nothing to cancel.`);
    return EXIT.ok;
  }
  if (run.problems.length > 0)
    throw new Refusal('invalid', run.problems.map(problemText).join('\n'), {
      next: `Correct the file, or delete the run: \`ccci-ctl delete run/${name}\`.`,
    });
  const changed = await ctl.wishes.cancel(name, wish);
  print(ctl, `run/${name} ${changed ? 'cancelled' : 'unchanged: it was cancelled before'}`);
  if (!(await isControllerAlive(ctl)))
    say(
      ctl,
      `no controller is running on ${ctl.config.stateDir}; start it with \`npm start\`: the wish takes effect then`,
    );
  return EXIT.ok;
}
