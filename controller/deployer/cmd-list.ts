/** `app ls`: the apps by server, and with `--status` what is deployed of each. */
import { listApps, type App } from './app.ts';
import { isSet, printJson, valueOf, type Context } from './context.ts';
import { messageOf } from './log.ts';
import { listReleases, openRecipe } from './recipe.ts';
import { deployedAs, observeStacks, type DeployedAs } from './swarm.ts';
import { table } from './table.ts';
import { newerThan } from '../domain/recipe/version.ts';

type Row = {
  server: string; recipe: string; appName: string; domain: string; status: string;
  chaos: string; chaosVersion: string; version: string; upgrade: string;
}; // oxfmt-ignore

/** Newer releases joined by newlines, newest first; `latest` when there is none. */
async function upgradeOf(context: Context, app: App, version: string): Promise<string> {
  try {
    const { releases } = await listReleases(context, await openRecipe(context, app.recipe));
    const newer = newerThan(version, releases);
    if (newer === undefined) return 'unknown';
    return newer.length === 0 ? 'latest' : newer.toReversed().join('\n');
  } catch (error) {
    context.log.debug(messageOf(error));
    return 'unknown';
  }
}

async function rowOf(context: Context, app: App, deployed: DeployedAs | undefined): Promise<Row> {
  const identity = { server: app.server, recipe: app.recipe, appName: app.domain, domain: app.domain };
  if (!isSet(context, 'status'))
    return { ...identity, status: '', chaos: '', chaosVersion: '', version: '', upgrade: '' };
  const { version, chaos, chaosVersion } = deployed ?? {
    version: 'unknown',
    chaos: 'unknown',
    chaosVersion: 'unknown',
  };
  const upgrade = await upgradeOf(context, app, version);
  return { ...identity, status: deployed ? 'deployed' : 'unknown', chaos, chaosVersion, version, upgrade };
}

function summary(apps: Row[]): object {
  const count = (test: (row: Row) => boolean) => apps.filter(test).length;
  return {
    apps,
    appCount: apps.length,
    versionCount: count((row) => row.version !== '' && row.version !== 'unknown'),
    unversionedCount: count((row) => row.version === 'unknown'),
    latestCount: count((row) => row.upgrade === 'latest'),
    upgradeCount: count((row) => row.upgrade !== '' && row.upgrade !== 'latest' && row.upgrade !== 'unknown'),
  };
}

export async function appList(context: Context): Promise<void> {
  const [server, recipe] = [valueOf(context, 'server'), valueOf(context, 'recipe')];
  const apps = (await listApps(context)).filter(
    (app) => (server ?? app.server) === app.server && (recipe ?? app.recipe) === app.recipe,
  );
  const stacks = isSet(context, 'status') ? await observeStacks(context.docker) : new Map<string, never>();
  const rows = await Promise.all(
    apps.map((app) => rowOf(context, app, deployedAs(app.stack, stacks.get(app.stack) ?? []))),
  );
  if (isSet(context, 'machine')) {
    const servers = Map.groupBy(rows, (row) => row.server);
    return printJson(context, Object.fromEntries([...servers].map(([name, list]) => [name, summary(list)])));
  }
  const cells = rows.map((row) => [row.recipe, row.domain, row.server, row.status, row.version]);
  return void context.stdout.write(table(['RECIPE', 'DOMAIN', 'SERVER', 'STATUS', 'VERSION'], cells));
}
