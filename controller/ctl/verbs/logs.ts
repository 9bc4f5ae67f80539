/** `logs`: what the steps of a run said, in order, followed while it runs. */
import { isOver } from '../../views/standing.ts';
import { StepName, STEPS } from '../../api/stage.ts';
import { print, say, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { readRun, requireRun, type RunView } from '../../views/runs.ts';
import { type Entry, entryText, LogReader, type LogOptions } from './log-reader.ts';
import { didYouMean } from '../../views/suggest.ts';
import { exitOfRun } from '../terminal/verdict-lines.ts';
import { cancelFor, endOfStage } from './logs-stage.ts';

const LOOK_AGAIN_MS = 300;

function checkOptions({ stage, follow, exitWithStage, cancelOnTerm }: LogOptions): void {
  if (stage !== undefined && !StepName.safeParse(stage).success)
    throw usageError(
      `There is no stage "${stage}".`,
      `${didYouMean(stage, STEPS)}Stages: ${STEPS.join(', ')}.`,
    );
  if (exitWithStage === true && (stage === undefined || follow !== true))
    throw usageError('--exit-with-stage waits for one stage.', 'Add --stage <stage> and --follow.');
  if (cancelOnTerm === true && follow !== true)
    throw usageError('--cancel-on-term is for who follows a run.', 'Add --follow.');
}

export async function logs(ctl: Ctl, words: readonly string[], options: LogOptions): Promise<ExitCode> {
  // First of all: from here on SIGTERM is a wish and no end.
  const terminated = options.cancelOnTerm === true ? ctl.terminated() : null;
  const { name } = singleTarget(words, ['runs']);
  checkOptions(options);
  const run = await requireRun(ctl, name);
  const reader = new LogReader(ctl, options);
  const show = (entries: readonly Entry[]): void => {
    for (const entry of entries) print(ctl, entryText(entry, options, ctl.style));
  };
  const first = await reader.entries(run);
  show(options.tail === undefined ? first : first.slice(Math.max(0, first.length - options.tail)));
  const endOf = endingOf(ctl, options);
  if (options.follow !== true) {
    if (first.length === 0) say(ctl, await whyEmpty(ctl, run, options));
    return (await endOf(run)) ?? EXIT.ok;
  }
  return follow(ctl, run, {
    look: async (seen) => show(await reader.entries(seen)),
    endOf: (seen) => (terminated?.aborted === true ? cancelFor(ctl, seen) : endOf(seen)),
  });
}

type EndOf = (run: RunView) => Promise<ExitCode | null>;

/** What ends the command, and how; null while it goes on. */
function endingOf(ctl: Ctl, { stage, exitWithStage, exitWithRun }: LogOptions): EndOf {
  if (exitWithStage === true) return endOfStage(ctl, StepName.parse(stage));
  return async (run) => {
    if (!isOver(run)) return null;
    return exitWithRun === true ? exitOfRun(run) : EXIT.ok;
  };
}

interface Following {
  readonly look: (run: RunView) => Promise<void>;
  readonly endOf: EndOf;
}

/** The status is read before the log, so that the last lines are not missed. */
async function follow(ctl: Ctl, start: RunView, { look, endOf }: Following): Promise<ExitCode> {
  let run = start;
  for (;;) {
    const end = await endOf(run);
    if (end !== null) return end;
    await ctl.pause(LOOK_AGAIN_MS);
    const now = await readRun(ctl, start.metadata.name);
    if (now === null) {
      throw new Refusal('notFound', `run/${start.metadata.name} is gone, and its log with it.`, {
        next: '`ccci-ctl get runs` lists the runs that are left.',
      });
    }
    run = now;
    await look(run);
  }
}

async function whyEmpty(ctl: Ctl, run: RunView, options: LogOptions): Promise<string> {
  const steps = await ctl.reading.steps(run.status.uid);
  const name = run.metadata.name;
  if (steps.length === 0) return `run/${name} has not started a stage: ${run.status.message}`;
  if (options.failed === true) return `No stage of run/${name} failed.`;
  const names = [...new Set(steps.map((step) => step.step))].join(', ');
  return `run/${name} has no output that matches; stages with a folder: ${names}.`;
}
