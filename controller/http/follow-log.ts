/** One follower of a run: its log from a place on, each line once, and its state whenever that changes. */
import { firstPlace, type LogPlace, placeText } from '../views/log-place.ts';
import { publicLine } from '../views/log-lines.ts';
import type { LogPart } from '../store/log-part.ts';
import type { StepDir } from '../store/step-files.ts';
import { stateEvent } from '../views/run-state.ts';
import { isOver } from '../views/standing.ts';
import type { Look, Watch } from '../views/watched-runs.ts';
import { anchorOf } from '../views/whole-run.ts';
import type { EventStream, StreamEvent } from './event-stream.ts';

export interface Wanted {
  /** Null: only the state. A place that is null is the first line. */
  readonly log: { readonly from: LogPlace | null } | null;
  /** The state that the follower has, as its id says. */
  readonly known: string;
}

export class FollowedRun {
  readonly #stream: EventStream;
  readonly #watch: Watch;
  readonly #hasLog: boolean;
  #place: LogPlace | null;
  #told: string;
  #uid: string | null = null;

  constructor(stream: EventStream, watch: Watch, { log, known }: Wanted) {
    this.#stream = stream;
    this.#watch = watch;
    this.#hasLog = log !== null;
    this.#place = log?.from ?? null;
    this.#told = known;
  }

  /** Ends when the run is over and all was sent, or when nobody is there any more. */
  async serve(): Promise<void> {
    while (this.#stream.isOpen()) {
      const look = await this.#watch.look();
      const end = look === null ? 'The run is gone.' : await this.#tell(look);
      if (end === null) {
        await this.#watch.turn();
        continue;
      }
      await this.#stream.send({ event: 'end', data: { why: end } });
      this.#stream.end();
    }
  }

  /** Why nothing more is to be said after this; null where there may be. */
  async #tell(look: Look): Promise<string | null> {
    const { run, publication } = look;
    await this.#tellState(look);
    if (this.#hasLog && !publication.log) return publication.why;
    if (this.#hasLog) await this.#tellLog(look);
    return isOver(run) ? run.status.message : null;
  }

  async #tellState({ run }: Look): Promise<void> {
    const state = stateEvent(run);
    if (state.id === this.#told) return;
    this.#told = state.id;
    // Where there is a log, the follower has to keep the place in it and no other id.
    await this.#stream.send(this.#hasLog ? { ...state, id: undefined } : state);
  }

  /** The status was read before, so that of a run that is over nothing is missed. */
  async #tellLog(look: Look): Promise<void> {
    const { uid } = look.run.status;
    // A run of the same name that is another one begins at its own first line.
    if (this.#uid !== null && this.#uid !== uid) this.#place = null;
    if (this.#uid !== uid && this.#place === null) await this.#stream.send({ event: 'reset', data: {} });
    this.#uid = uid;
    this.#place ??= firstPlace(look.publication.steps);
    while (this.#place !== null && this.#stream.isOpen()) {
      const next = await this.#tellPart(look, this.#place);
      if (next === null) return;
      this.#place = next;
    }
  }

  /** The place behind what was sent; null where there is nothing more. */
  async #tellPart(look: Look, place: LogPlace): Promise<LogPlace | null> {
    const { steps } = look.publication;
    const index = steps.findIndex(({ name }) => name === place.step);
    const step = steps[index];
    if (step === undefined) return null;
    const isLast = isOver(look.run);
    const part = await this.#part(look, step, { from: place.offset, fresh: isLast });
    if (part.end > place.offset) return this.#tellLines(step, part, place);
    const later = await this.#begun(look, steps.slice(index + 1));
    if (later === null) return null;
    // It has begun, so this one is over; what it said in between is read before it is left.
    const rest = await this.#part(look, step, { from: place.offset, fresh: true });
    if (rest.end > place.offset) return this.#tellLines(step, rest, place);
    return { step: later.name, offset: 0, line: 1 };
  }

  async #tellLines(step: StepDir, part: LogPart, { line }: LogPlace): Promise<LogPlace> {
    const next = { step: step.name, offset: part.end, line: line + part.lines.length };
    await this.#stream.send({ ...linesEvent(step, part, line), id: placeText(next) });
    return next;
  }

  /** The next that has said something. */
  async #begun(look: Look, steps: readonly StepDir[]): Promise<StepDir | null> {
    for (const step of steps) {
      const { end } = await this.#part(look, step, { from: 0, fresh: isOver(look.run) });
      if (end > 0) return step;
    }
    return null;
  }

  #part({ run }: Look, step: StepDir, at: { from: number; fresh: boolean }): Promise<LogPart> {
    return this.#watch.part(run.status.uid, step, at);
  }
}

/** Lines as `[milliseconds, level, from, text]`, because there are many of them. */
function linesEvent(step: StepDir, { lines }: LogPart, first: number): StreamEvent {
  const shown = lines.map((line) => {
    const { time, level, from, text } = publicLine(line);
    return [Date.parse(time), level, from, text];
  });
  return {
    event: 'lines',
    data: { step: step.name, name: step.step, anchor: anchorOf(step), first, lines: shown },
  };
}
