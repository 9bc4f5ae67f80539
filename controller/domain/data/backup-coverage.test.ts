import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../api/stage-data.ts';
import { coverageOf, coverageWarnings, expectedInBackup } from './backup-coverage.ts';
import { composeFacts } from '../recipe/compose-facts.ts';
import { volumeEntryName } from './ledger.ts';

const factsOf = (...labels: string[]) =>
  composeFacts({
    env: {},
    stack: 's',
    files: [
      {
        path: 'compose.yml',
        text: [
          'services:',
          '  app:',
          '    image: x:1',
          '    volumes: ["data:/data", "cache:/cache"]',
          '    deploy:',
          `      labels: ${JSON.stringify(labels)}`,
          '  side:',
          '    image: x:1',
          '    volumes: ["cache:/c"]',
          'volumes:',
          '  data:',
          '  cache:',
        ].join('\n'),
      },
    ],
  });

const ENABLED = 'backupbot.backup=true';

describe('coverageOf', () => {
  it.each([
    { because: 'without a label nothing is covered', labels: [], want: { data: 'no', cache: 'no' } },
    { because: 'the label covers every volume', labels: [ENABLED], want: { data: 'whole', cache: 'whole' } },
    {
      because: 'an excluded volume is in no backup',
      labels: [ENABLED, 'backupbot.backup.volumes.cache=false'],
      want: { data: 'whole', cache: 'no' },
    },
    {
      because: 'paths cover a part',
      labels: [ENABLED, 'backupbot.backup.volumes.data.path=dump.sql'],
      want: { data: 'paths', cache: 'whole' },
    },
    {
      because: 'the old label names paths of the container',
      labels: [ENABLED, 'backupbot.backup.path=/data'],
      want: { data: 'paths', cache: 'paths' },
    },
  ])('$because', ({ labels, want }) => {
    const seen = coverageOf(factsOf(...labels)).map(({ volume, covered }) => [volume, covered]);
    expect(Object.fromEntries(seen)).toEqual(want);
  });

  it('warns of a volume in no backup, with the label that says so', () => {
    const coverage = coverageOf(factsOf(ENABLED, 'backupbot.backup.volumes.cache=false'));
    expect(coverageWarnings(coverage)).toEqual([
      'The volume "cache" is in no backup (app: backupbot.backup.volumes.cache=false).',
    ]);
  });
});

describe('expectedInBackup', () => {
  it('expects all of the recipe’s own data, and of the generic floor’s what lies in a whole volume', () => {
    const entry = (name: string): LedgerEntry => ({ name, kind: 'file', sha256: '0'.repeat(64) });
    const entries = [
      entry(volumeEntryName('data', 'f')),
      entry(volumeEntryName('cache', 'f')),
      entry('note'),
    ];
    const coverage = coverageOf(factsOf(ENABLED, 'backupbot.backup.volumes.data.path=dump.sql'));
    expect(expectedInBackup(entries, coverage).map(({ name }) => name)).toEqual(['volume cache: f', 'note']);
  });
});
