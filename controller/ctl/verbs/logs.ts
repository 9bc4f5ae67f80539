/** `logs`: what the steps of a run said, in order, followed while it runs. */
import { isOver } from '../../views/standing.ts';
import { durationOption } from '../terminal/duration-option.ts';
import { type LogLine, STEPS } from '../../api/stage.ts';
import { print, say, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { readRun, requireRun, type RunView } from '../../views/runs.ts';
import { type Tail } from '../../store/log-files.ts';
import { isFailedStep, type StepDir } from '../../store/step-files.ts';
import type { Style } from '../terminal/style.ts';
import { didYouMean } from '../../views/suggest.ts';
import { printable } from '../../views/text.ts';
import { exitOfRun } from '../terminal/verdict-lines.ts';

const LOOK_AGAIN_MS = 300;

export interface LogOptions {
  readonly follow?: boolean;
  readonly stage?: string;
  readonly service?: string;
  readonly timestamps?: boolean;
  readonly prefix?: boolean;
  readonly since?: string;
  readonly tail?: number;
  readonly failed?: boolean;
  readonly previous?: boolean;
  readonly exitWithRun?: boolean;
}

interface Entry {
  readonly step: StepDir;
  readonly line: LogLine;
}

export function entryText({ step, line }: Entry, options: LogOptions, style: Style): string {
  const round = step.round > 1 ? `#${step.round}` : '';
  const prefix =
    options.prefix === true
      ? `${style.paint('gray', `[${step.step}${round}/${printable(line.from)}]`)} `
      : '';
  const time = options.timestamps === true ? `${line.time} ` : '';
  const text = printable(line.text);
  return time + prefix + (line.level === 'error' ? style.paint('red', text) : text);
}

/** Reads every step's log from where the last look ended. */
class Reader {
  readonly #tails = new Map<string, Tail>();
  readonly #ctl: Ctl;
  readonly #options: LogOptions;
  readonly #since: number;

  constructor(ctl: Ctl, options: LogOptions) {
    this.#ctl = ctl;
    this.#options = options;
    const ms = durationOption('--since', options.since);
    this.#since = ms === null ? Number.NEGATIVE_INFINITY : ctl.now().getTime() - ms;
  }

  async entries(run: RunView): Promise<Entry[]> {
    const found: Entry[] = [];
    for (const step of await this.#steps(run)) {
      const tail = this.#tails.get(step.name) ?? this.#ctl.reading.tail(run.status.uid, step);
      this.#tails.set(step.name, tail);
      const lines = await tail.lines();
      found.push(...lines.filter((line) => this.#wanted(line)).map((line) => ({ step, line })));
    }
    return found;
  }

  #wanted(line: LogLine): boolean {
    const { service } = this.#options;
    return (service === undefined || line.from === service) && Date.parse(line.time) >= this.#since;
  }

  async #steps(run: RunView): Promise<StepDir[]> {
    const { stage, failed, previous } = this.#options;
    const all = await this.#ctl.reading.steps(run.status.uid);
    const attempt =
      Math.max(...all.map((step) => step.attempt), run.status.attempt) - (previous === true ? 1 : 0);
    const chosen = all.filter(
      (step) => step.attempt === attempt && (stage === undefined || step.step === stage),
    );
    if (failed !== true) return chosen;
    const marks = await Promise.all(
      chosen.map(async (step) => isFailedStep(await this.#ctl.reading.stepFiles(run.status.uid, step))),
    );
    return chosen.filter((_, index) => marks[index]);
  }
}

function checkOptions(options: LogOptions): void {
  const { stage } = options;
  if (stage !== undefined && !(STEPS as readonly string[]).includes(stage))
    throw usageError(
      `There is no stage "${stage}".`,
      `${didYouMean(stage, STEPS)}Stages: ${STEPS.join(', ')}.`,
    );
}

export async function logs(ctl: Ctl, words: readonly string[], options: LogOptions): Promise<ExitCode> {
  const { name } = singleTarget(words, ['runs']);
  checkOptions(options);
  let run = await requireRun(ctl, name);
  const reader = new Reader(ctl, options);
  const show = (entries: readonly Entry[]): void => {
    for (const entry of entries) print(ctl, entryText(entry, options, ctl.style));
  };
  const first = await reader.entries(run);
  show(options.tail === undefined ? first : first.slice(Math.max(0, first.length - options.tail)));
  if (options.follow === true) run = await follow(ctl, run, async (seen) => show(await reader.entries(seen)));
  else if (first.length === 0) say(ctl, await whyEmpty(ctl, run, options));
  if (options.exitWithRun !== true) return EXIT.ok;
  return isOver(run) ? exitOfRun(run) : EXIT.ok;
}

/** Ends by itself when the run ends: the status is read before the log, so that the last lines are not missed. */
async function follow(ctl: Ctl, start: RunView, look: (run: RunView) => Promise<void>): Promise<RunView> {
  let run = start;
  while (!isOver(run)) {
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
  return run;
}

async function whyEmpty(ctl: Ctl, run: RunView, options: LogOptions): Promise<string> {
  const steps = await ctl.reading.steps(run.status.uid);
  const name = run.metadata.name;
  if (steps.length === 0) return `run/${name} has not started a stage: ${run.status.message}`;
  if (options.failed === true) return `No stage of run/${name} failed.`;
  const names = [...new Set(steps.map((step) => step.step))].join(', ');
  return `run/${name} has no output that matches; stages with a folder: ${names}.`;
}
