/** What is to be backed up, according to the backupbot labels of the deployed services. */
import { posix } from 'node:path';
import { isBackupOn } from '../domain/recipe/backup-label.ts';
import { Fatal } from './log.ts';
import type { ServiceSeen } from './swarm.ts';

/**
 * One thing to archive: a path inside a service's container. A whole volume is archived by its content, because
 * the directory it is mounted in may lie on a read-only file system.
 */
export type BackupItem = { service: string; path: string; wholeVolume: boolean };

export type Hook = { service: string; command: string };

/** What the backupbot labels (version 2, and the older `backupbot.backup.path`) of the deployed services ask for. */
export type BackupPlan = {
  items: BackupItem[];
  backupPre: Hook[];
  backupPost: Hook[];
  restorePre: Hook[];
  restorePost: Hook[];
};

function labelOf(service: ServiceSeen, name: string): string | undefined {
  const value = service.labels[`backupbot.${name}`];
  return typeof value === 'string' ? value : undefined;
}

/** A path of a label, below the volume: it must not climb out of it. */
function below(root: string, path: string): string {
  const joined = posix.join(root, path);
  if (joined !== root && !joined.startsWith(root === '/' ? '/' : `${root}/`)) {
    throw new Fatal(`the backup path ${path} leads out of ${root}`);
  }
  return joined;
}

function split(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function itemsOf(service: ServiceSeen, stack: string): BackupItem[] {
  const { name } = service;
  const legacy = labelOf(service, 'backup.path');
  if (legacy !== undefined)
    return split(legacy).map((path) => ({ service: name, path: below('/', path), wholeVolume: false }));
  return service.volumes.flatMap(({ source, target }) => {
    const volume = source.startsWith(`${stack}_`) ? source.slice(stack.length + 1) : source;
    if (labelOf(service, `backup.volumes.${volume}`) === 'false') return [];
    const paths = labelOf(service, `backup.volumes.${volume}.path`);
    return (paths === undefined ? [''] : split(paths)).map((path) => ({
      service: name,
      path: below(target, path),
      wholeVolume: path === '',
    }));
  });
}

/** The same volume may be mounted by several services; it is archived once. */
function onlyOnce(services: readonly ServiceSeen[], stack: string): BackupItem[] {
  const seen = new Set<string>();
  const items: BackupItem[] = [];
  for (const service of services) {
    for (const item of itemsOf(service, stack)) {
      const volume = service.volumes.find(
        ({ target }) => item.path === target || item.path.startsWith(`${target}/`),
      );
      const key = volume
        ? `${volume.source}${item.path.slice(volume.target.length)}`
        : `${item.service}:${item.path}`;
      if (!seen.has(key)) items.push(item);
      seen.add(key);
    }
  }
  return items;
}

/** The labels are read from what is deployed (contract 7.8). Undefined when no service asks for a backup. */
export function planBackup(services: readonly ServiceSeen[], stack: string): BackupPlan | undefined {
  const byName = services.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const enabled = byName.filter((service) => isBackupOn(labelOf(service, 'backup')));
  if (enabled.length === 0) return undefined;
  const hooks = (name: string): Hook[] =>
    byName.flatMap((service) => {
      const command = labelOf(service, name);
      return command === undefined || command === '' ? [] : [{ service: service.name, command }];
    });
  return {
    items: onlyOnce(enabled, stack),
    backupPre: hooks('backup.pre-hook'),
    backupPost: hooks('backup.post-hook'),
    restorePre: hooks('restore.pre-hook'),
    restorePost: hooks('restore.post-hook'),
  };
}
