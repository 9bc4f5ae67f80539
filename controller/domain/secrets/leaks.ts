/** What a scan for secrets found, in words: the cause of the verdict, and the note in place of a removed file. Pure. */
import type { SecretScan } from '../../api/secret-scan.ts';
import type { Cause, StageResult } from '../../api/stage.ts';
import { firstCauseOf } from '../causes/first-cause.ts';

/** A leak in one file is mostly a leak in ten. */
const MAX_NAMED = 10;

/** Of all looks of a run: one that found something is not made good by a later one that found nothing. */
export function leakCause(scans: readonly SecretScan[]): Cause | null {
  const leaks = scans.flatMap((scan) => scan.leaks);
  const lines = [...new Set(leaks.map(({ file, secrets }) => `${file}: ${secrets.join(', ')}`))];
  if (lines.length === 0) return null;
  const [first = ''] = lines;
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : '';
  return {
    reason: 'SecretLeaked',
    message: `A secret of the app was in what people see of this run: ${first}${more}.`,
    evidence: lines.slice(0, MAX_NAMED).join('\n'),
  };
}

/** Of one look; null also where there was none, because an earlier one counts as well. */
export function scanCause(scan: SecretScan | null): Cause | null {
  if (scan === null) return null;
  return leakCause([scan]) ?? (scan.clean ? null : NOT_SCANNED);
}

export const NOT_SCANNED: Cause = {
  reason: 'NotScanned',
  message: 'The files of this run were not scanned for secrets before the values went.',
};

/** What was removed without a leak: a warning, because nobody was shown what nobody looked at. */
export function unreadText(scan: SecretScan | null): string {
  const [first, ...more] = scan?.unread ?? [];
  if (first === undefined) return '';
  const others = more.length > 0 ? `, and ${more.length} more` : '';
  return ` Not kept, because it could not be scanned for secrets: ${first.file} (${first.why})${others}.`;
}

export function leakNote(secrets: readonly string[]): string {
  return `This is not kept: it held a secret of the app (${secrets.join(', ')}).`;
}

export function unreadNote(why: string): string {
  return `This is not kept: it could not be scanned for secrets, because ${why}.`;
}

/** All that a result says freely is left out; how the step ended stays true. */
export function withheldResult(result: StageResult, note: string): StageResult {
  const { outcome, startedAt, finishedAt, cause } = result;
  const reason = firstCauseOf(cause?.reason ?? '')?.reason;
  const kept = reason === undefined ? {} : { cause: { reason, message: note } };
  const how = { outcome, startedAt, finishedAt, message: note, ...kept };
  return { step: result.step, ...how, tests: [], substeps: [], data: null, resources: null };
}
