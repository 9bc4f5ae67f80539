/**
 * Looks for the run's secrets in all that the run leaves for people, after the fact and whatever the redactors did.
 *
 * It is done in teardown, behind the last step that could write a value and before the values go. What is written later:
 * - the rest of teardown's own log, its result, and later rounds: names of things and files, and Docker's words about them;
 * - status, events and results.json: the controller's, from results that were looked through here, or that this step replaced.
 * `started.json`, `stopped.json` and `scan.json` are numbers, times and names, and are not looked at: the run needs them to end.
 *
 * What was found is written down before anything is removed, so that a process that is killed in between forgets nothing.
 */
import { basename, dirname, join } from 'node:path';
import type { SecretScan } from '../../api/secret-scan.ts';
import { leakNote, unreadNote } from '../../domain/secrets/leaks.ts';
import { makeSecretSearch, type SecretSearch } from '../../domain/secrets/secret-search.ts';
import { codeOf } from '../../runtime/errors.ts';
import { readIfThere } from '../../store/atomic.ts';
import { SecretValues } from '../../store/sidecar.ts';
import type { StageContext } from '../step/context.ts';
import { scanFile, type LookLimits } from './scan-file.ts';
import { type RunFile, runFiles } from './run-files.ts';
import { readResult, writeScan } from '../../store/step-files.ts';
import { removeFile, withholdFile } from './withhold-file.ts';

/** What a run leaves is scanned in less than a second; a test may have kept a disk. */
const SCAN_LIMIT_MS = 40_000;
/** Of one file. A browser's trace is a few MiB. */
const UNPACKED_BYTES = 512 * 1024 * 1024;
/** After something was taken out, all is looked through again. */
const MAX_LOOKS = 3;
/** Named in the record; all are removed. */
const MAX_KEPT = 50;

type Seeking = Pick<StageContext, 'clock' | 'layout' | 'log' | 'request' | 'sidecar'>;

/** Null where the values are gone: an earlier round looked, or nobody can. */
export async function scanForSecrets(context: Seeking): Promise<SecretScan | null> {
  const secrets = await secretsOf(context);
  if (secrets === null) return null;
  const search = makeSecretSearch(secrets);
  const scan: SecretScan = {
    secrets: [...search.names],
    files: 0,
    bytes: 0,
    clean: false,
    leaks: [],
    unread: [],
  };
  for (let look = 1; look <= MAX_LOOKS; look++) {
    const seen = search.names.length === 0 ? NOTHING : await scanAll(context, search);
    remember(scan, seen);
    try {
      await writeScan(context.layout.stepDir(context.request.uid, context.request), scan);
    } finally {
      // Also where nothing can be written any more.
      for (const found of seen.found) await withhold(context, found);
    }
    if (seen.found.length === 0) break;
  }
  return scan;
}

/** Those of the app, and what the built-in deployer locks the backup with. */
async function secretsOf(context: Seeking): Promise<SecretValues | null> {
  const { layout, request, sidecar } = context;
  const text = await readIfThere(sidecar);
  if (text === null) {
    // `install` writes it also where there is nothing to write.
    const install = layout.stepDir(request.uid, { attempt: request.attempt, step: 'install', round: 1 });
    return (await readResult(install))?.outcome === 'passed' ? null : {};
  }
  const password = await readIfThere(join(layout.abraDir(request.uid), 'backups', 'password'));
  const own = SecretValues.parse(JSON.parse(text));
  return password === null ? own : { ...own, 'password of the backup': password };
}

interface Found extends Pick<RunFile, 'path' | 'location'> {
  /** What of it can be said. */
  readonly shown: string;
  readonly secrets: readonly string[];
  /** Why it could not be looked through, where no secret was seen in it. */
  readonly why: string;
  readonly inName: boolean;
}

interface Seen {
  readonly files: number;
  readonly bytes: number;
  readonly found: readonly Found[];
}
const NOTHING: Seen = { files: 0, bytes: 0, found: [] };

async function scanAll({ layout, request }: Seeking, search: SecretSearch): Promise<Seen> {
  const runDir = layout.runDir(request.uid);
  const limits: LookLimits = { unpackedBytes: UNPACKED_BYTES, until: performance.now() + SCAN_LIMIT_MS };
  const found: Found[] = [];
  let [files, bytes] = [0, 0];
  const enters = (path: string): boolean => namedIn(path, search).length === 0;
  for await (const file of runFiles(runDir, enters)) {
    const secrets = namedIn(file.path, search);
    if (secrets.length > 0) {
      const shown = join(dirname(file.path), 'a name with a secret in it');
      found.push({ ...file, shown, secrets, why: '', inName: true });
    } else if (file.kind === 'file' && !isPlain(file.path)) {
      const looked = await scanFile(file.location.toString(), search, limits);
      files += 1;
      bytes += looked.bytes;
      if (looked.found.length > 0 || looked.why !== null)
        found.push(foundIn(file, looked.found, looked.why ?? ''));
    } else if (file.kind === 'other') found.push(foundIn(file, [], 'it is not a regular file'));
  }
  return { files, bytes, found };
}

const foundIn = (file: RunFile, secrets: readonly string[], why: string): Found => ({
  ...file,
  shown: file.path,
  secrets,
  why,
  inName: false,
});

function namedIn(path: string, search: SecretSearch): string[] {
  const look = search.look();
  look.push(Buffer.from(basename(path)));
  return look.found();
}

function isPlain(path: string): boolean {
  return /^stages\/[^/]+\/(?:started|stopped|scan)\.json$/.test(path);
}

function remember(scan: SecretScan, seen: Seen): void {
  [scan.files, scan.bytes, scan.clean] = [seen.files, seen.bytes, seen.found.length === 0];
  for (const { shown, secrets, why } of seen.found) {
    if (secrets.length > 0) scan.leaks.push({ file: shown, secrets: [...secrets] });
    else scan.unread.push({ file: shown, why });
  }
  scan.leaks.splice(MAX_KEPT);
  scan.unread.splice(MAX_KEPT);
}

async function withhold({ clock, log }: Seeking, found: Found): Promise<void> {
  const { path, location, secrets, why } = found;
  const note = secrets.length > 0 ? leakNote(secrets) : unreadNote(why);
  try {
    if (found.inName) await removeFile(location);
    else await withholdFile({ path, location, note, at: clock.now().toISOString() });
  } catch (error) {
    // Removed meanwhile, with its folder.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  log.say(`${found.shown}: ${note}`, secrets.length > 0 ? 'error' : 'warn');
}
