/** Recipes with one thing wrong each, through a whole cc-ci: the verdict, its first cause, and an empty swarm afterwards. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResults } from '../../controller/api/results.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { formsOf } from '../../controller/domain/secrets/redact.ts';
import { ourStackOf } from '../../controller/domain/run/names.ts';
import { installationOf } from '../../controller/runtime/identity.ts';
import type { StageContext } from '../../controller/stages/step/context.ts';
import { readSidecar, sidecarFile } from '../../controller/store/sidecar.ts';
import { deployHead } from '../../controller/stages/app/deploy.ts';
import { cloneAt } from '../../controller/git/git.ts';
import { markedProcesses } from '../../controller/host/marked-processes.ts';
import { StageFailure } from '../../controller/stages/step/report.ts';
import { teardown } from '../../controller/stages/programs/teardown.ts';
import { installationKey } from '../../controller/store/state-dir.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { DEFECTS } from './defects/all.ts';
import { type Defect, replaceIn, SERVES } from './defects/defect.ts';
import { contextByHand } from './defects/hand-context.ts';
import { tellsSecret } from './defects/tells-secret.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { lineOf } from './variants.ts';
import { openWitness, type Witness } from './witness.ts';

/** More than processors: most of a broken run is waiting. */
const AT_ONCE = 4;
const HOST_SECRET = 'root:only-this-machine-knows-it';

interface Ended {
  readonly status: TestRunStatusBody;
  readonly results: RunResults;
}

let inst: Installation;
let key: string;
const ended = new Map<string, Ended>();
const tookBack = new Map<string, TookBack>();
let toldSecrets: string[];
/** Of somebody else's Docker, the host is not known. */
let witness: Witness | null = null;
let touched: string[] = [];
let afterAllRuns: { readonly heard: readonly string[]; readonly changes: readonly string[] };

async function touchedBy(seeing: Witness | null): Promise<string[]> {
  await seeing?.touch();
  return (await seeing?.heard()) ?? [];
}

async function sawOf(seeing: Witness | null): Promise<typeof afterAllRuns> {
  if (seeing === null) return { heard: [], changes: [] };
  return { heard: await seeing.heard(), changes: await seeing.changes() };
}

async function enrol(defect: Defect): Promise<void> {
  const { name, base = 'tiny-web', settings, ref = 'main' } = defect;
  const around = { registry: inst.sandbox.registry, hostFile: join(inst.dir, 'host.conf') };
  const repo = await makeVariantRepo({ base, name, into: inst.repos }, (dir) => defect.edit(dir, around));
  await inst.enrol(name, repo.path, settings);
  await inst.run(name, { recipe: name, source: { ref } });
}

/** The values that the run made, read while they exist. */
async function secretsOf(name: string): Promise<string[]> {
  return inst.until(
    `the secrets of ${name}`,
    async () => {
      const uid = (await inst.status(name))?.uid;
      const values = uid === undefined ? [] : Object.values(await readSidecar(sidecarFile(inst.layout, uid)));
      return values.length > 0 ? values : null;
    },
    300_000,
  );
}

/** The upgrade stage's question, asked of the deploy itself: an old version runs, and the head comes over it. */
const UPDATES = [
  {
    because: 'the new task ends at once',
    name: 'update-exits',
    edit: (dir: string) => replaceIn(dir, 'compose.yml', [SERVES, 'exit 3']),
  },
  {
    because: 'the new task was healthy, and ends while swarm still watches it, so that the old one serves on',
    name: 'update-dies-late',
    edit: async (dir: string) => {
      await replaceIn(dir, 'compose.yml', [SERVES, 'httpd -p 80 -h /content; sleep 4; exit 3']);
      await replaceIn(dir, 'compose.yml', [
        'monitor: 1s\n      rollback_config',
        'monitor: 20s\n      rollback_config',
      ]);
    },
  },
];

interface TookBack {
  readonly error: unknown;
  readonly failedTasks: readonly string[];
}

async function overOldVersion({ name, edit }: (typeof UPDATES)[number], slot: number): Promise<TookBack> {
  const recipe = 'tiny-web';
  const repo = await makeVariantRepo({ base: recipe, name, into: inst.repos }, edit);
  const context = await contextByHand(inst, { uid: `by-hand-${name}`, recipe, repo, key, slot });
  const { abra, checkout, env, request, swarm } = context;
  const { domain, stack } = request.app;
  const old = repo.tags['1.0.0+1.35'] ?? '';
  try {
    await cloneAt(repo.path, old, { folder: checkout, env });
    for (const done of [
      await abra.addLocalServer(),
      await abra.appNew({ recipe, domain, chaos: true }),
      await abra.secretGenerate(domain),
    ])
      expect(done).toMatchObject({ ok: true });
    expect(await deployed(context, old)).toMatchObject({ stack });
    const error = await deployed(context, repo.head);
    const { services } = await swarm.observe(stack);
    const failed = services.flatMap(({ tasks }) => tasks.filter(({ state }) => state === 'failed'));
    return { error, failedTasks: failed.map(({ id }) => id) };
  } finally {
    expect(await teardown(context)).toMatchObject({ outcome: 'passed' });
  }
}

/** The stack, or what was thrown. */
async function deployed(context: StageContext, commit: string): Promise<unknown> {
  const since = context.clock.now();
  const deadline = new Date(since.getTime() + 120_000);
  try {
    return await deployHead(context, { commit, since, deadline });
  } catch (error) {
    return error;
  }
}

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: AT_ONCE, extra: { CCCI_REAP_MIN_AGE: '1h' } });
  await writeFile(join(inst.dir, 'host.conf'), HOST_SECRET, { mode: 0o600 });
  for (const defect of DEFECTS) await enrol(defect);
  witness = await openWitness(inst.sandbox);
  touched = await touchedBy(witness);
  key = await installationKey(inst.layout, () => randomBytes(32).toString('hex'));
  void inst.startController();
  const told = secretsOf(tellsSecret.name);
  await Promise.all([
    ...DEFECTS.map(async ({ name }) => {
      const status = await inst.finished(name, 600_000);
      ended.set(name, { status, results: await inst.results(name) });
      process.stdout.write(`${lineOf(name, status)}\n`);
    }),
    ...UPDATES.map(async (update, index) => {
      const slot = AT_ONCE + 1 + index;
      tookBack.set(update.name, await overOldVersion(update, slot));
    }),
  ]);
  toldSecrets = await told;
  afterAllRuns = await sawOf(witness);
});

afterAll(async () => {
  await witness?.close();
  await inst.destroy();
});

function endOf(name: string): Ended {
  const found = ended.get(name);
  if (found === undefined) throw new Error(`The run ${name} did not end.`);
  return found;
}

describe('a recipe with one thing wrong', () => {
  it.each(DEFECTS)('$name: $because', ({ name, want }) => {
    const { status, results } = endOf(name);
    const { verdict, cause, steps } = status;
    const outcome = want.verdict === 'Failed' ? 'failed' : 'errored';
    expect({ verdict, reason: cause?.reason, service: cause?.service }).toEqual({
      verdict: want.verdict,
      reason: want.reason,
      service: want.service,
    });
    expect(cause?.message).toMatch(want.message);
    expect(cause?.evidence).toMatch(want.evidence);
    expect(cause?.nextStep).toMatch(/\w{3}/);
    expect(steps.filter((step) => step.state !== 'passed').map(({ name, state }) => [name, state])).toEqual([
      [want.stage, outcome],
    ]);
    expect(steps.at(-1)?.name).toBe('teardown');
    expect(results).toMatchObject({ verdict: want.verdict, cause, leftovers: [], attempts: 1 });
  });
});

interface Kept {
  readonly path: string;
  readonly bytes: Buffer;
}

async function filesBelow(folder: string): Promise<Kept[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (path) => ({ path, bytes: await readFile(path) })));
}

/** All that is kept of a run. */
async function keptOf(name: string): Promise<Kept[]> {
  const { uid } = endOf(name).status;
  const statusFile = inst.layout.statusFile(name);
  return [
    ...(await filesBelow(inst.layout.runDir(uid))),
    { path: statusFile, bytes: await readFile(statusFile) },
  ];
}

function holding(files: readonly Kept[], texts: readonly string[]): string[] {
  return files.filter(({ bytes }) => texts.some((text) => bytes.includes(text))).map(({ path }) => path);
}

describe('what must not be kept', () => {
  it('holds no secret of the app, in any form, though the app told it to its log and its health check', async () => {
    const files = await keptOf(tellsSecret.name);
    const log = files.find(({ path }) => path.endsWith('/artifacts/app.log'))?.bytes.toString() ?? '';
    expect(log).toContain('token is [redacted]');
    expect(log).toContain('{"basic": "');
    const names = files.map(({ path }) => path.split('/').at(-1));
    for (const name of ['results.json', 'events.ndjson', 'log.ndjson', 'tasks.json', 'tells-secret.json'])
      expect(names).toContain(name);
    expect(toldSecrets.every((value) => value.length >= 32)).toBe(true);
    expect(holding(files, formsOf(toldSecrets))).toEqual([]);
    expect((await inst.ctl(['logs', `run/${tellsSecret.name}`])).stdout).toContain('token is [redacted]');
  });

  it.each(['config-by-dots', 'config-by-link', 'config-by-linked-folder'])(
    'holds nothing of the host’s file that %s leads to',
    async (name) => {
      expect(holding(await keptOf(name), [HOST_SECRET])).toEqual([]);
    },
  );
});

describe('a start-first update that swarm takes back', () => {
  it.each(UPDATES)('is red where $because', ({ name }) => {
    const { error, failedTasks } = tookBack.get(name) ?? { error: null, failedTasks: [] };
    expect(error).toBeInstanceOf(StageFailure);
    const { fault, failure } = error as StageFailure;
    expect({ fault, reason: failure.reason, service: failure.service }).toEqual({
      fault: 'recipe',
      reason: 'SwarmRollback',
      service: 'app',
    });
    expect(failure.message).toMatch(/took back the update of service "app": the new task exited with code 3/);
    expect(failedTasks.filter((id) => failure.evidence?.includes(id))).toHaveLength(1);
    expect(failure.nextStep).toMatch(/\w{3}/);
  });
});

describe('this machine', () => {
  it('would have heard an app that asks its loopback or for its metadata, and known that a file was read', ({
    skip,
  }) => {
    skip(witness === null, 'another Docker than that of the tests');
    expect(touched.filter((line) => line.startsWith('heard at'))).toHaveLength(5);
    expect(touched).toContain('/srv/planted/canary was read');
  });

  it('saw nothing of any of them: no file, no listener, no mount, no route, no rule, no program', () => {
    expect(afterAllRuns).toEqual({ heard: [], changes: [] });
  });
});

describe('after all of them', () => {
  it('the swarm shows nothing of this installation', async () => {
    const things = await makeSwarm({ dockerHost: inst.sandbox.dockerHost }).things();
    const ours = things.filter((thing) => ourStackOf(thing, inst.config.zone, key) !== null);
    expect(ours.map(({ kind, name }) => `${kind} ${name}`)).toEqual([]);
  });

  it('this machine keeps no checkout, no secret and no process of them', async () => {
    const { layout } = inst;
    for (const folder of [layout.abraDir('.'), layout.secretsDir('.')])
      expect(await readdir(folder)).toEqual([]);
    expect(await markedProcesses(installationOf(key))).toEqual([]);
  });

  it('the proxy still runs', async () => {
    const env = { ...inst.config.baseEnv, DOCKER_HOST: inst.sandbox.dockerHost };
    const args = [
      'service',
      'ps',
      'traefik_ci_test_app',
      '--filter',
      'desired-state=running',
      '--format',
      '{{.CurrentState}}',
    ];
    const { stdout } = await promisify(execFile)('docker', args, { env });
    expect(stdout).toMatch(/^Running/);
  });
});
