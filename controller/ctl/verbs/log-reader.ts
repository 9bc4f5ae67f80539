/** The lines of a run's logs that were asked for, as far as they are there and were not read before. */
import type { LogLine } from '../../api/stage.ts';
import type { Tail } from '../../store/log-tail.ts';
import { isFailedStep, type StepDir } from '../../store/step-files.ts';
import type { RunView } from '../../views/runs.ts';
import { printable } from '../../views/text.ts';
import { durationOption } from '../terminal/duration-option.ts';
import type { Style } from '../terminal/style.ts';
import type { Ctl } from '../terminal/world.ts';

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
  readonly exitWithStage?: boolean;
  readonly cancelOnTerm?: boolean;
}

export interface Entry {
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
export class LogReader {
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
