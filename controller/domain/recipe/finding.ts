/** What lint's checks share: the shape of a finding, its order, and how many are kept. Pure. */
import type { LintFinding } from '../../api/stage-data.ts';
import type { Place } from './compose-facts.ts';

/** More than anybody reads; a generated recipe must not fill the result. */
const MAX_FINDINGS = 200;
const MAX_TEXT = 500;

type Severity = LintFinding['severity'];

interface Said {
  readonly rule: string;
  /** Null where the whole recipe is meant. */
  readonly place: Place | null;
  readonly message: string;
  readonly fix: string;
}

function found(severity: Severity, { rule, place, message, fix }: Said): LintFinding {
  const at = place === null || place.file === '' ? {} : { file: place.file, line: place.line };
  return { rule, severity, ...at, message, fix };
}

export const lintError = (said: Said): LintFinding => found('error', said);
export const lintWarning = (said: Said): LintFinding => found('warning', said);

export interface Collected {
  readonly findings: LintFinding[];
  readonly omitted: number;
  readonly errors: number;
  readonly warnings: number;
}

/** Each once, errors first, then by place; without the warnings that prepare gave (its lines of `findingLine`). */
export function collected(all: readonly LintFinding[], said: readonly string[] = []): Collected {
  const news = all.filter((finding) => !said.some((line) => line.startsWith(headOf(finding))));
  const unique = [...new Map(news.map((finding) => [JSON.stringify(finding), finding])).values()];
  const sorted = unique.sort(byWeight);
  const errors = sorted.filter(({ severity }) => severity === 'error').length;
  return {
    findings: sorted.slice(0, MAX_FINDINGS).map(bounded),
    omitted: Math.max(0, sorted.length - MAX_FINDINGS),
    errors,
    warnings: sorted.length - errors,
  };
}

export function placeText({ file, line }: Pick<LintFinding, 'file' | 'line'>): string | undefined {
  return file === undefined || line === undefined ? file : `${file}:${line}`;
}

/** As `findingLine` of the policy begins. */
function headOf(finding: LintFinding): string {
  const place = placeText(finding);
  return `${finding.severity}${place === undefined ? '' : ` ${place}`} ${finding.rule}: `;
}

function byWeight(a: LintFinding, b: LintFinding): number {
  if (a.severity !== b.severity) return a.severity === 'error' ? -1 : 1;
  const files = compareText(a.file ?? '', b.file ?? '');
  return files || (a.line ?? 0) - (b.line ?? 0) || compareText(a.rule + a.message, b.rule + b.message);
}

/** The same on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names in a message are the recipe's, and may be as long as its files. */
function bounded(finding: LintFinding): LintFinding {
  return { ...finding, message: shortened(finding.message), fix: shortened(finding.fix) };
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
