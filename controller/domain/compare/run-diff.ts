/** What differs between two runs: what was deployed, how the stages went, and where their logs part. Pure. */
import { diff } from 'node:util';
import { type StepName, type StepState, STEPS } from '../../api/stage.ts';
import { normaliserOf, type Normaliser, type RunNames } from './normal-line.ts';

/** A run as its folder tells it. */
export interface RunRecord {
  readonly names: RunNames;
  readonly recipe: string;
  readonly createdAt: string;
  readonly verdict: string;
  readonly subject: string | null;
  readonly version: string | null;
  readonly deployer: string | null;
  /** `<image> <digest or id>`; null where prepare left no result. */
  readonly images: readonly string[] | null;
  /** Null where the run has not kept it. */
  readonly compose: string | null;
  readonly env: string | null;
  readonly steps: readonly StepRecord[];
}

export interface StepRecord {
  readonly name: StepName;
  readonly state: StepState;
  readonly seconds: number | null;
  readonly log: readonly string[];
}

export interface FactDiff {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface LineChange {
  readonly op: 'same' | 'removed' | 'added';
  readonly text: string;
  /** In the text before, or for an added line the place where it was put. */
  readonly line: number;
}

/** `missing`: the runs that have not kept it. */
export interface TextDiff {
  readonly missing: readonly string[];
  /** With what stands around them; empty where nothing differs. */
  readonly changes: readonly LineChange[];
  /** Further lines were not compared. */
  readonly cut: boolean;
}

export interface StageDiff {
  readonly stage: StepName;
  readonly before: StageSide | null;
  readonly after: StageSide | null;
  /** After by before. */
  readonly ratio: number | null;
  /** More than a fifth and more than two seconds apart. */
  readonly marked: boolean;
}

export type StageSide = Pick<StepRecord, 'state' | 'seconds'>;

/**
 * The first line of each log that the other has nowhere, once times, ids and names are taken out: what waits looks
 * again and again, and in another order each time.
 */
export interface LogDiff {
  readonly stage: StepName;
  readonly before: LogPlace | null;
  readonly after: LogPlace | null;
}

export interface LogPlace {
  /** From 1. */
  readonly line: number;
  /** As it was said. */
  readonly text: string;
}

export interface RunDiff {
  /** But for how long stages took. */
  readonly same: boolean;
  readonly facts: readonly FactDiff[];
  readonly images: TextDiff;
  readonly compose: TextDiff;
  readonly env: TextDiff;
  readonly stages: readonly StageDiff[];
  readonly logs: readonly LogDiff[];
}

export function runDiff(before: RunRecord, after: RunRecord): RunDiff {
  const by = { before: normaliserOf(before.names), after: normaliserOf(after.names) };
  const texts = (of: (run: RunRecord) => string | null): TextDiff =>
    textDiff([before, after], [of(before), of(after)], [named(before), named(after)]);
  const facts = factsOf(before, after);
  const stages = stagesOf(before, after);
  const images = texts((run) => run.images?.toSorted().join('\n') ?? null);
  const compose = texts((run) => run.compose);
  const env = texts((run) => run.env);
  const logs = stages.flatMap(({ stage }) => logDiff(stage, { before, after, by }) ?? []);
  const same =
    facts.every((fact) => fact.before === fact.after) &&
    [images, compose, env].every(isSame) &&
    stages.every((stage) => stage.before?.state === stage.after?.state) &&
    logs.length === 0;
  return { same, facts, images, compose, env, stages, logs };
}

/** What neither has kept is no difference. */
function isSame({ changes, missing, cut }: TextDiff): boolean {
  return changes.length === 0 && !cut && missing.length !== 1;
}

function factsOf(before: RunRecord, after: RunRecord): FactDiff[] {
  const fact = (name: string, of: (run: RunRecord) => string | null): FactDiff => ({
    name,
    before: of(before),
    after: of(after),
  });
  return [
    fact('verdict', (run) => run.verdict),
    fact('recipe', (run) => run.recipe),
    fact('commit', (run) => run.names.commit),
    fact('subject', (run) => run.subject),
    fact('version', (run) => run.version),
    fact('deployer', (run) => run.deployer),
  ];
}

// ---------------------------------------------------------------- texts

type Pair<T> = readonly [before: T, after: T];

/** Names only: ids and times in a compose file are the recipe's. */
function named({ names: { app } }: RunRecord): Normaliser {
  return (text) =>
    app === null ? text : text.replaceAll(app.domain, '<domain>').replaceAll(app.stack, '<stack>');
}

/** Comparing longer texts takes memory by the square of what differs. */
const MOST_LINES = 1_000;
const AROUND = 2;

function textDiff(runs: Pair<RunRecord>, texts: Pair<string | null>, by: Pair<Normaliser>): TextDiff {
  const missing = runs.filter((_, index) => texts[index] === null).map(({ names }) => names.run);
  if (missing.length > 0) return { missing, changes: [], cut: false };
  const [before = '', after = ''] = texts.map((text, index) => by[index]?.(text ?? '').trimEnd());
  return before === after ? { missing, changes: [], cut: false } : unlike(linesOf(before), linesOf(after));
}

function unlike(before: readonly string[], after: readonly string[]): TextDiff {
  const cut = Math.max(before.length, after.length) > MOST_LINES;
  const changes = lineChanges(before.slice(0, MOST_LINES), after.slice(0, MOST_LINES));
  return { missing: [], changes: around(changes), cut };
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}

export function lineChanges(before: readonly string[], after: readonly string[]): LineChange[] {
  let line = 0;
  const changes = diff(before, after).map(([op, text]): LineChange => {
    if (op !== -1) line += 1;
    return { op: op === 0 ? 'same' : op === 1 ? 'removed' : 'added', text, line: Math.max(1, line) };
  });
  return removedFirst(changes);
}

/** Within what changed together. */
function removedFirst(changes: readonly LineChange[]): LineChange[] {
  const sorted: LineChange[] = [];
  let added: LineChange[] = [];
  for (const change of changes) {
    if (change.op === 'added') added.push(change);
    else {
      if (change.op === 'same') {
        sorted.push(...added);
        added = [];
      }
      sorted.push(change);
    }
  }
  return [...sorted, ...added];
}

function around(changes: readonly LineChange[]): LineChange[] {
  const near = (at: number): boolean =>
    changes.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ op }) => op !== 'same');
  return changes.filter((_, at) => near(at));
}

// ---------------------------------------------------------------- stages

const SHORT_S = 2;
const FIFTH = 0.2;

function stagesOf(before: RunRecord, after: RunRecord): StageDiff[] {
  const seen = new Set([...before.steps, ...after.steps].map(({ name }) => name));
  return STEPS.filter((step) => seen.has(step)).map((stage) => {
    const [a, b] = [sideOf(before, stage), sideOf(after, stage)];
    return { stage, before: a, after: b, ...timesOf(a?.seconds ?? null, b?.seconds ?? null) };
  });
}

function sideOf({ steps }: RunRecord, stage: StepName): StageSide | null {
  const found = steps.find(({ name }) => name === stage);
  return found === undefined ? null : { state: found.state, seconds: found.seconds };
}

function timesOf(before: number | null, after: number | null): Pick<StageDiff, 'ratio' | 'marked'> {
  if (before === null || after === null || before <= 0) return { ratio: null, marked: false };
  const ratio = Math.round((after / before) * 100) / 100;
  const apart = Math.abs(after - before);
  return { ratio, marked: apart > SHORT_S && apart > FIFTH * before };
}

interface Logs {
  readonly before: RunRecord;
  readonly after: RunRecord;
  readonly by: { readonly before: Normaliser; readonly after: Normaliser };
}

function logDiff(stage: StepName, { before, after, by }: Logs): LogDiff | null {
  const logOf = ({ steps }: RunRecord): readonly string[] | null =>
    steps.find(({ name }) => name === stage)?.log ?? null;
  const [old, now] = [logOf(before), logOf(after)];
  if (old === null || now === null) return null;
  const [olds, nows] = [old.map(by.before), now.map(by.after)];
  const found = { before: firstOf(old, olds, nows), after: firstOf(now, nows, olds) };
  return found.before === null && found.after === null ? null : { stage, ...found };
}

/** `lines` are those of `said`, normalised. */
function firstOf(
  said: readonly string[],
  lines: readonly string[],
  others: readonly string[],
): LogPlace | null {
  const known = new Set(others);
  const at = lines.findIndex((line) => !known.has(line));
  return at < 0 ? null : { line: at + 1, text: said[at] ?? '' };
}
