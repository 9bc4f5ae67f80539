/** `replay`: makes the decisions on a run again, and says where they would be different today. */
import { resolve } from 'node:path';
import { API_VERSION } from '../../api/primitives.ts';
import { type Answer, replay, type Replay, type Replayed } from '../../domain/run/replay.ts';
import { counted } from '../../domain/text/count.ts';
import { readIfThere } from '../../store/atomic.ts';
import { isKindWord, singleTarget } from '../../views/kinds.ts';
import { Refusal } from '../../views/refusal.ts';
import { requireRun } from '../../views/runs.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { objectOutput, serialized } from '../terminal/output.ts';
import { badge } from '../../describe/badge.ts';
import { aligned } from '../../describe/aligned.ts';
import { type Ctl, print, say } from '../terminal/world.ts';
import { oneLine } from '../../views/text.ts';

interface Options {
  readonly output?: string;
  readonly all?: boolean;
}

interface Source {
  /** As the person wrote it. */
  readonly name: string;
  readonly text: string;
}

interface Played extends Replay {
  readonly name: string;
  readonly same: boolean;
}

export async function replayed(ctl: Ctl, words: readonly string[], options: Options): Promise<ExitCode> {
  const output = objectOutput(options.output);
  const played: Played[] = [];
  for (const word of words) played.push(playedOf(await sourceOf(ctl, word)));
  if (output.as === 'table') for (const each of played) printTable(ctl, each, options.all === true);
  else if (output.as === 'name') for (const { name } of played) print(ctl, name);
  else ctl.out.write(serialized({ apiVersion: API_VERSION, kind: 'ReplayList', items: played }, output));
  for (const { name, unreadable } of played)
    for (const { line, problem } of unreadable)
      say(ctl, `${oneLine(name)}:${line}: this line cannot be read: ${oneLine(problem)}`);
  if (played.some((each) => each.unreadable.length > 0)) return EXIT.invalid;
  return played.every((each) => each.same) ? EXIT.ok : EXIT.failed;
}

function playedOf({ name, text }: Source): Played {
  const { decisions, unreadable } = replay(text);
  return { name, same: decisions.every((each) => each.same), decisions, unreadable };
}

async function sourceOf(ctl: Ctl, word: string): Promise<Source> {
  const [kind = ''] = word.split('/');
  if (isKindWord(kind) && word.includes('/')) return runSource(ctl, word);
  const text = await readIfThere(resolve(ctl.cwd, word));
  if (text !== null) return { name: word, text };
  throw new Refusal('notFound', `There is no file "${word}".`, {
    next: `Write run/${word} for the run of that name, or the path of a file of decisions.`,
  });
}

async function runSource(ctl: Ctl, word: string): Promise<Source> {
  const { name } = singleTarget([word], ['runs']);
  const { status } = await requireRun(ctl, name);
  const text = await ctl.reading.decisions(status.uid);
  if (text !== null) return { name: `run/${name}`, text };
  throw new Refusal('notFound', `No decision on run/${name} was written down.`, {
    next: 'Is it older than this version, or did no controller see it yet? `ccci-ctl doctor` says whether one is running.',
  });
}

function printTable(ctl: Ctl, { name, decisions, same }: Played, all: boolean): void {
  const others = decisions.filter((each) => !each.same).length;
  const summary = same
    ? `${decisions.length === 1 ? 'the one decision is' : `all ${decisions.length} decisions are`} the same today`
    : `${others} of ${counted(decisions.length, 'decision')} would be different today`;
  print(ctl, badge(ctl.style, same ? 'ok' : 'fail', `${oneLine(name)}: ${summary}`));
  const shown = decisions.filter((each) => all || !each.same);
  if (shown.length === 0) return;
  const facts = all ? ['FACTS'] : [];
  const rows = shown.map((each) => rowOf(each, all));
  for (const line of aligned([['LINE', 'TIME', 'THEN', 'NOW', ...facts], ...rows])) print(ctl, line);
}

function rowOf({ line, time, was, now, same, facts }: Replayed, all: boolean): string[] {
  const cells = [String(line), time, answerText(was), same ? 'the same' : answerText(now)];
  return [...cells, ...(all ? [wordsOf(facts)] : [])].map(oneLine);
}

/** `begun.starting: start step=install attempt=1 round=1` */
function answerText({ leaf, action: { do: what, ...more } }: Answer): string {
  return `${leaf}: ${what} ${wordsOf(more)}`;
}

function wordsOf(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}
