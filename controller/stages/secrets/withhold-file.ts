/** Takes a file out of a run's folder, and leaves a note. What other programs read keeps its form. */
import { appendFile, rm, truncate } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { LogLine } from '../../api/stage.ts';
import { withheldResult } from '../../domain/secrets/leaks.ts';
import { writeAtomic } from '../../store/atomic.ts';
import { readStepFiles, writeResult } from '../../store/step-files.ts';

export interface Taken {
  /** In the run's folder. */
  readonly path: string;
  readonly location: string | Buffer;
  readonly note: string;
  readonly at: string;
}

export async function withholdFile(taken: Taken): Promise<void> {
  const { path, location, note } = taken;
  const file = location.toString();
  const line = lineFor(taken);
  if (line !== null) {
    // In its place, and not under another one: who still writes to it goes on with this file.
    await truncate(file);
    await appendFile(file, `${line}\n`);
    return;
  }
  if (/^stages\/[^/]+\/result\.json$/.test(path)) {
    const { result } = await readStepFiles(dirname(file));
    if (result !== null) return writeResult(dirname(file), withheldResult(result, note));
  }
  await removeFile(location);
  await writeAtomic(`${file}.removed.txt`, `${note}\n`, { mode: 0o600 });
}

/** The note as a line of the file, where the file is one that is appended to. */
function lineFor({ path, note, at }: Taken): string | null {
  const [room] = path.split('/');
  if (path === 'events.ndjson') return JSON.stringify({ time: at, reason: 'SecretLeaked', message: note });
  if (room !== 'stages') return null;
  if (basename(path) === 'log.ndjson')
    return JSON.stringify({ time: at, level: 'error', from: 'ccci', text: note } satisfies LogLine);
  return path.endsWith('output.log') ? note : null;
}

/** Without a note: a name that is itself the secret can be said nowhere. */
export async function removeFile(location: string | Buffer): Promise<void> {
  await rm(location, { recursive: true, force: true });
}
