/** Runs the suites, those without a swarm beside the making of one, adds them up, says what was skipped, and ends with `N passed, N failed`. */
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { added, brief, type Count, countOf, NOTHING } from './count.ts';
import { makeTurns } from './turns.ts';

const ROOT = join(import.meta.dirname, '..');
const NODE = process.execPath;

const HELP = `bin/test: tests everything.

  bin/test                       verify, unit, programs, simulation, nix, loader, integration, conformance, e2e core, gitea
  bin/test --all                 and everything that takes long
  bin/test --only unit,verify    only these suites
  bin/test --list                the suites

Suites that need no swarm run while one is made; what they print is told one suite after the other.
Beside all of them, and behind them in everything, a Gitea is built for the suites e2e and gitea, which come last.
Ends 0 if nothing failed. The last line is "N passed, N failed".
The first run installs Debian packages and builds images and Gitea (minutes each); later ones reuse them.
`;

interface Suite {
  readonly name: string;
  readonly what: string;
  /** `swarm`: root, Debian packages and the private Docker Swarm of tests/sandbox; `gitea`: that of tests/gitea. */
  readonly needs: 'nothing' | 'swarm' | 'gitea';
}

const SUITES: readonly Suite[] = [
  { name: 'verify', what: 'format, lint, types, generated files', needs: 'nothing' },
  { name: 'unit', what: 'unit tests beside their files, architecture', needs: 'nothing' },
  { name: 'programs', what: 'unit tests that start programs: git, sandboxes, Chromium', needs: 'nothing' },
  { name: 'simulation', what: 'the real controller and stages on a simulated swarm', needs: 'nothing' },
  {
    name: 'nix',
    what: 'the flake and its modules, evaluated; machines that cannot be right',
    needs: 'nothing',
  },
  { name: 'loader', what: 'our reader of compose files beside docker’s own', needs: 'nothing' },
  { name: 'integration', what: 'adapters against a real swarm', needs: 'swarm' },
  { name: 'conformance', what: 'the deployer against abra’s contract', needs: 'swarm' },
  { name: 'e2e', what: 'real runs: green, broken, killed, asked for in a Gitea', needs: 'swarm' },
  { name: 'gitea', what: 'what a real Gitea answers', needs: 'gitea' },
];

const out = (line: string): void => void process.stdout.write(`${line}\n`);

type Say = (text: string) => void;

/** Runs a program of this checkout, and says what it says. */
async function run(
  argv: readonly string[],
  say: Say,
  env: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number; said: string }> {
  const child = execa(NODE, argv, {
    cwd: ROOT,
    stdin: 'ignore',
    reject: false,
    all: true,
    env: { ...env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  child.all.setEncoding('utf8').on('data', say);
  const { exitCode = 1, all: said } = await child;
  return { exitCode, said };
}

async function runVerify(say: Say): Promise<Count> {
  const result = await run([join('tests', 'verify.ts'), '--without-unit'], say);
  if (result.exitCode === 0) return { ...NOTHING, passed: 1 };
  return { ...NOTHING, failed: 1, failures: [`verify: ${brief(result.said)}`] };
}

/** Its own runner, so that whoever has the real abra needs no test framework: "57 facts agreed, 0 differ". */
async function runConformance(say: Say): Promise<Count> {
  const argv = [join('tests', 'conformance', 'main.ts'), '--abra', join(ROOT, 'bin', 'abra-builtin')];
  const result = await run(argv, say);
  const [, agreed, differ] = /(\d+) facts agreed, (\d+) differ/.exec(result.said) ?? [];
  const failed = Number(differ ?? 0);
  return {
    ...NOTHING,
    passed: Number(agreed ?? 0),
    failed: failed === 0 && result.exitCode !== 0 ? 1 : failed,
    failures: result.exitCode === 0 ? [] : [`conformance: ${brief(result.said)}`],
  };
}

interface How {
  readonly all: boolean;
  /** There is none: tests in e2e that need one are skipped. */
  readonly withoutGitea: boolean;
}

function runSuite(suite: Suite, how: How, say: Say): Promise<Count> {
  if (suite.name === 'verify') return runVerify(say);
  return suite.name === 'conformance' ? runConformance(say) : runVitest(suite, how, say);
}

async function runVitest(suite: Suite, { all, withoutGitea }: How, say: Say): Promise<Count> {
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
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const env = { E2E_ALL: all ? '1' : '', E2E_WITHOUT_GITEA: withoutGitea ? '1' : '' };
  const result = await run([vitest, ...args], say, env);
  return countOf(report, result.exitCode, suite.name);
}

async function sandboxStep(argv: readonly string[], say: Say): Promise<Count> {
  const { exitCode, said } = await run([...argv], say);
  return exitCode === 0 ? NOTHING : stepFailed(argv, exitCode, said);
}

function stepFailed(argv: readonly string[], exitCode: number, said: string): Count {
  const failure = `${argv.join(' ')} ended with ${exitCode}\n${brief(said)}`;
  return { ...NOTHING, failed: 1, failures: [failure] };
}

const installPackages = (say: Say): Promise<Count> =>
  sandboxStep([join('tests', 'sandbox', 'install.ts')], say);
const makeSandbox = (say: Say): Promise<Count> =>
  sandboxStep([join('tests', 'sandbox', 'main.ts'), 'up'], say);

/** What tests/gitea/main.ts ends with where something has to be installed first, which bin/test does not do. */
const UNAVAILABLE = 69;

async function buildGitea(say: Say): Promise<Count> {
  const argv = [join('tests', 'gitea', 'main.ts'), 'build'];
  const { exitCode, said } = await run(argv, say);
  if (exitCode === 0) return NOTHING;
  if (exitCode !== UNAVAILABLE) return stepFailed(argv, exitCode, said);
  return { ...NOTHING, skipped: [`the suite gitea: ${said.replace(/^gitea: /, '')}`] };
}

async function cleanUp(suites: readonly Suite[], keep: boolean): Promise<void> {
  if (keep || !suites.some(({ needs }) => needs === 'swarm')) return;
  await run([join('tests', 'sandbox', 'main.ts'), 'down'], (text) => process.stdout.write(text));
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

/** Unit tests use bubblewrap, Chromium and pytest where they are there, so these come before them. */
const PACKAGES = { name: 'packages', what: 'the Debian packages that the suites use' } as const;
const SANDBOX = { name: 'sandbox', what: 'the private swarm that the next suites need' } as const;
const GITEA = { name: 'gitea-build', what: 'the Gitea that the next suites need' } as const;

/** The suites by when they can be run, and what has to be made for them. */
function partsOf(suites: readonly Suite[]) {
  const local = suites.filter(({ needs }) => needs === 'nothing');
  const onSwarm = suites.filter(({ needs, name }) => needs === 'swarm' && name !== 'e2e');
  const whole = suites.filter(({ name }) => name === 'e2e');
  const onGitea = suites.filter(({ needs }) => needs === 'gitea');
  const swarm = onSwarm.length + whole.length > 0 ? [SANDBOX] : [];
  const packages = swarm.length > 0 ? [PACKAGES] : [];
  const gitea = onGitea.length + whole.length > 0 ? [GITEA] : [];
  return { local, onSwarm, whole, onGitea, swarm, packages, gitea };
}

/**
 * What needs no swarm goes on beside the making of one; what opens browsers and apps on it comes after, because it has limits of time.
 * Whole runs with real containers come when all else is over: their apps have real health checks with real limits.
 */
async function runAll(suites: readonly Suite[], all: boolean): Promise<Count[]> {
  const { local, onSwarm, whole, onGitea, swarm, packages, gitea } = partsOf(suites);
  const order = [...packages, ...local, ...swarm, ...onSwarm, ...gitea, ...whole, ...onGitea];
  const turns = makeTurns(
    order.map(({ name }) => name),
    (text) => process.stdout.write(text),
  );
  const tell = async (
    { name, what }: Pick<Suite, 'name' | 'what'>,
    work: (say: Say) => Promise<Count>,
  ): Promise<Count> => {
    const from = performance.now();
    const say: Say = (text) => turns.say(name, text);
    say(`\n== ${name}: ${what}\n`);
    const count = await work(say);
    const seconds = Math.round((performance.now() - from) / 1000);
    say(`== ${name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s\n`);
    turns.end(name);
    return { ...count, took: [`${name} ${seconds} s`] };
  };
  let withoutGitea = false;
  const test = (suite: Suite): Promise<Count> =>
    tell(suite, (say) => runSuite(suite, { all, withoutGitea }, say));
  /** Those that are to be run once what they need is there, or the reason why they are not. */
  const needing = async (some: readonly Suite[], made: Promise<Count>): Promise<Count[]> => {
    const { failed, skipped } = await made;
    if (failed === 0 && skipped.length === 0) return inTurn(some, test);
    for (const { name } of some) turns.end(name);
    const why = (name: string): string => `the suite ${name}: what it needs was not made`;
    return [{ ...NOTHING, skipped: skipped.length > 0 ? [] : some.map(({ name }) => why(name)) }];
  };
  const giteaBuilt = gitea.length === 0 ? Promise.resolve(NOTHING) : tell(GITEA, buildGitea);
  const installed = swarm.length === 0 ? NOTHING : await tell(PACKAGES, installPackages);
  const made =
    swarm.length === 0 || installed.failed > 0 ? Promise.resolve(installed) : tell(SANDBOX, makeSandbox);
  if (installed.failed > 0) turns.end(SANDBOX.name);
  const beside = await inTurn(local, test);
  const short = await needing(onSwarm, made);
  const sandbox = await made;
  const first = sandbox === installed ? [installed] : [installed, sandbox];
  const built = await giteaBuilt;
  withoutGitea = built.failed > 0 || built.skipped.length > 0;
  const last = [...(await needing(whole, made)), ...(await needing(onGitea, giteaBuilt))];
  return [...first, ...beside, ...short, built, ...last];
}

async function inTurn(suites: readonly Suite[], test: (suite: Suite) => Promise<Count>): Promise<Count[]> {
  const counts: Count[] = [];
  for (const suite of suites) counts.push(await test(suite));
  return counts;
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
  const began = performance.now();
  out(`Testing ${suites.map((suite) => suite.name).join(', ')} on ${availableParallelism()} processors.`);
  const counts: Count[] = [];
  try {
    counts.push(...(await runAll(suites, values.all === true)));
  } finally {
    await cleanUp(suites, values.keep === true);
  }
  const total = counts.reduce(added, NOTHING);
  const left = SUITES.filter((suite) => !suites.includes(suite)).map((suite) => `the suite ${suite.name}`);
  const skipped = [...left, ...total.skipped];
  out(
    skipped.length === 0
      ? '\nNothing was skipped.'
      : `\nSkipped:\n${skipped.map((each) => `  ${each}`).join('\n')}`,
  );
  if (total.failures.length > 0) out(`\nFailed:\n${total.failures.map((each) => `  ${each}`).join('\n')}\n`);
  out(`Took ${Math.round((performance.now() - began) / 1000)} s: ${total.took.join(', ')}.`);
  out(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}

await main();
