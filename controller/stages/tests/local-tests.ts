/** The tests of the recipe's own repository at the tested commit, each file in a sandbox of its own against the live app. */
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { durationMs } from '../../api/primitives.ts';
import type { Quarantined } from '../../api/quarantine.ts';
import type { PreparedData } from '../../api/stage-data.ts';
import type { Cause } from '../../api/stage.ts';
import { keptText, omittedText } from '../../domain/text/head-tail.ts';
import { treeEntriesOf } from '../../domain/recipe/git-tree.ts';
import type { TestsJudged } from '../../domain/tests/judge-tests.ts';
import { judgeLocalFile, judgeLocalTests, type LocalJudgement } from '../../domain/tests/local-judge.ts';
import { LOCAL_TESTS_DIR, localTestsOf, type LocalTestFile } from '../../domain/tests/local-tests.ts';
import { formsOf } from '../../domain/secrets/redact.ts';
import { messageOf } from '../../runtime/errors.ts';
import { readSidecar, type SecretValues } from '../../store/sidecar.ts';
import type { App, StageContext, Step } from '../step/context.ts';
import { git } from '../../git/git.ts';
import {
  CCCI_AT,
  RECIPE_AT,
  REPORT_AT,
  reportOf,
  RUNNER_PATH,
  type Runner,
  runnerBinds,
  runnerOf,
} from './local-runners.ts';
import { MARK_VARIABLE } from '../../host/marked-processes.ts';
import { quarantineOf } from './quarantine.ts';
import { openRelay, type Relay } from '../sandbox/relay.ts';
import { runInSandbox, type SandboxEnd, SandboxError, sandboxUid } from '../sandbox/sandbox.ts';
import { type Bind, LIMITS, type SandboxLimits } from '../sandbox/plan.ts';

/** Files that do not come to their turn within this are red as those that do not end. */
const TOTAL_MS = 5 * 60_000;
/** A recipe has a few; more would only make the limit above the judge. */
const MAX_FILES = 100;
const SECRETS_AT = '/run/secrets';

/** Null where there are none, or where the RecipeSpec does not want them: nothing is then said as passed. */
export async function runLocalTests(
  context: App & Step,
  prepared: PreparedData,
): Promise<TestsJudged | null> {
  const { checkout, env, layout, log, request } = context;
  const { enabled } = request.settings.localTests;
  const listing = await git(
    ['ls-tree', '-r', '-l', '-z', '--full-tree', prepared.commit, '--', `${LOCAL_TESTS_DIR}/`],
    { cwd: checkout, env },
  );
  const { files, others } = localTestsOf(treeEntriesOf(listing));
  if (!enabled || files.length === 0) {
    if (files.length > 0)
      log.say(`${files.length} test files of the recipe's own are not run: localTests.enabled is false.`);
    else if (others.length > 0)
      log.say(
        `${LOCAL_TESTS_DIR}/ holds no test that cc-ci knows by its name: ${others.slice(0, 10).join(', ')}.`,
        'warn',
      );
    return null;
  }
  await mkdir(layout.secretsDir(request.uid), { recursive: true, mode: 0o700 });
  const dir = await mkdtemp(join(layout.secretsDir(request.uid), 'local-tests-'));
  let relay: Relay | null = null;
  try {
    await exportTree(context, prepared.commit, join(dir, 'recipe'));
    relay = await openRelay({
      domain: request.app.domain,
      address: context.config.proxyAddress,
      caFile: context.config.caFile,
      dir,
      env,
      onRefused: (what) => log.say(`A test of the recipe's own was not let through: ${what}`, 'warn'),
    });
    const secrets = await readSidecar(context.sidecar);
    const quarantine = quarantineOf(context).inForce;
    return await runFiles({ context, prepared, dir, relay, secrets, quarantine }, files);
  } catch (error) {
    context.signal.throwIfAborted();
    return notMade(error);
  } finally {
    await relay?.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** What keeps us from running them is never the recipe's fault. */
function notMade(error: unknown): TestsJudged {
  const message = `The recipe’s own tests could not be run: ${messageOf(error)}`;
  const nextStep =
    'This is a fault of this machine: see `ccci-ctl doctor`, or set localTests.enabled to false in the RecipeSpec.';
  return { outcome: 'errored', tests: [], message, cause: { reason: 'SandboxFailed', message, nextStep } };
}

/** From git's objects, not from the work tree, which abra may have changed. Readable for whoever the sandbox's user is. */
async function exportTree(
  { checkout, env }: Pick<StageContext, 'checkout' | 'env'>,
  commit: string,
  to: string,
): Promise<void> {
  await mkdir(to, { mode: 0o755 });
  const here = { cwd: checkout, env: { ...env, GIT_INDEX_FILE: `${to}.index` } };
  await git(['read-tree', commit], here);
  await git(['checkout-index', '--all', '--force', `--prefix=${to}/`], here);
  await execa('chmod', ['-R', 'a+rX', '--', to], { env, extendEnv: false, stdin: 'ignore' });
}

interface Run {
  readonly context: App & Step;
  readonly prepared: PreparedData;
  readonly dir: string;
  readonly relay: Relay;
  readonly secrets: SecretValues;
  readonly quarantine: readonly Quarantined[];
}

async function runFiles(run: Run, files: readonly LocalTestFile[]): Promise<TestsJudged> {
  const until = performance.now() + TOTAL_MS;
  const judged: LocalJudgement[] = [];
  let notJudged: Cause | null = null;
  for (const [index, file] of files.entries()) {
    const left = until - performance.now();
    if (left <= 0 || index >= MAX_FILES) {
      judged.push({ tests: [], cause: notReached(files.slice(index)) });
      break;
    }
    const runner = await runnerOf(file);
    if ('missing' in runner) notJudged ??= missing(file, runner.missing);
    else judged.push(await runFile(run, { file, runner, index, left }));
  }
  return judgeLocalTests(judged, notJudged, run.quarantine);
}

function notReached(files: readonly LocalTestFile[]): Cause {
  const message = `The recipe’s own tests did not end within ${TOTAL_MS / 1_000} s, or are more than ${MAX_FILES} files: ${files.length} were not run.`;
  return {
    reason: 'TestsTimedOut',
    message,
    evidence: files
      .map(({ path }) => path)
      .join('\n')
      .slice(0, 2_000),
  };
}

function missing({ path }: LocalTestFile, what: string): Cause {
  const message = `${path} was not run: ${what}.`;
  return {
    reason: 'RunnerMissing',
    message,
    nextStep: 'Install it, or set localTests.enabled to false in the RecipeSpec.',
  };
}

interface Turn {
  readonly file: LocalTestFile;
  readonly runner: Runner;
  readonly index: number;
  readonly left: number;
}

async function runFile(run: Run, { file, runner, index, left }: Turn): Promise<LocalJudgement> {
  const { context, dir, secrets } = run;
  const { log, signal } = context;
  const say = log.from('recipe-tests');
  say(`> ${file.path} (${file.kind})`);
  const mark = `${context.env[MARK_VARIABLE] ?? `local/${process.pid}`}/local-${index}`;
  const own = join(dir, `file-${index}`);
  const places = await placesFor(run, { own, mark });
  const limits: SandboxLimits = {
    ...LIMITS,
    timeoutMs: Math.ceil(Math.min(left, durationMs(context.request.settings.localTests.timeout))),
  };
  const began = performance.now();
  const end = await runInSandbox({
    dir: own,
    domain: context.request.app.domain,
    relaySocket: run.relay.socket,
    mark,
    outerEnv: context.env,
    now: context.clock.now(),
    signal,
    argv: runner.argv,
    cwd: RECIPE_AT,
    env: { ...environmentFor(run), ...runner.env },
    binds: places.binds,
    report: places.report,
    limits,
  });
  const seconds = Math.round(performance.now() - began) / 1_000;
  const margin = formsOf(Object.values(secrets))[0]?.length ?? 0;
  const output = keptText(end.output, log.redact, margin);
  say(output.trimEnd());
  sayLimits(end, context);
  const report = await reportOf({
    kind: file.kind,
    reportFile: places.report.from,
    output,
    redact: log.redact,
  });
  const { timeoutMs, memoryBytes } = limits;
  const told = { seconds: timeoutMs / 1_000, memoryMib: memoryBytes / 1024 / 1024 };
  return judgeLocalFile(
    { ...file, quarantine: run.quarantine },
    { ...end, seconds, output, limits: told },
    report,
  );
}

function sayLimits({ output, cgroup }: SandboxEnd, { log }: Pick<Step, 'log'>): void {
  if (output.omitted > 0) log.say(`The output was cut: ${omittedText(output.omitted)}`, 'warn');
  if (cgroup === null)
    log.say(
      'There are no cgroups to use here: memory and processes were bounded one by one, not as a whole.',
      'warn',
    );
}

/** Everything that one file's sandbox sees of this machine. */
async function placesFor(
  { context, dir, relay, secrets }: Run,
  { own, mark }: { own: string; mark: string },
): Promise<{ binds: Bind[]; report: Bind }> {
  const uid = sandboxUid(mark);
  await mkdir(own, { mode: 0o700 });
  const give = async (name: string, text: string, mode: number): Promise<string> => {
    const file = join(own, name);
    await writeFile(file, text, { mode });
    await chown(file, uid, uid);
    return file;
  };
  const granted: Bind[] = [];
  for (const name of context.request.settings.localTests.secrets) {
    const value = secrets[name];
    if (value === undefined)
      throw new SandboxError(`localTests.secrets names "${name}", and the app has no secret of that name.`);
    granted.push({ from: await give(`secret-${name}`, value, 0o400), to: `${SECRETS_AT}/${name}` });
  }
  await chmod(relay.caFile, 0o644);
  return {
    binds: [
      { from: join(dir, 'recipe'), to: RECIPE_AT },
      { from: relay.caFile, to: `${CCCI_AT}/ca.crt` },
      ...runnerBinds(),
      ...granted,
    ],
    report: { from: await give('report', '', 0o600), to: REPORT_AT },
  };
}

/** What docs/write-recipe-tests.md promises. */
function environmentFor({ context: { request }, prepared }: Run): Record<string, string> {
  const { app, recipe, settings } = request;
  const ca = `${CCCI_AT}/ca.crt`;
  return {
    CCCI_APP_URL: `https://${app.domain}`,
    CCCI_APP_DOMAIN: app.domain,
    CCCI_CA_FILE: ca,
    CCCI_SECRETS_DIR: SECRETS_AT,
    CCCI_RECIPE: recipe,
    CCCI_COMMIT: prepared.commit,
    CCCI_VERSION: prepared.version ?? '',
    CCCI_HEALTH_PATH: settings.health.path,
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: ca,
    CURL_CA_BUNDLE: ca,
    REQUESTS_CA_BUNDLE: ca,
    PATH: RUNNER_PATH,
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
  };
}
