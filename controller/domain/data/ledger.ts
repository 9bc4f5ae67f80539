/** What was written into an app, by checksum, and what became of it: the proof that data survived. Pure. */
import { createHash } from 'node:crypto';
import type { LedgerEntry, LedgerMoment, LedgerRow } from '../../api/stage-data.ts';

/** Stands in everything that is seeded, so that it can be looked for in an archive. One a run: its domain is its own. */
export function ledgerMarker(domain: string): string {
  return `ccci-ledger-${createHash('sha256').update(domain).digest('hex').slice(0, 16)}`;
}

/** An entry of `before` that is gone or another. */
export interface LedgerDifference {
  readonly name: string;
  readonly before: string;
  /** Null: it is gone. */
  readonly after: string | null;
}

/** What came in addition is the app's own business. */
export function ledgerDifferences(
  before: readonly LedgerEntry[],
  after: readonly LedgerEntry[],
): LedgerDifference[] {
  const found = new Map(after.map((entry) => [entry.name, entry.sha256]));
  return before.flatMap(({ name, sha256 }) => {
    const now = found.get(name) ?? null;
    return now === sha256 ? [] : [{ name, before: sha256, after: now }];
  });
}

/** Entries that a destruction left as they were: then getting them back would prove nothing. */
export function untouched(before: readonly LedgerEntry[], after: readonly LedgerEntry[]): string[] {
  const changed = new Set(ledgerDifferences(before, after).map(({ name }) => name));
  return before.map(({ name }) => name).filter((name) => !changed.has(name));
}

/** For people: `"note.txt" is gone (sha256 12ab… before)`. */
export function differenceText({ name, before, after }: LedgerDifference): string {
  if (after === null) return `"${name}" is gone (sha256 ${before} before, absent after)`;
  return `"${name}" has changed (sha256 ${before} before, ${after} after)`;
}

export interface LedgerAt {
  readonly moment: LedgerMoment;
  readonly entries: readonly LedgerEntry[];
}

/** One row an entry, one checksum a moment; null where it was not there. */
export function ledgerTable(moments: readonly LedgerAt[]): LedgerRow[] {
  const all = new Map(moments.flatMap(({ entries }) => entries.map((entry) => [entry.name, entry] as const)));
  return [...all.values()].map(({ name, kind }) => ({
    name,
    kind,
    sums: Object.fromEntries(
      moments.map(({ moment, entries }) => [
        moment,
        entries.find((entry) => entry.name === name)?.sha256 ?? null,
      ]),
    ),
  }));
}

/** Name of a ledger entry of the generic floor, by which its volume is known again. */
export function volumeEntryName(volume: string, file: string): string {
  return `volume ${volume}: ${file}`;
}

export function volumeOfEntry(name: string): string | null {
  return /^volume (\S+): /.exec(name)?.[1] ?? null;
}
