/** The simulated swarm's file: one JSON document, changed under a lock, replaced whole. Several processes share it. */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PullOutcome, ThingKind } from '../../controller/ports.ts';

export interface SimTask {
  id: string;
  slot: string;
  state: string;
  desired: string;
  error: string;
  exitCode: number | null;
  oomKilled: boolean;
  container: string | null;
  health: 'starting' | 'healthy' | 'unhealthy' | null;
  healthOutput: string[];
  image: string;
  spec: number;
  createdAt: string;
  updatedAt: string;
}

/** What becomes of a service, one step for every observation of its stack. */
export type Fate =
  /** Healthy after so many observations; 0: at once. */
  | { kind: 'healthy'; after?: number }
  /** One more dead task for every observation. */
  | { kind: 'crash'; exitCode?: number; error?: string; oom?: boolean }
  /** Runs, and its health check never succeeds: swarm ends a task for every second observation. */
  | { kind: 'unhealthy'; output?: string }
  /** An update fails and swarm puts the old version back; on a first deploy it is a crash. */
  | { kind: 'rollback'; after?: number; exitCode?: number }
  /** Waits for a node, with swarm's words, or without any. */
  | { kind: 'pending'; error?: string }
  /** A job: complete after so many observations. */
  | { kind: 'complete'; after?: number };

export interface SimService {
  id: string;
  name: string;
  image: string;
  labels: Record<string, string>;
  replicas: number;
  job: boolean;
  hasHealthcheck: boolean;
  spec: number;
  previous: { image: string; labels: Record<string, string> } | null;
  update: { state: string; message: string } | null;
  fate: Fate;
  observed: number;
  tasks: SimTask[];
  uses: string[];
  logs: string[];
  createdAt: string;
  updatedAt: string;
}

export interface SimThing {
  kind: ThingKind;
  id: string;
  name: string;
  stack: string | null;
  createdAt: string;
  /** How many undeploys it survives. */
  undeploys: number;
  /** Observations until it goes by itself; null: never. */
  lingers: number | null;
}

export interface SimState {
  next: number;
  unreachable: string | null;
  stacks: Record<string, SimService[]>;
  /** Everything but services and their live tasks' containers. */
  things: SimThing[];
  images: Record<string, PullOutcome>;
  /** The last changes, so that watchers in other processes can tell what they missed. */
  changes: { at: number; stack: string | null }[];
}

const EMPTY: SimState = { next: 1, unreachable: null, stacks: {}, things: [], images: {}, changes: [] };
/** A watcher that fell further behind is told to look at everything. */
const KEPT_CHANGES = 200;
const LOCK_POLL_MS = 2;

export function readState(file: string): SimState {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SimState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return structuredClone(EMPTY);
    throw error;
  }
}

/** Runs `change` alone over all processes; what it says it changed is written, and told to watchers. */
export async function changeState<T>(
  file: string,
  change: (state: SimState) => { value: T; changed: readonly (string | null)[] },
): Promise<T> {
  const release = await lock(`${file}.lock`);
  try {
    const state = readState(file);
    const { value, changed } = change(state);
    const last = state.changes.at(-1)?.at ?? 0;
    const news = [...new Set(changed)].map((stack, index) => ({ at: last + 1 + index, stack }));
    state.changes = [...state.changes, ...news].slice(-KEPT_CHANGES);
    const aside = `${file}.${process.pid}.${randomUUID()}`;
    writeFileSync(aside, JSON.stringify(state, null, 1));
    renameSync(aside, file);
    return value;
  } finally {
    release();
  }
}

/** A lock that names its holder, so that one left by a killed process is taken over at once. */
async function lock(path: string): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(own, String(process.pid));
  try {
    while (!tryLink(own, path)) {
      if (!isAlive(readHolder(path))) takeAway(path);
      else await delay(LOCK_POLL_MS);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(path, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null where the lock went meanwhile. */
function readHolder(path: string): number | null {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function isAlive(pid: number | null): boolean {
  if (pid === null) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Renamed first and looked at again: another process may have taken it over in between. */
function takeAway(path: string): void {
  const stale = `${path}.stale.${randomUUID()}`;
  try {
    renameSync(path, stale);
  } catch {
    return;
  }
  if (isAlive(readHolder(stale))) tryLink(stale, path);
  rmSync(stale, { force: true });
}
