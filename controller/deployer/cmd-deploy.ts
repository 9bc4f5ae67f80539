/** `app deploy`: checks out the version, deploys the stack, and waits until it has converged. */
import { lookup } from 'node:dns/promises';
import { rename, writeFile } from 'node:fs/promises';
import { loadApp, type App } from './app.ts';
import { loadDeployable } from './compose-load.ts';
import { deployLabels, type ComposeFile } from './compose.ts';
import { isSet, type Context } from './context.ts';
import { parseEnv, setEnvValue, type Env } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';
import {
  checkClean,
  checkoutVersion,
  listReleases,
  openRecipe,
  readEnvSample,
  type Recipe,
} from './recipe.ts';
import { listSecretNames } from './secret-store.ts';
import { checkConfigNames, secretsOf } from './secrets.ts';
import { deployStack } from './stack-deploy.ts';
import { deployedAs, observeStack, type DeployedAs } from './swarm.ts';
import { chaosVersion, chooseVersion, parseRelease } from '../domain/recipe/version.ts';
import { waitForConvergence } from './watch.ts';

/** abra's default when the recipe has no `coop-cloud.<stack>.timeout` label (docs/abra.md, 5). */
const DEFAULT_TIMEOUT_S = 50;

/** A resolver that does not answer must not hold a deploy. */
const DNS_TIMEOUT_MS = 10_000;

function checkDeployed(context: Context, app: App, deployed: DeployedAs | undefined): void {
  const again = isSet(context, 'force') || isSet(context, 'chaos');
  if (deployed && !again) throw new Fatal(`${app.domain} is already deployed`);
}

async function pinnedVersion(
  context: Context,
  subject: { app: App; recipe: Recipe },
  deployed: DeployedAs | undefined,
): Promise<string> {
  const { app, recipe } = subject;
  await checkClean(recipe);
  const { releases, lightweight } = await listReleases(context, recipe);
  if (lightweight.length > 0) {
    throw new Fatal(
      `${recipe.name} has lightweight version tags (${lightweight.join(', ')}): only annotated tags may be deployed (R014)`,
    );
  }
  const version = chooseVersion({
    requested: context.args[1],
    env: app.version,
    latest: isSet(context, 'latest'),
    deployed: deployed && parseRelease(deployed.version) ? deployed.version : undefined,
    releases,
    head: await recipe.git.head(),
  });
  if (version.endsWith('+U') && !parseRelease(version)) {
    throw new Fatal(
      `${app.domain} is pinned to ${version}, an unclean checkout: deploy it with --chaos or name a version`,
    );
  }
  await checkoutVersion(recipe, version);
  return version;
}

async function settleVersion(
  context: Context,
  subject: { app: App; recipe: Recipe },
  deployed: DeployedAs | undefined,
): Promise<string> {
  if (!isSet(context, 'chaos')) return pinnedVersion(context, subject, deployed);
  const { git } = subject.recipe;
  return chaosVersion(await git.head(), await git.isDirty());
}

async function checkSecrets(context: Context, app: App, files: readonly ComposeFile[]): Promise<void> {
  const present = await listSecretNames(context.docker, app.stack);
  for (const secret of secretsOf(files, app.modifiers)) {
    if (present.has(secret.fullName)) continue;
    const why = secret.generate ? 'secret not generated' : 'secret not inserted (#generate=false)';
    throw new Fatal(`${why}: ${secret.name}`);
  }
}

async function warnMissingEnv(context: Context, app: App, recipe: Recipe): Promise<void> {
  const sample = parseEnv((await readEnvSample(recipe)) ?? '').env;
  for (const key of Object.keys(sample)) {
    if (app.env[key] === undefined) context.log.warn(`${key} missing from ${app.domain}.env`);
  }
}

async function checkDomain(context: Context, app: App): Promise<void> {
  if (isSet(context, 'no-domain-checks'))
    return context.log.debug('not resolving the domain (--no-domain-checks)');
  const domain = app.env.DOMAIN;
  if (!domain) return undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('no answer in time')), DNS_TIMEOUT_MS).unref();
  });
  try {
    await Promise.race([lookup(domain), timeout]);
  } catch (error) {
    throw new Fatal(`unable to resolve ${domain}: set up its DNS record or pass --no-domain-checks`, {
      cause: error,
    });
  }
}

function labelsOf(context: Context, app: App, version: string): Env {
  const prefix = `coop-cloud.${app.stack}`;
  const chaos = isSet(context, 'chaos');
  return {
    [`${prefix}.recipe`]: app.recipe,
    [`${prefix}.chaos`]: String(chaos),
    ...(chaos ? { [`${prefix}.chaos-version`]: version } : { [`${prefix}.version`]: version }),
  };
}

function timeoutOf(app: App, files: readonly ComposeFile[]): number {
  const seconds = Number(deployLabels(files, 'app').get(`coop-cloud.${app.stack}.timeout`));
  return (Number.isInteger(seconds) && seconds > 0 ? seconds : DEFAULT_TIMEOUT_S) * 1000;
}

/** Written aside and renamed: a run that is killed here must not leave half an env file. */
async function writeVersion(app: App, type: string): Promise<void> {
  const key = app.env.TYPE === undefined ? 'RECIPE' : 'TYPE';
  await writeFile(`${app.path}.tmp`, setEnvValue(app.text, key, type), { mode: 0o600 });
  await rename(`${app.path}.tmp`, app.path);
}

/** POST_DEPLOY_CMDS are not run: they are functions of the recipe's abra.sh, and no cc-ci run needs them. */
export async function appDeploy(context: Context): Promise<void> {
  const app = await loadApp(context);
  const recipe = await openRecipe(context, app.recipe);
  const deployed = deployedAs(app.stack, (await observeStack(context.docker, app.stack)).services);
  if (!isSet(context, 'chaos')) await checkClean(recipe);
  checkDeployed(context, app, deployed);
  const version = await settleVersion(context, { app, recipe }, deployed);
  const { files, env, tree } = await loadDeployable(context, app, recipe);
  checkConfigNames(files);
  await checkSecrets(context, app, files);
  await warnMissingEnv(context, app, recipe);
  await checkDomain(context, app);
  context.log.info(`deploying ${app.domain}: ${recipe.name} ${version}`);
  const type = `${app.recipe}:${version}`;
  await deployStack(context, {
    app,
    recipeDir: recipe.dir,
    tree,
    env,
    labels: labelsOf(context, app, version),
    type,
  });
  if (isSet(context, 'no-converge-checks'))
    context.log.warn('not waiting for the services (--no-converge-checks)');
  else await waitForConvergence(context, app.stack, timeoutOf(app, files));
  await writeVersion(app, type);
  if (env.POST_DEPLOY_CMDS) context.log.warn('POST_DEPLOY_CMDS is not run by the built-in deployer');
  context.log.info(`${app.domain} deployed`);
}
