/** Looks into the backup that was just made: that it is not empty, that its dumps are whole, and that what was seeded is in it. */
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { BackupData } from '../api/stage-data.ts';
import { type Dumps, makeDumpFinder } from '../domain/dump.ts';
import { ledgerMarker } from '../domain/ledger.ts';
import { makeScanner, type Scan } from '../domain/scan.ts';
import type { StageContext } from './context.ts';
import { exists } from './exists.ts';
import { StageFailure } from './report.ts';

export type Artefact = BackupData['artefact'];

const RESTIC_MS = 10 * 60_000;

/** abra's backupbot keeps the repository in a container of its own; ours lies in the run's ABRA_DIR. */
export async function inspectArtefact(context: StageContext, snapshot: string | null): Promise<Artefact> {
  const nothing = { bytes: null, holdsMarker: null };
  const repository = join(context.layout.abraDir(context.request.uid), 'backups');
  if (context.abra.kind !== 'builtin' || !(await exists(join(repository, 'restic')))) {
    const detail = 'The backupbot keeps the archive on its own server: only the restore shows what is in it.';
    return { checked: false, detail, ...nothing };
  }
  if (snapshot === null)
    throw failure('BackupEmpty', 'The backup named no snapshot.', 'no snapshot id in its output');
  const archives = await archivesOf(context, repository, snapshot);
  const scan = await scanned(context, { repository, snapshot, archives });
  return judged(scan, archives);
}

function judged({ bytes, found, packed, whole, cut }: Scanned, archives: readonly Archive[]): Artefact {
  const seen = `${archives.length} archives, ${bytes} bytes`;
  if (archives.length === 0 || bytes === 0)
    throw failure('BackupEmpty', 'The backup succeeded, and there is nothing in it.', seen);
  if (cut !== null) throw cutShort(cut);
  if (!found && !packed)
    throw failure(
      'BackupMissesData',
      'The backup succeeded, and what was written into the app is not in it.',
      seen,
    );
  const all = whole === 0 ? seen : `${seen}, ${whole} whole ${whole === 1 ? 'dump' : 'dumps'}`;
  const detail = found
    ? `${all}; what was seeded is in it`
    : `${all}; something in it is packed, so that what was seeded cannot be seen`;
  return { checked: true, detail, bytes, holdsMarker: found ? true : null };
}

/** It would be noticed when it is needed, and not before. */
function cutShort({ file, of }: NonNullable<Dumps['cut']>): StageFailure {
  return new StageFailure('recipe', {
    reason: 'DumpCutShort',
    message: `The backup succeeded, and the ${of} dump "${file}" in it was cut short.`,
    evidence: `${file} has the first line of a dump and not the last`,
    nextStep:
      'Look at the pre-hook: it must fail when the dump fails (`set -o pipefail`), and end only when the dump has ended.',
  });
}

function failure(reason: string, message: string, evidence: string): StageFailure {
  const nextStep =
    'Look at the backupbot labels of compose.yml and at what the pre-hook writes: what they do not name is not backed up.';
  return new StageFailure('recipe', { reason, message, evidence, nextStep });
}

const Listed = z.object({
  type: z.string().optional(),
  path: z.string().optional(),
  size: z.number().optional(),
});

interface Archive {
  readonly path: string;
}

async function archivesOf(context: StageContext, repository: string, snapshot: string): Promise<Archive[]> {
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

type Scanned = Scan & Dumps;

interface Scanning {
  readonly repository: string;
  readonly snapshot: string;
  readonly archives: readonly Archive[];
}

/** As a stream: an app's data need not fit into memory. */
async function scanned(
  context: StageContext,
  { repository, snapshot, archives }: Scanning,
): Promise<Scanned> {
  const scanner = makeScanner(ledgerMarker(context.request.app.domain));
  const dumps: Dumps[] = [];
  for (const { path } of archives) {
    const finder = makeDumpFinder();
    const dump = restic(context, repository, ['dump', snapshot, path]);
    for await (const piece of dump.iterable({ binary: true })) {
      scanner.push(piece);
      finder.push(piece);
    }
    dumps.push(finder.result());
  }
  const whole = dumps.reduce((sum, each) => sum + each.whole, 0);
  return { ...scanner.result(), whole, cut: dumps.find(({ cut }) => cut !== null)?.cut ?? null };
}

function restic(context: StageContext, repository: string, args: readonly string[]) {
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
