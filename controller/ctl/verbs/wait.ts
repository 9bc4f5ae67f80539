/** `wait`: until something is true of a run, or until it can no longer become true. */
import { isOver } from '../../views/standing.ts';
import { durationOption } from '../terminal/duration-option.ts';
import { shownPhase } from '../../domain/run/appearance.ts';
import { CONDITIONS, PHASES, Verdict } from '../../api/test-run-status.ts';
import { readLock } from '../../store/lock.ts';
import { print, say, type Ctl, layoutOf } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { objectOutput, serialized } from '../terminal/output.ts';
import { closingLines } from '../terminal/closing-lines.ts';
import { readRun, requireRun, type RunView } from '../../views/runs.ts';
import { didYouMean } from '../../views/suggest.ts';
import { exitOfRun } from '../terminal/verdict-lines.ts';

const LOOK_AGAIN_MS = 200;

export type Goal =
  | { readonly on: 'verdict' }
  | { readonly on: 'phase'; readonly phase: string }
  | { readonly on: 'condition'; readonly type: string; readonly status: string }
  | { readonly on: 'delete' };

const GOALS = 'Goals are verdict, phase=<phase>, condition=<type>[=True|False] and delete.';
/** What people say for a verdict when they think of it as a phase. */
const PHASE_WORDS = ['Pending', ...PHASES, ...Verdict.options, 'Succeeded'];

function oneOf(word: string, known: readonly string[], what: string): string {
  const found = known.find((each) => each.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  throw usageError(`There is no ${what} "${word}".`, `${didYouMean(word, known)}Known: ${known.join(', ')}.`);
}

export function goalOf(text: string): Goal {
  const [on, value, status] = text.split('=');
  if (text === 'verdict' || text === 'delete') return { on: text };
  if (on === 'phase' && value !== undefined) {
    const phase = oneOf(value, PHASE_WORDS, 'phase');
    return { on, phase: phase === 'Succeeded' ? 'Passed' : phase };
  }
  if (on === 'condition' && value !== undefined)
    return {
      on,
      type: oneOf(value, CONDITIONS, 'condition'),
      status: oneOf(status ?? 'True', ['True', 'False', 'Unknown'], 'status'),
    };
  throw usageError(`--for=${text} cannot be understood.`, GOALS);
}

function isMet(goal: Goal, run: RunView | null): boolean {
  if (run === null) return goal.on === 'delete';
  switch (goal.on) {
    case 'verdict':
      return isOver(run);
    case 'phase':
      return run.status.phase === goal.phase || shownPhase(run.status) === goal.phase;
    case 'condition':
      return run.status.conditions.some((each) => each.type === goal.type && each.status === goal.status);
    case 'delete':
      return false;
    default:
      return goal satisfies never;
  }
}

export type Answer =
  | { readonly done: false }
  | { readonly done: true; readonly met: boolean; readonly code: ExitCode };

/** Whether the wait is over, and how. Pure. A run that ended otherwise can no longer do what was waited for. */
export function answerOf(goals: readonly Goal[], run: RunView | null): Answer {
  const met = goals.find((goal) => isMet(goal, run));
  if (met !== undefined) {
    const code = met.on === 'verdict' && run !== null ? exitOfRun(run) : EXIT.ok;
    return { done: true, met: true, code };
  }
  if (run === null) return { done: true, met: false, code: EXIT.notFound };
  // Somebody who waits for the deletion of a finished run waits for the controller, not for the run.
  if (!isOver(run) || goals.some((goal) => goal.on === 'delete')) return { done: false };
  const code = exitOfRun(run);
  return { done: true, met: false, code: code === EXIT.ok ? EXIT.failed : code };
}

export interface Wait {
  readonly name: string;
  readonly goals: readonly Goal[];
  /** Null waits for ever. */
  readonly timeoutMs: number | null;
  /** Stricter limit while no controller is running. */
  readonly unattendedMs?: number | null;
  /** Called at every look. */
  readonly onLook?: (run: RunView | null) => void;
  /** Where remarks go, so that they do not fall into a moving line. */
  readonly remark?: (text: string) => void;
}

export interface Waited {
  readonly run: RunView | null;
  readonly met: boolean;
  readonly code: ExitCode;
}

/** Looks until the answer is there; throws Refusal 124 at the timeout, or 7 where no controller is running by then. */
export async function awaitRun(ctl: Ctl, wait: Wait): Promise<Waited> {
  const start = ctl.now().getTime();
  let attended: boolean | null = null;
  for (;;) {
    const run = await readRun(ctl, wait.name);
    wait.onLook?.(run);
    const answer = answerOf(wait.goals, run);
    if (answer.done) return { run, met: answer.met, code: answer.code };
    attended = await sayController(ctl, attended, wait.remark ?? ((text) => say(ctl, text)));
    const limit = attended ? wait.timeoutMs : lesser(wait.timeoutMs, wait.unattendedMs ?? null);
    if (limit !== null && ctl.now().getTime() - start >= limit) throw timeoutError(ctl, wait, attended);
    await ctl.pause(LOOK_AGAIN_MS);
  }
}

function lesser(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

export async function isControllerAlive(ctl: Pick<Ctl, 'config'>): Promise<boolean> {
  return (await readLock(layoutOf(ctl).lockFile))?.alive === true;
}

/** Says it at once, and again only when it changes. */
async function sayController(
  ctl: Ctl,
  before: boolean | null,
  remark: (text: string) => void,
): Promise<boolean> {
  const alive = await isControllerAlive(ctl);
  if (!alive && before !== false)
    remark(
      `no controller is running on ${ctl.config.stateDir}; start it with \`npm start\`: until then the run stays queued`,
    );
  if (alive && before === false) remark(`a controller is running now on ${ctl.config.stateDir}`);
  return alive;
}

function timeoutError(ctl: Ctl, wait: Wait, attended: boolean): Refusal {
  if (attended)
    return new Refusal('timeout', `Timed out waiting for run/${wait.name}; the run goes on.`, {
      next: `\`ccci-ctl describe run/${wait.name}\` says where it is; wait again with a longer --timeout, or \`ccci-ctl cancel run/${wait.name}\`.`,
    });
  return new Refusal(
    'unreachable',
    `run/${wait.name} waits for a controller, and none is running on ${ctl.config.stateDir}.`,
    {
      next: 'Start it with `npm start`; the run stays queued and begins then.',
    },
  );
}

export interface WaitOptions {
  readonly for: readonly string[];
  readonly timeout?: string;
  readonly output?: string;
}

export async function wait(ctl: Ctl, words: readonly string[], options: WaitOptions): Promise<ExitCode> {
  const { name } = singleTarget(words, ['runs']);
  const goals = options.for.map(goalOf);
  const output = objectOutput(options.output);
  const timeoutMs = durationOption('--timeout', options.timeout);
  if (!goals.some((goal) => goal.on === 'delete')) await requireRun(ctl, name);
  const waited = await awaitRun(ctl, { name, goals, timeoutMs });
  if (waited.run !== null && output.as !== 'table') ctl.out.write(serialized(waited.run, output));
  else for (const line of await saidOf(ctl, name, waited)) print(ctl, line);
  if (!waited.met) say(ctl, missedText(options.for, waited));
  return waited.code;
}

async function saidOf(ctl: Ctl, name: string, { run, met }: Waited): Promise<string[]> {
  if (run === null) return met ? [`run/${name} is gone`] : [];
  return isOver(run) ? closingLines(ctl, run) : [`run/${name} condition met`];
}

function missedText(goals: readonly string[], { run }: Waited): string {
  const what = goals.join(' or ');
  return run === null
    ? `The run was deleted before ${what} was reached.`
    : `The run ended as ${shownPhase(run.status)}; ${what} can no longer be reached.`;
}
