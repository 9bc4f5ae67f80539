/** Runs the suites one after the other, adds them up, says what was skipped, and ends with `N passed, N failed`. */
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '..');
const NODE = process.execPath;

const HELP = `bin/test: tests everything.

  bin/test                       verify, unit, simulation, integration, conformance, e2e core
  bin/test --all                 and everything that takes long
  bin/test --only unit,verify    only these suites
  bin/test --list                the suites

Ends 0 if nothing failed. The last line is "N passed, N failed".
The first run installs Debian packages and builds images (a few minutes); later ones reuse them.
`;

interface Suite {
  readonly name: string;
  readonly what: string;
  /** Needs root, Debian packages and the private Docker Swarm of tests/sandbox. */
  readonly swarm: boolean;
}

const SUITES: readonly Suite[] = [
  { name: 'verify', what: 'format, lint, types, generated files', swarm: false },
  { name: 'unit', what: 'unit tests beside their files, architecture', swarm: false },
  { name: 'simulation', what: 'the real controller and stages on a simulated swarm', swarm: false },
  { name: 'integration', what: 'adapters against a real swarm', swarm: true },
  { name: 'conformance', what: 'the deployer against abra’s contract', swarm: true },
  { name: 'e2e', what: 'real runs: green, broken, killed', swarm: true },
];

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** What failed, a line or a few each: said again at the end, where whoever sees only the last lines finds it. */
  readonly failures: readonly string[];
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

const out = (line: string): void => void process.stdout.write(`${line}\n`);

async function runVerify(): Promise<Count> {
  const result = await execa(NODE, [join('tests', 'verify.ts'), '--without-unit'], {
    cwd: ROOT,
    stdin: 'ignore',
    stdout: ['inherit', 'pipe'],
    stderr: 'inherit',
    reject: false,
  });
  if (result.exitCode === 0) return { passed: 1, failed: 0, skipped: [], failures: [] };
  return { passed: 0, failed: 1, skipped: [], failures: [`verify: ${brief(result.stdout)}`] };
}

/** Its own runner, so that whoever has the real abra needs no test framework: "57 facts agreed, 0 differ". */
async function runConformance(): Promise<Count> {
  const argv = [join('tests', 'conformance', 'main.ts'), '--abra', join(ROOT, 'bin', 'abra-builtin')];
  const result = await execa(NODE, argv, {
    cwd: ROOT,
    stdin: 'ignore',
    stdout: ['inherit', 'pipe'],
    stderr: 'inherit',
    reject: false,
  });
  const [, agreed, differ] = /(\d+) facts agreed, (\d+) differ/.exec(result.stdout) ?? [];
  const failed = Number(differ ?? 0);
  return {
    passed: Number(agreed ?? 0),
    failed: failed === 0 && result.exitCode !== 0 ? 1 : failed,
    skipped: [],
    failures: result.exitCode === 0 ? [] : [`conformance: ${brief(result.stdout)}`],
  };
}

function runSuite(suite: Suite, all: boolean): Promise<Count> {
  if (suite.name === 'verify') return runVerify();
  return suite.name === 'conformance' ? runConformance() : runVitest(suite, all);
}

async function runVitest(suite: Suite, all: boolean): Promise<Count> {
  const report = join(ROOT, '.ccci', `report-${suite.name}.json`);
  rmSync(report, { force: true });
  const args = [
    'run',
    '--project',
    suite.name,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const result = await execa(NODE, [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    env: { E2E_ALL: all ? '1' : '' },
  });
  return countOf(report, result.exitCode ?? 1, suite.name);
}

function countOf(file: string, exitCode: number, suite: string): Count {
  let parsed;
  try {
    parsed = Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const why = `${suite}: no report (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
    return { passed: 0, failed: 1, skipped: [], failures: [why] };
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
  return { passed: parsed.numPassedTests, failed: failures.length, skipped, failures };
}

/** The first lines of `text`, of what went wrong where there is more, with an indent. */
function brief(text: string): string {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(?:ok\s|agrees\s|\s+at .*node_modules)/.test(line));
  return lines
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');
}

async function prepare(suites: readonly Suite[]): Promise<void> {
  if (!suites.some((suite) => suite.swarm)) return;
  await execa(NODE, [join('tests', 'sandbox', 'install.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await execa(NODE, [join('tests', 'sandbox', 'main.ts'), 'up'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function cleanUp(suites: readonly Suite[], keep: boolean): Promise<void> {
  if (keep || !suites.some((suite) => suite.swarm)) return;
  await execa(NODE, [join('tests', 'sandbox', 'main.ts'), 'down'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
  });
}

function chosen(only: string | undefined): readonly Suite[] {
  if (only === undefined) return SUITES;
  const names = only.split(',');
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `bin/test: no suite named ${unknown.join(', ')}. There are: ${SUITES.map((suite) => suite.name).join(', ')}.\n`,
    );
    process.exit(2);
  }
  return SUITES.filter((suite) => names.includes(suite.name));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean' },
      only: { type: 'string' },
      list: { type: 'boolean' },
      keep: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return void process.stdout.write(HELP);
  if (values.list === true) return SUITES.forEach((suite) => out(`${suite.name.padEnd(12)} ${suite.what}`));
  const suites = chosen(values.only);
  const total = { passed: 0, failed: 0, skipped: [] as string[], failures: [] as string[] };
  const began = performance.now();
  out(`Testing ${suites.map((suite) => suite.name).join(', ')} on ${availableParallelism()} processors.`);
  try {
    await prepare(suites);
    for (const suite of suites) {
      const from = performance.now();
      out(`\n== ${suite.name}: ${suite.what}`);
      const count = await runSuite(suite, values.all === true);
      total.passed += count.passed;
      total.failed += count.failed;
      total.skipped.push(...count.skipped);
      total.failures.push(...count.failures);
      out(
        `== ${suite.name}: ${count.passed} passed, ${count.failed} failed in ${Math.round((performance.now() - from) / 1000)} s`,
      );
    }
  } finally {
    await cleanUp(suites, values.keep === true);
  }
  const left = SUITES.filter((suite) => !suites.includes(suite)).map((suite) => `the suite ${suite.name}`);
  const skipped = [...left, ...total.skipped];
  out(
    skipped.length === 0
      ? '\nNothing was skipped.'
      : `\nSkipped:\n${skipped.map((each) => `  ${each}`).join('\n')}`,
  );
  if (total.failures.length > 0) out(`\nFailed:\n${total.failures.map((each) => `  ${each}`).join('\n')}\n`);
  out(`Took ${Math.round((performance.now() - began) / 1000)} s.`);
  out(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

await main();
