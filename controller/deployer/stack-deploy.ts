/** Deploys a compose tree with `docker stack deploy`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from './app.ts';
import { pinPaths } from './compose-paths.ts';
import { pairsOf, treeAt, type Tree } from './compose.ts';
import type { Context } from './context.ts';
import { dockerText } from './docker-text.ts';
import { withEnvFiles } from './env-files.ts';
import { mergedCompose } from '../domain/recipe/compose-merge.ts';
import type { Env } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';

export type Plan = {
  app: App;
  recipeDir: string;
  tree: Tree;
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

/** abra exposes the whole env file to the `app` service; what the recipe sets itself stays. */
function exposedEnv(plan: Plan, service: Tree): Env {
  const own = pairsOf(service.environment);
  const added = Object.entries(plan.env).filter(([key]) => !own.has(key));
  return Object.fromEntries(
    added.map(([key, value]) => [key, key === 'TYPE' || key === 'RECIPE' ? plan.type : value]),
  );
}

/** What abra adds to the service `app`: its labels, and the app's env. */
export function overlayOf(plan: Plan): Tree {
  const services = treeAt(plan.tree, 'services');
  if (!Object.hasOwn(services, 'app')) return { services: {} };
  const environment = exposedEnv(plan, treeAt(services, 'app'));
  return { services: { app: { deploy: { labels: plan.labels }, environment } } };
}

export function deployedTree(plan: Plan): Tree {
  return mergedCompose([plan.tree, overlayOf(plan)]);
}

async function withVariables(plan: Plan): Promise<Plan> {
  return { ...plan, tree: await withEnvFiles(plan.tree, plan.recipeDir, plan.env) };
}

/**
 * One file is all that docker gets, and nothing in it is left to fill in: an app's .env in docker's own environment
 * could set DOCKER_HOST, DOCKER_CONFIG or LD_PRELOAD on this host.
 */
async function renderTree(plan: Plan, dir: string, oldCli: boolean): Promise<string> {
  const tree = await pinPaths(deployedTree(await withVariables(plan)), plan.recipeDir);
  const path = join(dir, 'deploy.yml');
  const version = oldCli ? { version: SCHEMA_OF_OLD_CLIS } : {};
  await writeFile(path, dockerText({ ...version, ...tree }), { mode: 0o600 });
  return path;
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
    const file = await renderTree(plan, dir, oldCli);
    const resolve = context.env.CCCI_RESOLVE_IMAGE === 'never' ? 'never' : 'always';
    const args = [
      'stack',
      'deploy',
      '-c',
      file,
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
