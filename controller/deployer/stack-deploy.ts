import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from './app.ts';
import { pinPaths } from './compose-paths.ts';
import { escapeDollars, servicePairs, serviceNames, textOf, type ComposeFile, type Tree } from './compose.ts';
import type { Context } from './context.ts';
import type { Env } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';

export type Plan = {
  app: App;
  recipeDir: string;
  files: readonly ComposeFile[];
  env: Env;
  /** Labels that abra adds to the `app` service. */
  labels: Env;
  /** What TYPE reads inside the container: `recipe:version`. */
  type: string;
};

/** Resolving every image against its registry is slow, but pulling is swarm's and slower. */
const STACK_DEPLOY_TIMEOUT_MS = 600_000;

/** Docker's CLI before 25 takes a file without `version:` for schema 1.0 and refuses it. */
const SCHEMA_OF_OLD_CLIS = '3.9';

/** `- NAME` without a value passes the app's value through. */
function passedThrough(plan: Plan, service: string): Env {
  const pairs = servicePairs(plan.files, service, (tree) => tree.environment);
  const bare = [...pairs].filter(([key, value]) => value === undefined && plan.env[key] !== undefined);
  return Object.fromEntries(bare.map(([key]) => [key, plan.env[key] ?? '']));
}

/** abra exposes the whole env file to the `app` service; what the recipe sets itself stays. */
function exposedEnv(plan: Plan): Env {
  const own = servicePairs(plan.files, 'app', (tree) => tree.environment);
  const added = Object.entries(plan.env).filter(([key]) => !own.has(key));
  return Object.fromEntries(
    added.map(([key, value]) => [key, key === 'TYPE' || key === 'RECIPE' ? plan.type : value]),
  );
}

/** The generated last compose file: labels, the app's env, and env passed through. */
export function overlayOf(plan: Plan): Tree {
  const services: Tree = {};
  for (const service of serviceNames(plan.files)) {
    const environment = { ...(service === 'app' ? exposedEnv(plan) : {}), ...passedThrough(plan, service) };
    const deploy = service === 'app' ? { deploy: { labels: plan.labels } } : {};
    if (Object.keys(environment).length > 0 || service === 'app')
      services[service] = { ...deploy, environment };
  }
  return { services };
}

/** All files of one deploy must name the same schema. */
function withVersion(trees: readonly Tree[], oldCli: boolean): Tree[] {
  const version =
    trees.find((tree) => tree.version !== undefined)?.version ?? (oldCli ? SCHEMA_OF_OLD_CLIS : undefined);
  if (version === undefined) return [...trees];
  return trees.map((tree) => ({ version: textOf(version), ...tree }));
}

/**
 * The files as docker gets them: the env is filled in here and not by docker, because an app's .env in
 * docker's own environment could set DOCKER_HOST, DOCKER_CONFIG or LD_PRELOAD on this host.
 */
async function renderFiles(plan: Plan, dir: string, oldCli: boolean): Promise<string[]> {
  const pinned = await Promise.all(plan.files.map((file) => pinPaths(file.filled, plan.recipeDir)));
  const trees = withVersion([...pinned, overlayOf(plan)], oldCli);
  return Promise.all(
    trees.map(async (tree, index) => {
      const path = join(dir, `${index}.yml`);
      await writeFile(path, JSON.stringify(escapeDollars(tree)), { mode: 0o600 }); // JSON is YAML
      return path;
    }),
  );
}

async function cliFeatures(context: Context): Promise<{ detach: boolean; oldCli: boolean }> {
  const [help, version] = await Promise.all([
    context.docker.run(['stack', 'deploy', '--help']),
    context.docker.run(['--version']),
  ]);
  const major = Number(/version (\d+)/.exec(version)?.[1] ?? 0);
  return { detach: help.includes('--detach'), oldCli: major < 25 };
}

/** Runs `docker stack deploy`; never prunes, as abra does not. */
export async function deployStack(context: Context, plan: Plan): Promise<void> {
  const { detach, oldCli } = await cliFeatures(context);
  const dir = await mkdtemp(join(context.abraDir, 'deploy-')); // goes with the run's ABRA_DIR, should we be killed here;
  try {
    const files = (await renderFiles(plan, dir, oldCli)).flatMap((path) => ['-c', path]);
    const resolve = context.env.CCCI_RESOLVE_IMAGE === 'never' ? 'never' : 'always';
    const args = [
      'stack',
      'deploy',
      ...files,
      `--resolve-image=${resolve}`,
      ...(detach ? ['--detach=true'] : []),
      plan.app.stack,
    ];
    const result = await context.docker.try(args, { timeoutMs: STACK_DEPLOY_TIMEOUT_MS });
    for (const line of result.stdout.split('\n').filter(Boolean)) context.log.debug(line);
    if (result.code !== 0)
      throw new Fatal(`deploy failed: ${result.stderr.trim().replaceAll(`${dir}/`, '')}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
