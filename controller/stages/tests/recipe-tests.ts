/** Runs a recipe's own tests against the deployed app: vitest as a process of its own, judged by its report and nothing else. */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import type { Quarantined } from '../../api/quarantine.ts';
import type { Cause, StageName, TestCase } from '../../api/stage.ts';
import { ROOT } from '../../config.ts';
import { judgeTests, type TestsJudged } from '../../domain/tests/judge-tests.ts';
import { isRed, marked } from '../../domain/tests/quarantine.ts';
import { makeRedactor, type Redactor } from '../../domain/secrets/redact.ts';
import { CONTEXT_VARIABLE, type AppContext } from '../app/app-context.ts';
import type { SecretValues } from '../../store/sidecar.ts';
import { endMarked, MARK_VARIABLE } from '../../host/marked-processes.ts';
import { browserCause, lackedBrowser } from './browser-cause.ts';
import { readReport, type Report } from './test-report.ts';

export interface RecipeTestsRequest {
  readonly recipe: string;
  readonly stage: StageName;
  /** Holds one folder a recipe, and `_generic`. */
  readonly testsDir: string;
  /** Context file and report are written here, and removed again. */
  readonly workDir: string;
  readonly context: AppContext;
  /** The sidecar's values, to keep them out of lines and messages. */
  readonly secrets: SecretValues;
  readonly timeoutMs: number;
  /** What is in force. */
  readonly quarantine: readonly Quarantined[];
  readonly signal?: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface RecipeTestsResult extends TestsJudged {
  /** Whose tests ran: the recipe's own, or the floor that holds for every recipe. */
  readonly source: 'recipe' | 'generic' | 'none';
  /** Relative to the tests folder. */
  readonly files: readonly string[];
  readonly seconds: number;
}

/** Rejects only when aborted, with the signal's reason. */
export async function runRecipeTests(request: RecipeTestsRequest): Promise<RecipeTestsResult> {
  const started = performance.now();
  const { source, files } = await findTests(request);
  const took = (): number => Math.round(performance.now() - started) / 1_000;
  if (source === 'none') {
    const message = `There are no tests for the stage ${request.stage} in ${request.testsDir}.`;
    return { outcome: 'unverified', source, files, tests: [], message, cause: null, seconds: took() };
  }
  // The floor that holds for every recipe is no test of this one's.
  const quarantine = source === 'recipe' ? request.quarantine : [];
  const asked = { ...request, quarantine };
  const first = await runOnce(asked, files);
  if (first.outcome !== 'errored') return { ...first, source, files, seconds: took() };
  request.onLine(`Not judged: ${first.message} Once more, in a fresh process.`);
  return { ...(await runOnce(asked, files)), source, files, seconds: took() };
}

async function runOnce(request: RecipeTestsRequest, files: readonly string[]): Promise<TestsJudged> {
  const dir = await mkdtemp(join(request.workDir, 'tests-'));
  try {
    const redact = makeRedactor(Object.values(request.secrets));
    const run = await runVitest(request, { dir, files, redact });
    request.signal?.throwIfAborted();
    return judge(run, request);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** `<stage>.test.ts` and `playwright/<stage>.test.ts` of the recipe; if it has neither, the generic ones. */
async function findTests(request: RecipeTestsRequest): Promise<Pick<RecipeTestsResult, 'source' | 'files'>> {
  const name = `${request.stage}.test.ts`;
  for (const [source, folder] of [['recipe', request.recipe] as const, ['generic', '_generic'] as const]) {
    const wanted = [join(folder, name), join(folder, 'playwright', name)];
    const there = await Promise.all(wanted.map((file) => exists(join(request.testsDir, file))));
    const files = wanted.filter((_file, index) => there[index]);
    if (files.length > 0) return { source, files };
  }
  return { source: 'none', files: [] };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

interface VitestRun {
  readonly report: Report;
  readonly timedOut: boolean;
  /** Errors outside of tests stand in vitest's exit code only. */
  readonly clean: boolean;
  readonly lastLine: string;
}

interface Prepared {
  readonly dir: string;
  readonly files: readonly string[];
  readonly redact: Redactor;
}

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const CONFIG = join(ROOT, 'tests', 'harness', 'vitest.config.ts');
const REPORTER = join(import.meta.dirname, 'vitest-report.ts');
/** Vitest closes the browser on TERM; what does not end by then is killed. */
const TERM_GRACE_MS = 3_000;

async function runVitest(request: RecipeTestsRequest, { dir, files, redact }: Prepared): Promise<VitestRun> {
  const { context, testsDir, timeoutMs, signal } = request;
  const contextFile = join(dir, 'context.json');
  const reportFile = join(dir, 'report.json');
  const mark = `${context.env[MARK_VARIABLE] ?? `tests/${randomUUID()}`}/vitest`;
  const env = { ...context.env, [MARK_VARIABLE]: mark };
  await writeFile(contextFile, JSON.stringify({ ...context, env }), { mode: 0o600 });
  const child = execa(process.execPath, vitestArgs(testsDir, files, reportFile), {
    cwd: ROOT,
    env: { ...env, [CONTEXT_VARIABLE]: contextFile, NO_COLOR: '1' },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    timeout: timeoutMs,
    forceKillAfterDelay: TERM_GRACE_MS,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  let lastLine = '';
  for await (const line of child.iterable({ from: 'all' })) {
    const said = redact(line).trimEnd();
    if (said === '' || said.startsWith('JSON report written')) continue;
    lastLine = said;
    request.onLine(said);
  }
  const { timedOut, exitCode } = await child;
  // Browsers lead process groups of their own and outlive a killed vitest.
  await endMarked(mark);
  const report = await readReport(reportFile, testsDir, redact);
  return { report, timedOut, clean: exitCode === 0, lastLine };
}

function vitestArgs(testsDir: string, files: readonly string[], reportFile: string): string[] {
  const where = ['--config', CONFIG, '--root', ROOT, '--dir', testsDir];
  const reporters = ['--reporter=verbose', `--reporter=${REPORTER}`, `--outputFile.json=${reportFile}`];
  return [VITEST, 'run', ...where, ...reporters, ...files.map((file) => join(testsDir, file))];
}

/** A file that cannot be loaded, a run without tests, a browser that is gone, and our own limit are our fault and never pass. */
function judge(run: VitestRun, { quarantine, timeoutMs }: RecipeTestsRequest): TestsJudged {
  const tests = marked(run.report.tests, quarantine);
  const failed = tests.filter(isRed);
  const judging = failed.find((test) => !lackedBrowser(test));
  const red = judging === undefined ? null : testCause(judging);
  const notJudged = browserCause(failed) ?? overrun(run, timeoutMs) ?? brokenBy(run);
  return judgeTests({ tests, quarantine, red, notJudged, whose: '' });
}

/** Where a test failed, red or quarantined, the exit code says no more than that. */
function brokenBy({ report: { tests, problem }, clean, lastLine }: VitestRun): Cause | null {
  const isTold = clean || tests.some(({ state }) => state === 'failed');
  if (problem === null && isTold && tests.length > 0) return null;
  const nextStep =
    'This is a fault of the test files, not of the recipe: run them as tests/harness/README.md says.';
  return {
    reason: 'TestsBroken',
    message: 'The tests could not be run.',
    evidence: problem ?? lastLine,
    nextStep,
  };
}

/** On a busy machine it says nothing of the recipe. */
function overrun({ timedOut, lastLine }: VitestRun, timeoutMs: number): Cause | null {
  const message = `The tests did not end within ${timeoutMs / 1_000} s.`;
  return timedOut ? { reason: 'TestsTimedOut', message, evidence: lastLine } : null;
}

function testCause(test: TestCase): Cause {
  const [first = 'it says nothing'] = (test.message ?? '').split('\n');
  return {
    reason: 'TestFailed',
    message: `${test.file}: "${test.name}" failed: ${first}`,
    evidence: (test.message ?? '').slice(0, 2_000),
    nextStep: 'Look at the screenshot, the trace and the log of the service in the run’s artifacts.',
  };
}
