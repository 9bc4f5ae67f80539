import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../api/stage-data.ts';
import {
  differenceText,
  ledgerDifferences,
  ledgerMarker,
  ledgerTable,
  untouched,
  volumeEntryName,
  volumeOfEntry,
} from './ledger.ts';

const entry = (name: string, letter: string): LedgerEntry => ({
  name,
  kind: 'file',
  sha256: letter.repeat(64),
});
const [a, b] = [entry('a', '1'), entry('b', '2')];
const changed = entry('a', '3');

describe('ledgerDifferences', () => {
  it.each([
    { because: 'the same is no difference', after: [b, a], want: [] },
    { because: 'what came in addition is no difference', after: [a, b, entry('c', '4')], want: [] },
    { because: 'what is gone is one', after: [a], want: [{ name: 'b', before: b.sha256, after: null }] },
    {
      because: 'what is another is one',
      after: [changed, b],
      want: [{ name: 'a', before: a.sha256, after: changed.sha256 }],
    },
    { because: 'an empty app lost all', after: [], want: [{ name: 'a' }, { name: 'b' }] },
  ])('$because', ({ after, want }) => expect(ledgerDifferences([a, b], after)).toMatchObject(want));

  it('says both checksums', () => {
    const [first] = ledgerDifferences([a], [changed]);
    expect(first && differenceText(first)).toBe(
      `"a" has changed (sha256 ${a.sha256} before, ${changed.sha256} after)`,
    );
  });
});

describe('untouched', () => {
  it('names what a destruction left as it was', () => {
    expect(untouched([a, b], [changed, b])).toEqual(['b']);
    expect(untouched([a, b], [changed])).toEqual([]);
  });
});

describe('ledgerTable', () => {
  it('has one row an entry and one checksum a moment, null where it was not there', () => {
    const table = ledgerTable([
      { moment: 'beforeBackup', entries: [a, b] },
      { moment: 'mutated', entries: [changed] },
    ]);
    expect(table).toEqual([
      { name: 'a', kind: 'file', sums: { beforeBackup: a.sha256, mutated: changed.sha256 } },
      { name: 'b', kind: 'file', sums: { beforeBackup: b.sha256, mutated: null } },
    ]);
  });
});

describe('names', () => {
  it('tell the volume of an entry of the generic floor, and of no other', () => {
    expect(volumeOfEntry(volumeEntryName('db-data', '.ccci-ledger-a'))).toBe('db-data');
    expect(volumeOfEntry('note "volume x: y"')).toBeNull();
  });

  it('give every app a marker of its own, the same each time', () => {
    expect(ledgerMarker('a.ci.test')).toBe(ledgerMarker('a.ci.test'));
    expect(ledgerMarker('a.ci.test')).not.toBe(ledgerMarker('b.ci.test'));
  });
});
