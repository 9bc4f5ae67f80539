/** Vitest's JSON report as test cases: the only thing that says how tests went. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { z } from 'zod';
import type { TestCase } from '../../api/stage.ts';
import type { Redactor } from '../../domain/secrets/redact.ts';
import { jsonOf } from '../../runtime/json.ts';

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
  /** From vitest-report.ts. */
  outside: z.array(z.string()),
});
type VitestReport = z.infer<typeof VitestReport>;

export interface Report {
  readonly tests: readonly TestCase[];
  /** Why the report cannot be believed, or null: not written, or a file that did not load. */
  readonly problem: string | null;
}

const MESSAGE_LENGTH = 4_000;

export async function readReport(file: string, testsDir: string, redact: Redactor): Promise<Report> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return { tests: [], problem: 'vitest ended without a report' };
  // A test may have written over it.
  const parsed = VitestReport.safeParse(jsonOf(text));
  if (!parsed.success)
    return { tests: [], problem: `vitest’s report has another shape: ${parsed.error.message}` };
  return { tests: testsOf(parsed.data, testsDir, redact), problem: problemOf(parsed.data, redact) };
}

function testsOf(report: VitestReport, testsDir: string, redact: Redactor): TestCase[] {
  return report.testResults.flatMap((file) =>
    file.assertionResults.map((one) => {
      const message = (one.failureMessages ?? []).join('\n');
      return {
        source: 'ccci',
        name: redact(one.fullName.trim()),
        file: relative(testsDir, file.name),
        state: stateOf(one.status),
        durationMs: Math.round(one.duration ?? 0),
        ...(message === '' ? {} : { message: redact(plain(message)).slice(0, MESSAGE_LENGTH) }),
      };
    }),
  );
}

/** Vitest colours values in messages whatever it is told. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with one
  return text.replaceAll(/\u001B\[[0-9;]*m/g, '');
}

function stateOf(status: string): TestCase['state'] {
  if (status === 'passed') return 'passed';
  return status === 'skipped' || status === 'pending' || status === 'todo' || status === 'disabled'
    ? 'skipped'
    : 'failed';
}

function problemOf(report: VitestReport, redact: Redactor): string | null {
  const [outside] = report.outside;
  if (outside !== undefined)
    return redact(plain(outside)).slice(0, MESSAGE_LENGTH) || 'an error outside of tests';
  const broken = report.testResults.find(
    (file) => file.status === 'failed' && file.assertionResults.every(isFine),
  );
  if (broken !== undefined)
    return redact(plain(broken.message)).slice(0, MESSAGE_LENGTH) || 'a file did not load';
  return null;
}

function isFine(one: { status: string }): boolean {
  return stateOf(one.status) !== 'failed';
}
