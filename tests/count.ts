/** What a suite did, as numbers and names: read from Vitest's report, and added up. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** What failed, a line or a few each: said again at the end, where whoever sees only the last lines finds it. */
  readonly failures: readonly string[];
  /** Each suite and its seconds. */
  readonly took: readonly string[];
}

export const NOTHING: Count = { passed: 0, failed: 0, skipped: [], failures: [], took: [] };

export function added(one: Count, other: Count): Count {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: [...one.skipped, ...other.skipped],
    failures: [...one.failures, ...other.failures],
    took: [...one.took, ...other.took],
  };
}

const Report = z.object({
  numPassedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

export function countOf(file: string, exitCode: number, suite: string): Count {
  let parsed;
  try {
    parsed = Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = `${suite}: no report (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
    return { ...NOTHING, failed: 1, failures: [why] };
  }
  const cases = parsed.testResults.flatMap((each) => each.assertionResults);
  const skipped = cases
    .filter((each) => each.status === 'skipped' || each.status === 'pending' || each.status === 'todo')
    .map((each) => `${suite}: ${each.fullName}`);
  // A file that does not load fails without a test of its own, and so does an error outside of tests.
  const unloaded = parsed.testResults.filter(
    (each) => each.status === 'failed' && each.assertionResults.every((test) => test.status !== 'failed'),
  );
  const failures = [
    ...cases
      .filter((each) => each.status === 'failed')
      .map((each) => `${suite}: ${each.fullName}\n${brief(each.failureMessages?.join('\n') ?? '')}`),
    ...unloaded.map((each) => `${suite}: ${relative(ROOT, each.name)}\n${brief(each.message ?? '')}`),
  ];
  if (failures.length === 0 && exitCode !== 0)
    failures.push(`${suite}: vitest ended with ${exitCode} and named no test`);
  return { ...NOTHING, passed: parsed.numPassedTests, failed: failures.length, skipped, failures };
}

/** The first lines of `text`, of what went wrong where there is more and not of what was going on, with an indent. */
export function brief(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter(
      (line) =>
        line.trim() !== '' && !/^(?:ok\s|agrees\s|\s+at .*node_modules)|\s\.\.\.(?: [\d.]+ s)?$/.test(line),
    );
  return lines
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');
}
