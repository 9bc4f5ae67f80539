/** Who runs a file of a recipe's own tests, what the sandbox needs for it, and what it tells afterwards. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../../config.ts';
import { type LocalReport, tapReport } from '../../domain/tests/local-judge.ts';
import type { LocalKind, LocalTestFile } from '../../domain/tests/local-tests.ts';
import type { Redactor } from '../../domain/secrets/redact.ts';
import { tapOf } from '../../domain/tests/tap.ts';
import { ndjson } from '../../runtime/json.ts';
import { exists } from '../../store/exists.ts';
import type { Bind } from '../sandbox/plan.ts';
import { readReport } from './test-report.ts';

/** Where the sandbox has the recipe, and what is cc-ci's. */
export const RECIPE_AT = '/recipe';
export const CCCI_AT = '/ccci';
export const REPORT_AT = `${CCCI_AT}/report`;
const MODULES_AT = '/node_modules';

export interface Runner {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Node and its packages as ours: `vitest` is found from the recipe's folder. */
export function runnerBinds(): Bind[] {
  const here = (name: string): string => join(import.meta.dirname, name);
  return [
    { from: join(ROOT, 'node_modules'), to: MODULES_AT },
    { from: process.execPath, to: `${CCCI_AT}/bin/node` },
    { from: here('local-vitest.config.mjs'), to: `${CCCI_AT}/vitest.config.mjs` },
    { from: here('vitest-report.ts'), to: `${CCCI_AT}/vitest-report.ts` },
    { from: here('pytest_report.py'), to: `${CCCI_AT}/ccci_report.py` },
  ];
}

export const RUNNER_PATH = `${CCCI_AT}/bin:/usr/local/bin:/usr/bin:/bin`;

const DEBIAN: Readonly<
  Record<'pytest' | 'bats', { readonly bins: readonly string[]; readonly package: string }>
> = {
  pytest: { bins: ['/usr/bin/pytest-3', '/usr/bin/pytest'], package: 'python3-pytest' },
  bats: { bins: ['/usr/bin/bats'], package: 'bats' },
};

/** Or what is missing on this machine, and how to get it. */
export async function runnerOf(
  { kind, path }: LocalTestFile,
  isThere: (path: string) => Promise<boolean> = exists,
): Promise<Runner | { readonly missing: string }> {
  const file = `${RECIPE_AT}/${path}`;
  if (kind === 'executable') return { argv: [file], env: {} };
  if (kind === 'vitest') return { argv: vitestArgv(file), env: {} };
  const { bins, package: name } = DEBIAN[kind];
  for (const bin of bins) {
    if (!(await isThere(bin))) continue;
    return kind === 'bats'
      ? { argv: [bin, '--formatter', 'tap', '--timing', file], env: {} }
      : pytest(bin, file);
  }
  return { missing: `${kind} is not installed on this machine (Debian: apt-get install ${name})` };
}

function vitestArgv(file: string): [string, ...string[]] {
  const where = ['--config', `${CCCI_AT}/vitest.config.mjs`, '--configLoader', 'native', '--root', RECIPE_AT];
  const reporters = [
    '--reporter=verbose',
    `--reporter=${CCCI_AT}/vitest-report.ts`,
    `--outputFile.json=${REPORT_AT}`,
  ];
  return [`${CCCI_AT}/bin/node`, `${MODULES_AT}/vitest/vitest.mjs`, 'run', ...where, ...reporters, file];
}

function pytest(bin: string, file: string): Runner {
  const options = ['-p', 'ccci_report', '-p', 'no:cacheprovider', '--rootdir', RECIPE_AT, '--tb=short', '-v'];
  return {
    argv: [bin, ...options, file],
    env: { PYTHONPATH: CCCI_AT, PYTHONDONTWRITEBYTECODE: '1', CCCI_REPORT: REPORT_AT },
  };
}

const PytestLine = z.object({
  name: z.string(),
  state: z.enum(['passed', 'failed', 'skipped']),
  durationMs: z.number(),
  message: z.string(),
});

/** More is not read: a report of a thousand tests is a tenth of it. */
const REPORT_BYTES = 8 * 1024 * 1024;

export interface Told {
  readonly kind: LocalKind;
  /** What the sandbox wrote at REPORT_AT. */
  readonly reportFile: string;
  /** Redacted. */
  readonly output: string;
  readonly redact: Redactor;
}

export async function reportOf({ kind, reportFile, output, redact }: Told): Promise<LocalReport> {
  if (kind === 'executable') return null;
  if (kind === 'bats') return tapReport(tapOf(output));
  const text = await readBounded(reportFile);
  if (text === null) return { tests: [], problem: 'its report is larger than anybody reads' };
  if (kind === 'vitest') return text === '' ? silent('vitest') : readReport(reportFile, RECIPE_AT, redact);
  return text === '' ? silent('pytest') : pytestReport(text, redact);
}

function silent(runner: string): LocalReport {
  return { tests: [], problem: `${runner} ended without a report` };
}

function pytestReport(text: string, redact: Redactor): LocalReport {
  const lines = ndjson(PytestLine, text);
  const tests = lines.flatMap(({ value }) =>
    value === null ? [] : [{ ...value, name: redact(value.name), message: redact(value.message) }],
  );
  return { tests, problem: tests.length === lines.length ? null : 'its report was written over' };
}

async function readBounded(file: string): Promise<string | null> {
  const handle = await open(file, 'r');
  try {
    if ((await handle.stat()).size > REPORT_BYTES) return null;
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
