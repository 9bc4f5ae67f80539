/** What a run has outside the swarm: its ABRA_DIR, its sidecar, its folder in /tmp, its processes. */
import { rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { LocalOwner } from '../ports.ts';
import { codeOf } from '../runtime/errors.ts';
import type { Layout } from '../store/layout.ts';
import { namesIn } from '../store/exists.ts';
import { endMarked, markedProcesses } from './marked-processes.ts';

interface Local {
  readonly layout: Layout;
  readonly installation: string;
}

async function changedAt(path: string): Promise<Date | null> {
  try {
    return (await stat(path)).mtime;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export async function localLeftovers({ layout, installation }: Local, uid: string): Promise<string[]> {
  const left: string[] = [];
  for (const path of layout.passingDirs(uid)) {
    if ((await changedAt(path)) !== null) left.push(`directory ${path}`);
  }
  const processes = await markedProcesses(`${installation}/${uid}`);
  return [...left, ...processes.map((each) => `process ${each.pid}`)];
}

/** Every run that has any of it. A process counts as old: its folder tells the age, and a run without one is over. */
export async function localOwners(layout: Layout, installation: string): Promise<LocalOwner[]> {
  const owners = new Map<string, { what: string[]; since: Date }>();
  const note = (uid: string, what: string, since: Date): void => {
    const old = owners.get(uid) ?? { what: [], since };
    owners.set(uid, { what: [...old.what, what], since: since > old.since ? since : old.since });
  };
  for (const dirOf of [layout.abraDir, layout.secretsDir, layout.tmpDir]) {
    for (const uid of await uidsOf(dirOf)) {
      const since = await changedAt(dirOf(uid));
      if (since !== null) note(uid, `directory ${dirOf(uid)}`, since);
    }
  }
  for (const { mark, pid } of await markedProcesses(installation)) {
    const uid = mark.split('/')[1] ?? '';
    note(uid, `process ${pid}`, (await changedAt(`/proc/${pid}`)) ?? new Date(0));
  }
  return [...owners].map(([uid, each]) => ({ uid, ...each }));
}

async function uidsOf(dirOf: (uid: string) => string): Promise<string[]> {
  const any = dirOf('x');
  const before = basename(any).slice(0, -1);
  const names = await namesIn(dirname(any));
  return names.filter((name) => name.startsWith(before)).map((name) => name.slice(before.length));
}

export async function ensureLocalAbsent({ layout, installation }: Local, uid: string): Promise<void> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(uid)) throw new TypeError(`"${uid}" is not the uid of a run.`);
  await endMarked(`${installation}/${uid}`);
  for (const path of layout.passingDirs(uid)) await rm(path, { recursive: true, force: true });
}
