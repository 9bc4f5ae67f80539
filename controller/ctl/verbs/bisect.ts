/** `bisect`: which of several image bumps makes a run fail. Each is tried alone, by a TestRun of its own. */
import { durationOption } from '../terminal/duration-option.ts';
import { API_VERSION } from '../../api/primitives.ts';
import type { ImageChange } from '../../api/bump.ts';
import {
  aloneOf,
  asksForNone,
  causeText,
  type Conclusion,
  conclusionOf,
  type End,
  type Tried,
} from '../../domain/compare/bisect.ts';
import { bisectRunName, BISECT_MOST, planOf } from '../../domain/compare/bisect-plan.ts';
import { endOfRun, endsOf, ensureAsked, subjectOf, type Wish } from './bisect-runs.ts';
import { aligned } from '../../describe/aligned.ts';
import { print, say, type Ctl } from '../terminal/world.ts';
import { EXIT, Interrupted, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { objectOutput, type Output, serialized } from '../terminal/output.ts';
import { requireRun } from '../../views/runs.ts';
import { plainBadge } from '../../describe/badge.ts';
import { oneLine } from '../../views/text.ts';

export interface BisectOptions {
  readonly wait: boolean;
  readonly waitTimeout?: string;
  readonly output?: string;
}

interface Asked {
  readonly run: string;
  readonly commit: string;
  readonly whole: End;
  /** One for each bump that is tried. */
  readonly wishes: readonly (Wish & { readonly change: ImageChange })[];
  /** Bumps beyond the most that are tried. */
  readonly left: readonly ImageChange[];
  readonly none: Wish;
}

export async function bisect(ctl: Ctl, words: readonly string[], options: BisectOptions): Promise<ExitCode> {
  const output = objectOutput(options.output);
  const timeoutMs = durationOption('--wait-timeout', options.waitTimeout);
  const { name } = singleTarget(words, ['runs']);
  const asked = await askedOf(ctl, name);
  for (const wish of asked.wishes) await ask(ctl, wish);
  if (!options.wait) return goesOn(ctl, asked, output);
  try {
    return await concluded(ctl, asked, { output, timeoutMs });
  } catch (error) {
    if (error instanceof Interrupted || error instanceof Refusal) sayHowToEnd(ctl, asked);
    throw error;
  }
}

async function askedOf(ctl: Ctl, run: string): Promise<Asked> {
  const view = await requireRun(ctl, run);
  const subject = await subjectOf(ctl, view);
  const plan = planOf(subject);
  if (!plan.ok) throw usageError(plan.why, plan.next);
  const { commit } = view.status;
  if (commit === null)
    throw usageError(`run/${run} does not say which commit it tested.`, 'Bisect another run of it.');
  const wishOf = <T extends ImageChange | null>(change: T): Wish & { readonly change: T } => ({
    name: bisectRunName(run, change?.service ?? null),
    of: run,
    body: subject.body,
    commit,
    stages: plan.stages,
    change,
  });
  const whole = endOfRun(view);
  return { run, commit, whole, wishes: plan.tried.map(wishOf), left: plan.left, none: wishOf(null) };
}

async function ask(ctl: Ctl, wish: Wish): Promise<void> {
  say(ctl, `run/${wish.name} ${await ensureAsked(ctl, wish)}`);
}

function goesOn(ctl: Ctl, { run, wishes }: Asked, output: Output): ExitCode {
  const names = wishes.map(({ name }) => `run/${name}`);
  if (output.as === 'table' || output.as === 'name') for (const name of names) print(ctl, name);
  else ctl.out.write(serialized({ apiVersion: API_VERSION, kind: 'Bisect', run, runs: names }, output));
  say(ctl, `\`ccci-ctl bisect run/${run}\` waits for them and concludes.`);
  return EXIT.ok;
}

function sayHowToEnd(ctl: Ctl, { run, wishes }: Asked): void {
  say(ctl, `Stopped waiting; the runs go on. \`ccci-ctl bisect run/${run}\` picks them up again.`);
  say(ctl, 'To end them:');
  for (const { name } of wishes) say(ctl, `  ccci-ctl cancel run/${name}`);
}

async function concluded(
  ctl: Ctl,
  asked: Asked,
  { output, timeoutMs }: { output: Output; timeoutMs: number | null },
): Promise<ExitCode> {
  const until = timeoutMs === null ? null : ctl.now().getTime() + timeoutMs;
  const ends = await endsOf(ctl, asked.wishes, timeoutMs);
  const tried = [
    ...asked.wishes.map((wish): Tried => ({ change: wish.change, end: ends.get(wish.name) ?? notTried })),
    ...asked.left.map((change): Tried => ({ change, end: notTried })),
  ];
  const rest = until === null ? null : Math.max(0, until - ctl.now().getTime());
  const none = asksForNone(asked.whole, tried) ? await endOfNone(ctl, asked, rest) : null;
  const conclusion = conclusionOf({ whole: asked.whole, tried, none });
  show(ctl, { asked, tried, none, conclusion }, output);
  return exitOf(conclusion, [...tried.map(({ end }) => end), ...(none === null ? [] : [none])]);
}

const notTried: End = {
  verdict: null,
  step: null,
  cause: null,
  message: `not tried: at most ${BISECT_MOST} bumps are`,
};

async function endOfNone(ctl: Ctl, { none }: Asked, timeoutMs: number | null): Promise<End> {
  say(ctl, 'All fail alone: once more with no image bumped.');
  await ask(ctl, none);
  return (await endsOf(ctl, [none], timeoutMs)).get(none.name) ?? notTried;
}

function exitOf({ judged }: Conclusion, ends: readonly End[]): ExitCode {
  if (judged) return EXIT.ok;
  return ends.some(({ verdict }) => verdict === 'Cancelled') ? EXIT.cancelled : EXIT.notJudged;
}

interface Shown {
  readonly asked: Asked;
  readonly tried: readonly Tried[];
  readonly none: End | null;
  readonly conclusion: Conclusion;
}

function show(ctl: Ctl, shown: Shown, output: Output): void {
  const { asked, tried, none, conclusion } = shown;
  if (output.as === 'name') for (const { name } of asked.wishes) print(ctl, `run/${name}`);
  else if (output.as !== 'table') ctl.out.write(serialized(objectOf(shown), output));
  else {
    const rows = tried.map(({ change, end }) => [
      change.service,
      change.from,
      change.to,
      ...endCells(ctl, end),
    ]);
    const last = none === null ? [] : [['(none)', '-', '-', ...endCells(ctl, none)]];
    const heads = ['SERVICE', 'FROM', 'TO', 'VERDICT', 'CAUSE'];
    for (const line of aligned([heads, ...rows, ...last])) print(ctl, line);
    print(ctl, '');
    print(ctl, oneLine(conclusion.text));
  }
}

function endCells({ style }: Ctl, end: End): string[] {
  const cause = end.verdict === 'Passed' ? '-' : oneLine(causeText(end));
  return [end.verdict === null ? '-' : plainBadge(style, end.verdict), cause];
}

function objectOf({ asked, tried, none, conclusion }: Shown): object {
  const { run, commit, whole, wishes } = asked;
  const ended = (end: End): object => ({ ...end, alone: aloneOf(whole, end) });
  return {
    apiVersion: API_VERSION,
    kind: 'Bisect',
    run,
    commit,
    bumps: tried.map(({ change, end }) => ({
      ...change,
      run: wishes.find((wish) => wish.change === change)?.name ?? null,
      ...ended(end),
    })),
    none: none === null ? null : { run: asked.none.name, ...ended(none) },
    conclusion,
  };
}
