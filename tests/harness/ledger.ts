/** What a recipe's data.ts gets and exports: known data that must survive upgrade, backup and restore. */
import { createHash } from 'node:crypto';
import type { LedgerEntry } from '../../controller/api/stage-data.ts';
import type { App } from './app.ts';

export type { LedgerEntry };

export interface LedgerApp extends App {
  /** To be put into everything that is seeded: it is looked for in the backup's archive. */
  readonly marker: string;
  /** The generated secrets by name, as tests have them. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The named volumes of the app, each once, with a running container that mounts it. */
  volumes(): Promise<MountedVolume[]>;
  /** As root, in a running container; a command that fails is an answer, not an error. */
  execAsRoot(
    container: string,
    argv: readonly [string, ...string[]],
    input?: string,
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: string }>;
}

export interface MountedVolume {
  /** Without the stack's prefix. */
  readonly volume: string;
  readonly service: string;
  readonly container: string;
  /** Where the container has it. */
  readonly path: string;
}

/** What `tests/recipes/<recipe>/data.ts` exports. */
export interface DataModule {
  /** Writes the known data through the app, or into its volume. Safe twice. */
  readonly seed: (app: LedgerApp) => Promise<void>;
  /** What of it is there now; what is not there is left out. */
  readonly read: (app: LedgerApp) => Promise<LedgerEntry[]>;
  /** Changes and deletes it, so that only a restore can bring it back. Safe twice. */
  readonly mutate: (app: LedgerApp) => Promise<void>;
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export interface ServedFolder {
  readonly service: string;
  /** In the container. */
  readonly folder: string;
  /** Where the app serves it, with a slash at the end. */
  readonly at: string;
}

const FILES = ['ccci-ledger-a.txt', 'ccci-ledger-b.txt'] as const;
export const WRITTEN_OVER = 'somebody wrote over it\n';

/** Data of an app that serves the files of a folder: written into the folder, read as a visitor reads it. */
export function servedFiles({ service, folder, at }: ServedFolder): DataModule {
  const put = (app: LedgerApp, name: string, content: string): Promise<void> =>
    app.files.put(service, `${folder}/${name}`, content);
  return {
    seed: async (app) => {
      for (const name of FILES) await put(app, name, `${name} ${app.marker}\n`);
    },
    read: async (app) => {
      const entries: LedgerEntry[] = [];
      for (const name of FILES) {
        const answer = await app.fetch(`${at}${name}`);
        if (answer.status === 404) continue;
        if (answer.status !== 200) throw new Error(`${at}${name} answers ${answer.status}.`);
        entries.push({ name, kind: 'file', sha256: sha256(new Uint8Array(await answer.arrayBuffer())) });
      }
      return entries;
    },
    mutate: async (app) => {
      const [changed, deleted] = FILES;
      await put(app, changed, WRITTEN_OVER);
      if (!(await app.files.remove(service, `${folder}/${deleted}`))) await put(app, deleted, WRITTEN_OVER);
    },
  };
}
