/** `cancel`: sets `spec.cancel`, and leaves every comment where it is. */
import { parseDocument } from 'yaml';
import { say, print, type Ctl } from '../terminal/world.ts';
import { editFile } from '../edit.ts';
import { CtlError, EXIT, type ExitCode } from '../terminal/exit.ts';
import { singleTarget } from '../kinds.ts';
import { layoutOf, requireRun } from '../runs.ts';
import { problemText } from '../../store/parse-document.ts';
import { shownPhase } from '../terminal/style.ts';
import { isOver } from '../terminal/verdict-lines.ts';
import { isControllerAlive } from './wait.ts';

/** The document with the wish in it; null where it is there already or the file is gone. */
export function cancelled(before: string | null): string | null {
  if (before === null) return null;
  const document = parseDocument(before);
  if (document.getIn(['spec', 'cancel']) === true) return null;
  document.setIn(['spec', 'cancel'], true);
  return document.toString({ lineWidth: 0 });
}

export async function cancel(ctl: Ctl, words: readonly string[]): Promise<ExitCode> {
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
    throw new CtlError(EXIT.invalid, run.problems.map(problemText).join('\n'), {
      next: `Correct the file, or delete the run: \`ccci-ctl delete run/${name}\`.`,
    });
  const changed = await editFile(layoutOf(ctl).specFile(name), cancelled);
  print(ctl, `run/${name} ${changed ? 'cancelled' : 'unchanged: it was cancelled before'}`);
  if (!(await isControllerAlive(ctl)))
    say(
      ctl,
      `no controller is running on ${ctl.config.stateDir}; start it with \`npm start\`, the wish takes effect then`,
    );
  return EXIT.ok;
}
