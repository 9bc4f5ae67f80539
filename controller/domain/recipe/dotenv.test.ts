import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAbraSh, parseEnv, setEnvValue, withEnvValues } from './dotenv.ts';

describe('parseEnv', () => {
  it.each([
    { because: 'plain', text: 'A=1\nB = two words ', want: { A: '1', B: 'two words' } },
    { because: 'comments and blank lines are nothing', text: '# A=1\n\n  #B=2\nC=3', want: { C: '3' } },
    { because: 'a trailing comment is not the value', text: 'A=v1 # length=5', want: { A: 'v1' } },
    {
      because: 'a comment right after the sign leaves the value empty',
      text: 'A= # text\nB=# text',
      want: { A: '', B: '' },
    },
    { because: 'a hash without space before it belongs to the value', text: 'A=x#y', want: { A: 'x#y' } },
    { because: 'quotes keep hashes', text: 'A="x # y" # z\nB=\'# q\'', want: { A: 'x # y', B: '# q' } },
    { because: 'empty values stay', text: 'LETS_ENCRYPT_ENV=\nB=""', want: { LETS_ENCRYPT_ENV: '', B: '' } },
    {
      because: 'COMPOSE_FILE appends to itself',
      text: 'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:x.yml"\nCOMPOSE_FILE=${COMPOSE_FILE}:y.yml',
      want: { COMPOSE_FILE: 'compose.yml:x.yml:y.yml' },
    },
    { because: 'single quotes expand nothing', text: "A=1\nB='$A'", want: { A: '1', B: '$A' } },
    { because: 'export and CRLF are tolerated', text: 'export A=1\r\nB=2\r\n', want: { A: '1', B: '2' } },
    {
      because: 'router rules keep their backticks and quotes',
      text: "EXTRA_DOMAINS=', `www.x`'",
      want: { EXTRA_DOMAINS: ', `www.x`' },
    },
    { because: 'double quotes may span lines', text: 'A="one\ntwo"\nB=3', want: { A: 'one\ntwo', B: '3' } },
    {
      because: 'a quote that never closes takes no other line with it',
      text: 'A="one\nB=3',
      want: { A: '"one', B: '3' },
    },
  ])('$because', ({ text, want }) => expect(parseEnv(text).env).toEqual(want));

  it('reads the modifiers of active lines only', () => {
    const { modifiers } = parseEnv(
      '#SECRET_A_VERSION=v1 # length=43\nSECRET_B_VERSION=v1 # length=128 charset=hex generate=false',
    );
    expect(modifiers).toEqual({ SECRET_B_VERSION: { length: '128', charset: 'hex', generate: 'false' } });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseEnv(text)));
  });
});

describe('setEnvValue', () => {
  it.each([
    { because: 'the trailing comment stays', text: 'A=v1 # length=5\nB=2\n', want: 'A=v9 # length=5\nB=2\n' },
    { because: 'a commented line is not the line', text: '#A=1\nA=2\n', want: '#A=1\nA=v9\n' },
    { because: 'a longer key is another key', text: 'AA=1\nA=2\n', want: 'AA=1\nA=v9\n' },
    { because: 'a missing key is appended', text: 'B=2', want: 'B=2\nA=v9\n' },
  ])('$because', ({ text, want }) => expect(setEnvValue(text, 'A', 'v9')).toBe(want));

  it('takes a value as it is, dollars too', () => {
    expect(setEnvValue('A=1\n', 'A', '$&$1')).toBe('A=$&$1\n');
  });
});

describe('parseAbraSh', () => {
  it.each([
    {
      because: 'exports of literals',
      text: 'export A_VERSION=v1\nB="v 2"\nexport C=\'v3\' # why',
      want: { A_VERSION: 'v1', B: 'v 2', C: 'v3' },
    },
    {
      because: 'nothing that a shell would have to run',
      text: 'export A=$(rm -rf /)\nB=`id`\nC="$HOME"\nD=1; id\nE=$X',
      want: {},
    },
    { because: 'nothing inside functions', text: 'f() {\n  A=1\n}\n', want: {} },
  ])('$because', ({ text, want }) => expect(parseAbraSh(text)).toEqual(want));
});

describe('withEnvValues', () => {
  it.each([
    {
      because: 'the last of several lines is the one that wins',
      text: 'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:x.yml"\n',
      set: { COMPOSE_FILE: 'a.yml' },
      want: { COMPOSE_FILE: 'a.yml' },
    },
    { because: 'a new key is appended', text: 'A=1', set: { B: '2' }, want: { A: '1', B: '2' } },
    {
      because: 'an empty value stays empty',
      text: 'LETS_ENCRYPT_ENV=production\n',
      set: { LETS_ENCRYPT_ENV: '' },
      want: { LETS_ENCRYPT_ENV: '' },
    },
    {
      because: 'what would end a value is quoted',
      text: '',
      set: { X: 'a b # "c" $D \\' },
      want: { X: 'a b # "c" $D \\' },
    },
  ] as { because: string; text: string; set: Record<string, string>; want: Record<string, string> }[])(
    '$because',
    ({ text, set, want }) => {
      expect(parseEnv(withEnvValues(text, set)).env).toEqual(want);
    },
  );

  it('keeps the modifiers of a secret', () => {
    const text = withEnvValues('SECRET_PW_VERSION=v1 # length=43 charset=hex\n', { SECRET_PW_VERSION: 'v2' });
    expect(text).toBe('SECRET_PW_VERSION=v2 # length=43 charset=hex\n');
  });
});
