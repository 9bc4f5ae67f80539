/** What a check says of a recipe: the shape that policy and lint share, its identity, its order, its line for people. Pure. */
import type { Finding as AnyFinding } from '../../api/stage-data.ts';
import type { Place } from './compose-facts.ts';

/** `Rule` where a closed set of them is known. */
export type Finding<Rule extends string = string> = Readonly<AnyFinding> & { readonly rule: Rule };

/** More than anybody reads; a generated recipe must not fill the result. */
const MAX_FINDINGS = 200;
const MAX_TEXT = 500;

interface Said {
  readonly rule: string;
  /** Null where the whole recipe is meant. */
  readonly place: Place | null;
  readonly message: string;
  readonly fix: string;
}

/** A finding's place, null where it is nowhere. */
export function at(place: Place | null): Pick<Finding, 'file' | 'line'> {
  return place === null || place.file === '' ? { file: null, line: null } : place;
}

function found(severity: Finding['severity'], { rule, place, message, fix }: Said): Finding {
  return { rule, severity, ...at(place), message, fix };
}

export const errorFinding = (said: Said): Finding => found('error', said);
export const warningFinding = (said: Said): Finding => found('warning', said);

/** Two findings with the same identity say the same of the same place, in whatever words. */
export function findingId({ rule, severity, file, line, column = null }: Finding): string {
  return JSON.stringify([rule, severity, file, line, column]);
}

export interface Collected {
  readonly findings: Finding[];
  readonly omitted: number;
  readonly errors: number;
  readonly warnings: number;
}

/** Each once, errors first, then by place; without what was found before. */
export function collected(all: readonly Finding[], before: readonly Finding[] = []): Collected {
  const known = new Set(before.map(findingId));
  const news = all.filter((finding) => !known.has(findingId(finding)));
  // One place may break a rule in several ways, which only the message tells apart.
  const unique = [...new Map(news.map((each) => [`${findingId(each)} ${each.message}`, each])).values()];
  const sorted = unique.sort(
    (a, b) => bySeverityAndPlace(a, b) || compareText(a.rule + a.message, b.rule + b.message),
  );
  const errors = sorted.filter(({ severity }) => severity === 'error').length;
  return {
    findings: sorted.slice(0, MAX_FINDINGS).map(bounded),
    omitted: Math.max(0, sorted.length - MAX_FINDINGS),
    errors,
    warnings: sorted.length - errors,
  };
}

export function placeText({ file, line }: Pick<Finding, 'file' | 'line'>): string | undefined {
  return file === null ? undefined : line === null ? file : `${file}:${line}`;
}

/** One line for logs: `error compose.yml:12 HostBind: …`. */
export function findingLine(finding: Finding): string {
  const place = placeText(finding);
  return `${finding.severity}${place === undefined ? '' : ` ${place}`} ${finding.rule}: ${finding.message} ${finding.fix}`;
}

/** Errors first, then by file, line and column. */
export function bySeverityAndPlace(a: Finding, b: Finding): number {
  if (a.severity !== b.severity) return a.severity === 'error' ? -1 : 1;
  const files = compareText(a.file ?? '', b.file ?? '');
  return files || compareNumbers(a.line, b.line) || compareNumbers(a.column, b.column);
}

/** The same on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const compareNumbers = (a: number | null = 0, b: number | null = 0): number => (a ?? 0) - (b ?? 0);

/** Names in a message are the recipe's, and may be as long as its files. */
function bounded(finding: Finding): Finding {
  return { ...finding, message: shortened(finding.message), fix: shortened(finding.fix) };
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
