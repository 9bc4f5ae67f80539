/** Looks into the backup that was just made: that it is not empty, and that what was seeded is in it. */
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { BackupData } from '../../api/stage-data.ts';
import { ledgerMarker } from '../../domain/data/ledger.ts';
import { type FileSeen, inspectFile } from './backed-up-file.ts';
import { counted } from '../../domain/text/count.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { exists } from '../../store/exists.ts';
import { StageFailure } from '../step/report.ts';
import { tarFiles } from './tar.ts';

export type Artefact = BackupData['artefact'];

const RESTIC_MS = 10 * 60_000;

/** abra's backupbot keeps the repository in a container of its own; ours lies in the run's ABRA_DIR. */
export async function inspectArtefact(
  context: App & Pick<Tools, 'abra'> & Step,
  { snapshot, said }: { readonly snapshot: string | null; readonly said: readonly string[] },
): Promise<Artefact> {
  const nothing = { bytes: null, holdsMarker: null };
  const repository = join(context.layout.abraDir(context.request.uid), 'backups');
  if (context.abra.kind !== 'builtin' || !(await exists(join(repository, 'restic')))) {
    const detail = 'The backupbot keeps the archive on its own server: only the restore shows what is in it.';
    return { checked: false, detail, ...nothing };
  }
  if (snapshot === null)
    throw failure('BackupEmpty', 'The backup named no snapshot.', ['no snapshot id in its output']);
  const archives = await archivesOf(context, repository, snapshot);
  return judgedArtefact(await filesIn(context, { repository, snapshot, archives }), said);
}

/** `said`: what hooks said although they ended well. */
export function judgedArtefact(files: readonly FileSeen[], said: readonly string[]): Artefact {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const seen = `${files.length} files, ${bytes} bytes`;
  const evidence = (...more: readonly string[]): string[] => [seen, ...more, ...said];
  if (bytes === 0)
    throw failure('BackupEmpty', 'The backup succeeded, and there is nothing in it.', evidence());
  const found = files.some((file) => file.found && file.cut === null);
  // A cut file that is no dump may be one that the app still writes: what counts is that the data is in a whole one.
  const cut = files.find((file) => file.cut !== null && (file.dump || !found));
  if (cut !== undefined)
    throw failure(
      'BackupTruncated',
      `The file ${cut.name} of the backup is not whole: ${cut.cut}.`,
      evidence(),
    );
  const hollow = files.filter((file) => file.hollow).map(({ name }) => `${name} is packed, and empty inside`);
  const closed = files.filter((file) => file.closed).map(({ name }) => name);
  if (!found && closed.length === 0)
    throw failure(
      'BackupMissesData',
      `The backup succeeded, and what was written into the app is not in it${hollow.length === 0 ? '' : `: ${hollow[0]}`}.`,
      evidence(...hollow),
    );
  const dumps = files.filter((file) => file.dump && file.cut === null).length;
  const held = dumps === 0 ? seen : `${seen}, ${counted(dumps, 'whole dump')}`;
  const detail = found
    ? `${held}; what was seeded is in it`
    : `${held}; ${closed.join(', ')} cannot be looked into, so that only the restore shows what is in it`;
  return { checked: true, detail, bytes, holdsMarker: found ? true : null };
}

function failure(reason: string, message: string, evidence: readonly string[]): StageFailure {
  const nextStep =
    'Look at the backupbot labels of compose.yml and at what the pre-hook writes: what they do not name is not backed up, and a pipe (`dump | gzip > file`) hides that its first part failed unless the shell has `set -o pipefail`.';
  return new StageFailure('recipe', { reason, message, evidence: evidence.join('\n'), nextStep });
}

const Listed = z.object({
  type: z.string().optional(),
  path: z.string().optional(),
  size: z.number().optional(),
});

interface Archive {
  readonly path: string;
}

async function archivesOf(
  context: Pick<StageContext, 'env' | 'signal'>,
  repository: string,
  snapshot: string,
): Promise<Archive[]> {
  let text = '';
  for await (const line of restic(context, repository, ['ls', '--json', snapshot]).iterable())
    text += `${line}\n`;
  const rows = text
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [Listed.parse(JSON.parse(line))] : []));
  return rows.flatMap(({ type, path }) =>
    type === 'file' && path?.endsWith('.tar') === true ? [{ path }] : [],
  );
}

interface Scanning {
  readonly repository: string;
  readonly snapshot: string;
  readonly archives: readonly Archive[];
}

/** As a stream: an app's data need not fit into memory. */
async function filesIn(
  context: Pick<StageContext, 'env' | 'request' | 'signal'>,
  { repository, snapshot, archives }: Scanning,
): Promise<FileSeen[]> {
  const marker = ledgerMarker(context.request.app.domain);
  const seen: FileSeen[] = [];
  for (const { path } of archives) {
    const dump = restic(context, repository, ['dump', snapshot, path]);
    for await (const file of tarFiles(dump.iterable({ binary: true })))
      seen.push(await inspectFile(file, marker));
  }
  return seen;
}

function restic(context: Pick<StageContext, 'env' | 'signal'>, repository: string, args: readonly string[]) {
  return execa('restic', ['--no-cache', ...args], {
    env: {
      ...context.env,
      RESTIC_REPOSITORY: join(repository, 'restic'),
      RESTIC_PASSWORD_FILE: join(repository, 'password'),
    },
    extendEnv: false,
    stdin: 'ignore',
    buffer: { stdout: false, stderr: true },
    timeout: RESTIC_MS,
    cancelSignal: context.signal,
  });
}
