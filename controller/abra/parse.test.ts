import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJson } from './find-json.ts';
import { parseLint } from './parse-lint.ts';
import {
  ParseError,
  parseAppList,
  parseAppPs,
  parseFatal,
  parseGenerated,
  parseSecretList,
  parseServerList,
  parseSnapshotId,
} from './parse.ts';

const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

describe('parseAppList', () => {
  it('flattens the servers, and takes `Recipe` for `recipe`', () => {
    const rows = parseAppList(fixture('app-ls.json'));
    expect(rows.map((row) => [row.server, row.recipe, row.chaosVersion])).toEqual([
      ['default', 'ghost', '7ae7b0f7+U'],
      ['default', 'wordpress', 'unknown'],
    ]);
    expect(rows[0]?.upgrade.split('\n')).toHaveLength(2);
  });
  it('finds the JSON between warnings, fills in the server, and takes booleans for text', () => {
    expect(parseAppList(fixture('warned-app-ls.txt'))).toMatchObject([
      { server: 'default', domain: 'a{b[c', chaos: 'true' },
    ]);
  });
});

describe('parseAppPs', () => {
  it('goes by .service and not by the key', () => {
    expect(parseAppPs(fixture('app-ps.json')).map((row) => row.service)).toEqual(['app', 'db']);
    expect(parseAppPs('{"app":{}}')).toMatchObject([{ service: 'app', state: '' }]);
  });
});

describe('parseServerList', () => {
  it.each([
    ['[{"name":"default","host":"local"}]', [{ name: 'default', host: 'local' }]],
    ['null', []],
    ['[]', []],
  ])('%s', (text, want) => expect(parseServerList(text)).toEqual(want));
});

describe('secrets', () => {
  it.each([
    ['[{"name":"a","value":"b"}]', [{ name: 'a', value: 'b' }]],
    ['WARN x already exists\n[{"name":"a","value":"b"}]\n', [{ name: 'a', value: 'b' }]],
    ['{"a":"b"}', [{ name: 'a', value: 'b' }]],
    ['null', []],
  ])('generated: %s', (text, want) => expect(parseGenerated(text)).toEqual(want));

  it('an unreadable answer is told without quoting it', () => {
    expect(() => parseGenerated('db_password: hunter2')).toThrow(/not shown/);
    expect(() => parseGenerated('[{"name":"a","hunter2":1}]')).not.toThrow(/hunter2/);
  });
  it.each([
    [{ name: 'a', version: 'v1', 'generated name': 'x_a_v1', 'created on server': 'true' }, true],
    [{ NAME: 'a', VERSION: 'v1', generated_name: 'x_a_v1', created_on_server: false }, false],
  ])('listed: %j', (row, created) => {
    expect(parseSecretList(JSON.stringify([row]))).toEqual([
      { name: 'a', version: 'v1', fullName: 'x_a_v1', created },
    ]);
  });
});

describe('nonsense', () => {
  it.each([
    ['', /abra server ls: no JSON in its answer \(no output\)/],
    ['FATA cannot connect', /no JSON.*FATA cannot connect/],
    ['{"default": 3}', /unexpected JSON/],
    ['[{"host":"x"}]', /unexpected JSON at "0\.name"/],
  ])('%j says what, where and shows an excerpt', (text, want) => {
    expect(() => parseServerList(text)).toThrow(ParseError);
    expect(() => parseServerList(text)).toThrow(want);
  });
  it('is a ParseError whatever the text', () => {
    const parsers = [parseAppList, parseAppPs, parseServerList, parseGenerated, parseSecretList, parseLint];
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((before) => `${before}\n{"a": [1, "`),
      fc.json().map((json) => `WARN x\n${json}\nINFO y`),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...parsers), (given, parser) => {
        try {
          parser(given);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
          expect((error as ParseError).excerpt.length).toBeLessThan(400);
        }
      }),
    );
  });
});

describe('findJson', () => {
  it('finds any object or array behind a warning line', () => {
    const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(value, (given) => {
        const text = JSON.stringify(given);
        expect(findJson(`WARN careful\n${text}\nINFO x`)).toEqual({ value: JSON.parse(text) as unknown });
      }),
    );
  });
  // With a search that starts again at every bracket this would not end.
  it('gives up on a megabyte of brackets', () => {
    expect(findJson('[\n'.repeat(500_000))).toBeUndefined();
  });
});

describe('parseLint', () => {
  it('reads marks, severities, wrapped cells and skipped rules through terminal artefacts', () => {
    expect(parseLint(fixture('lint-pty.txt'))).toEqual([
      {
        ref: 'R001',
        rule: 'compose version',
        severity: 'warn',
        satisfied: true,
        skipped: false,
        howToFix: 'ensure version',
      },
      {
        ref: 'R011',
        rule: 'all images',
        severity: 'error',
        satisfied: false,
        skipped: false,
        howToFix: 'add images',
      },
      {
        ref: 'R006',
        rule: 'published',
        severity: 'warn',
        satisfied: null,
        skipped: true,
        howToFix: 'publish',
      },
    ]);
  });
  it('reads a table of another style', () => {
    expect(parseLint(fixture('lint-ascii.txt'))).toMatchObject([
      { ref: 'R014', severity: 'error', satisfied: false },
    ]);
  });
  it.each(['', 'FATA inappropriate ioctl for device', '┃ REF ┃ X ┃ Y ┃ Z ┃'])('refuses %j', (text) => {
    expect(() => parseLint(text)).toThrow(ParseError);
  });
});

describe('parseFatal', () => {
  it.each([
    [fixture('fatal.txt'), 'deploy failed\n  app: task: non-zero exit (1)'],
    ['INFO a\nFATA x is already deployed', 'x is already deployed'],
    ['INFO fine', undefined],
    ['what a FATA day', undefined],
  ])('%j', (text, want) => expect(parseFatal(text)).toBe(want));
});

describe('parseSnapshotId', () => {
  it.each([
    ['snapshot 1a2b3c4d saved', '1a2b3c4d'],
    ['{"message_type":"summary","snapshot_id":"1a2b3c4d5e6f"}', '1a2b3c4d5e6f'],
    ['using parent snapshot 00000000\nsnapshot 1a2b3c4d saved', '1a2b3c4d'],
    ['backup finished', undefined],
  ])('%j', (text, want) => expect(parseSnapshotId(text)).toBe(want));
});
