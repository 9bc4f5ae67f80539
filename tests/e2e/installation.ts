/** A whole cc-ci on the test sandbox: fixture recipes as git repositories, their RecipeSpecs, the proxy, a controller. Used by the e2e tests, the benchmark and the demo. */
import { createWriteStream, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';
import { parse, stringify } from 'yaml';
import { makeAbra } from '../../controller/abra/driver.ts';
import type { RunResults } from '../../controller/api/results.ts';
import { API_VERSION } from '../../controller/api/primitives.ts';
import { TestRunStatus, type TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { type Config, environmentOf, readConfig, ROOT } from '../../controller/config.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { ensureProxy } from '../../controller/proxy/proxy.ts';
import { readIfThere } from '../../controller/store/atomic.ts';
import { type Layout, makeLayout } from '../../controller/store/layout.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { makeNetworkKeeper } from '../../controller/swarm/joined.ts';
import { makeSpecReader } from '../../controller/swarm/specs.ts';
import type { Group } from '../images/manifest.ts';
import { makeRecipeRepo } from '../sandbox/repos.ts';
import { ensureSandbox, type Sandbox } from '../sandbox/sandbox.ts';

/** Fixture recipes that are enrolled, and where their RecipeSpec's text stands. */
const RECIPES = {
  'custom-html': join(ROOT, 'recipes', 'custom-html.yaml'),
  'custom-html-tiny': join(ROOT, 'tests', 'recipes', 'custom-html-tiny', 'recipe-spec.yaml'),
  mediawiki: join(ROOT, 'tests', 'recipes', 'mediawiki', 'recipe-spec.yaml'),
  'tiny-web': join(ROOT, 'tests', 'recipes', 'tiny-web', 'recipe-spec.yaml'),
  'matrix-synapse': join(ROOT, 'tests', 'recipes', 'matrix-synapse', 'recipe-spec.yaml'),
} as const;

export interface Installation {
  readonly sandbox: Sandbox;
  readonly config: Config;
  readonly layout: Layout;
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly recipesDir: string;
  readonly repos: string;
  /** `env` is beside, and over, what the installation has. */
  startController(options?: {
    readonly maxTests?: number;
    readonly env?: Readonly<Record<string, string>>;
  }): ResultPromise;
  /** Writes a TestRun. */
  run(name: string, spec: object): Promise<void>;
  /** Enrols a recipe with settings of its own; `repo` is a path. */
  enrol(name: string, repo: string, settings?: object): Promise<void>;
  status(name: string): Promise<TestRunStatusBody | null>;
  results(name: string): Promise<RunResults>;
  /** Looks until it finds something, by default every 50 ms for 180 s. */
  until<T>(
    what: string,
    look: () => Promise<T | null>,
    times?: number | { readonly ms?: number; readonly everyMs?: number },
  ): Promise<T>;
  finished(name: string, ms?: number): Promise<TestRunStatusBody>;
  ctl(args: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  stop(): Promise<void>;
  destroy(): Promise<void>;
}

export interface InstallationOptions {
  /** Kept between calls if given, else a temporary folder. */
  readonly dir?: string;
  readonly maxTests?: number;
  readonly extra?: Readonly<Record<string, string>>;
  readonly say?: (text: string) => void;
  readonly sandboxName?: string;
  /** Groups of tests/images that the recipes need beside `core`. */
  readonly groups?: readonly Group[];
}

/** The sandbox's own registry, and a port beside it where nobody answers: both are on this machine. */
const ownRegistries = (registry: string): string[] => [registry, `${registry.split(':')[0]}:1`];

export async function makeInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const { sandboxName: name, groups = [] } = options;
  const sandbox = await ensureSandbox({
    groups: ['core', ...groups],
    ...(name === undefined ? {} : { name }),
  });
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'ccci-e2e-')));
  const recipesDir = join(dir, 'recipes');
  const repos = join(dir, 'repos');
  for (const folder of [recipesDir, repos]) await mkdir(folder, { recursive: true });
  const env = environmentFor(sandbox, {
    dir,
    recipesDir,
    maxTests: options.maxTests ?? 1,
    extra: options.extra ?? {},
  });
  const config = readConfig(env);
  const layout = makeLayout(config.stateDir);
  // With statuses too: runs by hand begin beside the controller's start, which would miss them.
  const whole = [layout.testruns, layout.statuses];
  await Promise.all(whole.map((folder) => mkdir(folder, { recursive: true })));
  const controllers: ResultPromise[] = [];

  const enrol: Installation['enrol'] = async (name, repo, settings = {}) => {
    const base = RECIPES[name as keyof typeof RECIPES] ?? RECIPES['tiny-web'];
    const { spec } = parse(await readFile(base, 'utf8')) as { spec: object };
    const document = {
      apiVersion: API_VERSION,
      kind: 'RecipeSpec',
      metadata: { name },
      spec: {
        ...spec,
        source: { repo },
        allow: { registries: ownRegistries(sandbox.registry) },
        ...settings,
      },
    };
    await writeFile(join(recipesDir, `${name}.yaml`), stringify(document));
  };
  for (const recipe of Object.keys(RECIPES)) await enrol(recipe, (await makeRecipeRepo(recipe, repos)).path);
  await proxyFor({ sandbox, config, repos, say: options.say ?? (() => undefined) });

  const status: Installation['status'] = async (name) => {
    const text = await readIfThere(layout.statusFile(name));
    return text === null ? null : TestRunStatus.parse(JSON.parse(text)).status;
  };
  const until: Installation['until'] = async (what, look, times = {}) => {
    const { ms = 180_000, everyMs = 50 } = typeof times === 'number' ? { ms: times } : times;
    const end = performance.now() + ms;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (performance.now() > end) throw new Error(`Not within ${ms / 1000} s: ${what}`);
      await delay(everyMs);
    }
  };
  const stop = async (): Promise<void> => {
    for (const child of controllers.splice(0)) {
      child.kill('SIGTERM');
      await child;
    }
  };
  return {
    sandbox,
    config,
    layout,
    dir,
    env,
    recipesDir,
    repos,
    enrol,
    status,
    until,
    stop,
    startController: ({ maxTests, env: more = {} } = {}) => {
      // The log is a descriptor of the controller's own, so that it may outlive us (bin/demo --keep).
      const log = openSync(join(dir, 'controller.log'), 'a');
      const output = createWriteStream('', { fd: log });
      const child = execa(process.execPath, [join(ROOT, 'controller', 'main.ts')], {
        env: { ...env, ...(maxTests === undefined ? {} : { CCCI_MAX_TESTS: String(maxTests) }), ...more },
        extendEnv: false,
        reject: false,
        detached: true,
        cleanup: false,
        buffer: false,
        stdin: 'ignore',
        stdout: output,
        stderr: output,
      });
      output.destroy();
      controllers.push(child);
      return child;
    },
    run: async (name, spec) =>
      writeFile(
        layout.specFile(name),
        stringify({
          apiVersion: API_VERSION,
          kind: 'TestRun',
          metadata: { name },
          // The rest takes a minute more, and is asked for where it is looked at.
          spec: { stages: ['install'], ...spec },
        }),
      ),
    results: async (name) => {
      const uid = (await status(name))?.uid ?? '';
      return JSON.parse(
        (await readIfThere(join(layout.runDir(uid), 'results.json'))) ?? 'null',
      ) as RunResults;
    },
    finished: (name, ms) =>
      until(
        `${name} finished`,
        async () => {
          const seen = await status(name);
          return seen?.finishedAt == null ? null : seen;
        },
        ms,
      ),
    ctl: async (args) => {
      const result = await execa(join(ROOT, 'bin', 'ccci-ctl'), args, {
        env,
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
      });
      return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
    },
    destroy: async () => {
      await stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface Places {
  readonly dir: string;
  readonly recipesDir: string;
  readonly maxTests: number;
  readonly extra: Readonly<Record<string, string>>;
}

function environmentFor(
  sandbox: Sandbox,
  { dir, recipesDir, maxTests, extra }: Places,
): Record<string, string> {
  const base = readConfig({ PATH: process.env['PATH'], HOME: process.env['HOME'] });
  return {
    ...environmentOf(base),
    NODE_COMPILE_CACHE: join(ROOT, '.ccci', 'compile-cache'),
    CCCI_STATE_DIR: join(dir, 'state'),
    CCCI_RECIPES_DIR: recipesDir,
    CCCI_DOCKER_HOST: sandbox.dockerHost,
    CCCI_ZONE: sandbox.zone,
    CCCI_PROXY_ADDRESS: sandbox.address,
    CCCI_CA_FILE: sandbox.caFile,
    CCCI_RESOLVE_IMAGE: 'never',
    // Ten times what QUICK makes the proxy lag.
    CCCI_ROUTE_GRACE: '4s',
    CCCI_MAX_TESTS: String(maxTests),
    CCCI_ABRA_BIN: process.env['CCCI_ABRA_BIN'] ?? join(ROOT, 'bin', 'abra-builtin'),
    ...extra,
  };
}

/** How soon a new service gets its route: production polls every 15 s, a test does not wait for that. */
const QUICK = { SWARM_REFRESH_SECONDS: '0.3s', PROVIDERS_THROTTLE_DURATION: '100ms' };

/** The same for all tests, so that the proxy is not restarted between them; with two to spare, enough for six runs. */
const SLOTS = 4;

async function proxyFor({
  sandbox,
  config,
  repos,
  say,
}: {
  sandbox: Sandbox;
  config: Config;
  repos: string;
  say: (text: string) => void;
}): Promise<void> {
  const { path, head } = await makeRecipeRepo('traefik', repos);
  const abraDir = join(sandbox.dir, 'proxy-abra');
  const abra = makeAbra({
    bin: join(ROOT, 'bin', 'abra-builtin'),
    kind: 'builtin',
    abraDir,
    dockerHost: sandbox.dockerHost,
    env: { ...config.baseEnv, CCCI_RESOLVE_IMAGE: 'never' },
  });
  const deps = {
    swarm: makeSwarm({ dockerHost: sandbox.dockerHost }),
    specs: makeSpecReader({ dockerHost: sandbox.dockerHost }),
    networks: makeNetworkKeeper({ dockerHost: sandbox.dockerHost }),
    abra,
    clock: systemClock,
    wait: async (ms: number) => void (await delay(ms)),
    abraDir,
    env: config.baseEnv,
    say,
  };
  await ensureProxy(deps, {
    zone: sandbox.zone,
    repo: path,
    ref: head,
    certFile: sandbox.certFile,
    keyFile: sandbox.keyFile,
    settings: QUICK,
    routes: [],
    slots: SLOTS,
  });
}
