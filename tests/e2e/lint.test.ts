/** Lint in whole runs: what it finds is red, and what the other stages say is shown all the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunResults } from '../../controller/api/results.ts';
import { LintData } from '../../controller/api/stage-data.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { replaceIn } from './defects/defect.ts';
import { type Installation, makeInstallation } from './installation.ts';

const STAGES = ['lint', 'install'];

interface Broken {
  readonly name: string;
  readonly because: string;
  readonly base: 'custom-html' | 'tiny-web';
  readonly edit: (dir: string) => Promise<void>;
  readonly reason: string;
  readonly message: RegExp;
  readonly evidence: string;
  readonly nextStep: RegExp;
}

const BROKEN: readonly Broken[] = [
  {
    name: 'config-not-versioned',
    because: 'a config whose file changed keeps its published version',
    base: 'custom-html',
    edit: (dir) => replaceIn(dir, 'abra.sh', ['DEFAULT_CONF_VERSION=v3', 'DEFAULT_CONF_VERSION=v2']),
    reason: 'ConfigNotVersioned',
    message: /default\.conf behind the config "default_conf" changed since 1\.1\.0\+1\.26/,
    evidence: 'abra.sh:3',
    nextStep: /export DEFAULT_CONF_VERSION=v3/,
  },
  {
    name: 'new-variable',
    because: 'a new variable without a default is not in an old .env',
    base: 'tiny-web',
    edit: async (dir) => {
      await replaceIn(dir, 'compose.yml', ['      - DOMAIN\n', '      - DOMAIN\n      - GREETING=${GREETING}\n']);
      await replaceIn(dir, '.env.sample', ['TIMEOUT=60', 'TIMEOUT=60\nGREETING=hello']);
    },
    reason: 'NewVariable',
    message: /uses GREETING, which is new, has no default, and is not in an \.env made from 1\.1\.0\+1\.37/,
    evidence: 'compose.yml:13',
    nextStep: /\$\{GREETING:-…\}/,
  },
  {
    name: 'plain-secret',
    because: 'a password in compose.yml is everybody’s',
    base: 'tiny-web',
    edit: (dir) => replaceIn(dir, 'compose.yml', ['      - DOMAIN\n', '      - DOMAIN\n      - DB_PASSWORD=hunter2\n']),
    reason: 'PlainSecret',
    message: /DB_PASSWORD of service "app" is set in plain text/,
    evidence: 'compose.yml:13',
    nextStep: /\/run\/secrets\//,
  },
]; // oxfmt-ignore

const GOOD = ['custom-html', 'tiny-web'];
const NAMES = [...BROKEN.map(({ name }) => name), ...GOOD];

let ci: Installation;
/** Recipes of which swarm had anything, looked for while they ran. */
const deployed = new Set<string>();
const statuses = new Map<string, TestRunStatusBody>();

async function watchServices(until: () => boolean): Promise<void> {
  const swarm = makeSwarm({ dockerHost: ci.sandbox.dockerHost });
  while (!until()) {
    const names = (await swarm.things()).map(({ name }) => name);
    for (const recipe of NAMES) if (names.some((name) => name.startsWith(`${recipe}-`))) deployed.add(recipe);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

beforeAll(async () => {
  ci = await makeInstallation({ maxTests: 2 });
  for (const { name, base, edit } of BROKEN) {
    const repo = await makeVariantRepo({ base, name, into: ci.repos }, edit);
    await ci.enrol(name, repo.path);
    await ci.run(name, { recipe: name, source: { ref: 'main' }, stages: STAGES });
  }
  for (const recipe of GOOD) await ci.run(recipe, { recipe, source: { ref: 'main' }, stages: STAGES });
  void ci.startController();
  let ended = false;
  const watching = watchServices(() => ended);
  for (const name of NAMES) statuses.set(name, await ci.finished(name));
  ended = true;
  await watching;
});

afterAll(() => ci.destroy());

const dataOf = (results: RunResults): LintData =>
  LintData.parse(results.steps.find((step) => step.name === 'lint')?.data);

describe('a good recipe', () => {
  it.each([
    ['custom-html', '1.1.0+1.26'],
    ['tiny-web', '1.1.0+1.37'],
  ])('%s lints clean against %s, and is installed', async (name, base) => {
    const results = RunResults.parse(await ci.results(name));
    expect(results).toMatchObject({ verdict: 'Passed', leftovers: [] });
    expect(results.steps.map((step) => [step.name, step.state])).toEqual([
      ['prepare', 'passed'],
      ['lint', 'passed'],
      ['install', 'passed'],
      ['evidence', 'passed'],
      ['teardown', 'passed'],
    ]);
    expect(dataOf(results)).toMatchObject({
      findings: [],
      omitted: 0,
      comparedWith: base,
      notCompared: null,
    });
  });

  it('is not said to satisfy rules that nobody judged', async () => {
    const { steps } = RunResults.parse(await ci.results('tiny-web'));
    const { abra } = dataOf(RunResults.parse(await ci.results('tiny-web')));
    expect(abra.ownRulesJudged).toBe(abra.kind === 'abra');
    const said = steps.find((step) => step.name === 'lint')?.message ?? '';
    expect(/R-rules were not judged/.test(said)).toBe(abra.kind !== 'abra');
  });
});

describe('what lint finds', () => {
  it.each(BROKEN)('$name: $because', async ({ name, reason, message, evidence, nextStep }) => {
    const { verdict, cause, steps } = statuses.get(name) ?? {};
    expect({ verdict, reason: cause?.reason, evidence: cause?.evidence }).toEqual({
      verdict: 'Failed',
      reason,
      evidence,
    });
    expect(cause?.message).toMatch(message);
    expect(cause?.nextStep).toMatch(nextStep);
    expect(steps?.map((step) => [step.name, step.state])).toContainEqual(['lint', 'failed']);
    // It does not hide what the app would say.
    expect(steps?.map((step) => step.name)).toContain('install');
    const results = RunResults.parse(await ci.results(name));
    expect(results).toMatchObject({ verdict: 'Failed', leftovers: [] });
    expect(dataOf(results).findings[0]).toMatchObject({ rule: reason, severity: 'error' });
    expect(JSON.stringify(results)).not.toContain('hunter2');
  });

  it('is deployed all the same, as the good ones are', () => {
    expect([...deployed].sort()).toEqual([...NAMES].sort());
  });
});
