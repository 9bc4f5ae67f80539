/** `app backup create` and `app restore`: volumes and paths by label, with hooks, into restic and back. */
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { loadApp, type App } from './app.ts';
import { planBackup, type BackupItem, type BackupPlan, type Hook } from './backup-plan.ts';
import { findContainer } from './cmd-run.ts';
import { valueOf, type Context } from './context.ts';
import { Fatal } from './log.ts';
import { openRestic, readManifest, type Manifest } from './restic.ts';
import { deployedAs, observeStack } from './swarm.ts';

/** A dump of a large database takes its time; a hook that hangs must still end. */
const HOOK_TIMEOUT_MS = 15 * 60_000;
const COPY_TIMEOUT_MS = 15 * 60_000;
/** Of an app under test, all volumes together. It lies on this host twice: as archives, and in restic's repository. */
const MAX_BACKUP_BYTES = 4 * 1024 * 1024 * 1024;
const MAX_SAID = 2_000;

type Deployed = { app: App; plan: BackupPlan; version: string };

async function deployedPlan(context: Context): Promise<Deployed> {
  const app = await loadApp(context);
  const { services } = await observeStack(context.docker, app.stack);
  const as = deployedAs(app.stack, services);
  if (!as) throw new Fatal(`${app.domain} is not deployed`);
  const plan = planBackup(services, app.stack);
  if (!plan) throw new Fatal(`no service of ${app.domain} has the label backupbot.backup=true`);
  return { app, plan, version: as.version };
}

function containerOf(context: Context, app: App, service: string): Promise<string> {
  return findContainer(context.docker, app.stack, service.slice(app.stack.length + 1));
}

/** A hook runs inside its service's container. One that fails is FATA: a backup without its dump is none. */
async function runHooks(context: Context, app: App, hooks: readonly Hook[]): Promise<void> {
  for (const { service, command } of hooks) {
    context.log.info(`${service}: running hook: ${command}`);
    const container = await containerOf(context, app, service);
    const result = await context.docker.try(['exec', container, 'sh', '-c', command], {
      timeoutMs: HOOK_TIMEOUT_MS,
    });
    if (result.code !== 0) {
      throw new Fatal(
        `hook of ${service} failed with exit ${result.code}: ${(result.stderr || result.stdout).trim()}`,
      );
    }
    const said = result.stderr.trim().replaceAll(/\s+/g, ' ');
    if (said !== '') context.log.warn(`hook of ${service} ended well and said: ${said.slice(0, MAX_SAID)}`);
  }
}

/** `docker cp` gives a tar archive: owners and modes stay, nothing is unpacked on this host, no shell is needed. */
async function archive(
  context: Context,
  app: App,
  from: { item: BackupItem; file: string; left: number },
): Promise<number> {
  const { item, file, left } = from;
  const container = await containerOf(context, app, item.service);
  const result = await context.docker.try(
    ['cp', `${container}:${item.path}${item.wholeVolume ? '/.' : ''}`, '-'],
    {
      outputFile: file,
      fileBytes: left,
      timeoutMs: COPY_TIMEOUT_MS,
    },
  );
  const { size } = await stat(file);
  if (size >= left) throw tooLarge(item);
  if (result.code !== 0)
    throw new Fatal(`cannot read ${item.path} of ${item.service}: ${result.stderr.trim()}`);
  context.log.info(`${item.service}: ${item.path}: ${size} bytes`);
  return size;
}

function tooLarge({ service, path }: BackupItem): Fatal {
  const most = `${MAX_BACKUP_BYTES / 1024 / 1024} MiB`;
  return new Fatal(
    `the backup is too large: with ${path} of ${service} it has more than ${most}; a file with holes counts by its size`,
  );
}

async function stage(context: Context, deployed: Deployed, dir: string): Promise<void> {
  const { app, plan, version } = deployed;
  const manifest: Manifest = { domain: app.domain, recipe: app.recipe, version, items: [] };
  let left = MAX_BACKUP_BYTES;
  for (const [index, item] of plan.items.entries()) {
    const file = `${index}.tar`;
    left -= await archive(context, app, { item, file: join(dir, file), left });
    manifest.items.push({ file, ...item });
  }
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest), { mode: 0o600 });
}

async function inFreshDir<T>(dir: string, work: (dir: string) => Promise<T>): Promise<T> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Volumes and paths by label, with hooks, into restic. Secrets are not backed up here. */
export async function backupCreate(context: Context): Promise<void> {
  const deployed = await deployedPlan(context);
  const { app, plan } = deployed;
  if (plan.items.length === 0)
    throw new Fatal(`${app.domain} has nothing to back up: no volume is left by its labels`);
  const restic = await openRestic(context);
  const id = await inFreshDir(join(context.abraDir, 'backups', `stage-${app.stack}`), async (dir) => {
    try {
      await runHooks(context, app, plan.backupPre);
      await stage(context, deployed, dir);
    } finally {
      await runHooks(context, app, plan.backupPost);
    }
    return restic.backup(dir, app.stack);
  });
  context.log.info(`snapshot ${id} saved`);
  context.log.info('backup finished');
}

async function unarchive(
  context: Context,
  app: App,
  from: { item: BackupItem; file: string },
): Promise<void> {
  const { item, file } = from;
  const container = await containerOf(context, app, item.service);
  // The archive of /a/b holds "b/…", so it is unpacked in /a; that of a whole volume holds its content.
  const into = item.wholeVolume ? item.path : posix.dirname(item.path);
  const result = await context.docker.try(['cp', '-', `${container}:${into}`], {
    inputFile: file,
    timeoutMs: COPY_TIMEOUT_MS,
  });
  if (result.code !== 0)
    throw new Fatal(`cannot restore ${item.path} of ${item.service}: ${result.stderr.trim()}`);
  context.log.info(`${item.service}: ${item.path} restored`);
}

export async function appRestore(context: Context): Promise<void> {
  const { app, plan } = await deployedPlan(context);
  const restic = await openRestic(context);
  const { id, path } = await restic.find(valueOf(context, 'snapshot') ?? 'latest', app.stack);
  await inFreshDir(join(context.abraDir, 'backups', `restore-${app.stack}`), async (dir) => {
    await restic.restore(id, dir);
    const staged = join(dir, path);
    const { items } = await readManifest(staged);
    await runHooks(context, app, plan.restorePre);
    for (const item of items)
      await unarchive(context, app, { item, file: join(staged, basename(item.file)) });
    await runHooks(context, app, plan.restorePost);
  });
  context.log.info(`snapshot ${id.slice(0, 8)} of ${app.domain} restored`);
}
