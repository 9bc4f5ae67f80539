import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formsOf } from './redact.ts';
import { makeSecretSearch } from './secret-search.ts';

const SECRET = 'kq7z"K\\Q9/canary+secret';
const KEY = `-----BEGIN PRIVATE KEY-----\n${'QUJDzk8'.repeat(9)}\n${'ZZkq+7/'.repeat(9)}\n-----END PRIVATE KEY-----\n`;

function found(secrets: Record<string, string>, ...pieces: readonly (string | Uint8Array)[]): string[] {
  const look = makeSecretSearch(secrets).look();
  for (const piece of pieces) look.push(Buffer.from(piece));
  return look.found();
}

/** Wrapped as base64 and PEM are. */
const wrapped = (text: string, width: number, end: string): string =>
  text.match(new RegExp(`.{1,${width}}`, 'gs'))?.join(end) ?? '';

describe('makeSecretSearch', () => {
  it('finds every form that the redactor knows, at any place and cut into any pieces', () => {
    const forms = [SECRET, KEY].flatMap((value, index) =>
      formsOf([value]).map((form) => ({ form, name: ['token', 'key'][index] })),
    );
    expect(forms.length).toBeGreaterThan(50);
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '{', '}', '=', ':', ',', '\n', '"'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...forms),
        fc.tuple(text, text),
        fc.integer({ min: 1, max: 40 }),
        ({ form, name }, [before, after], size) => {
          const bytes = Buffer.from(`${before}${form}${after}`);
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          );
          expect(found({ token: SECRET, key: KEY }, ...pieces)).toEqual([name]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds every form byte by byte', () => {
    for (const form of formsOf([SECRET]))
      expect(found({ token: SECRET }, ...Array.from(Buffer.from(form), (byte) => Buffer.of(byte)))).toEqual([
        'token',
      ]);
  });

  it.each([
    { because: 'wrapped as base64 is', text: wrapped(Buffer.from(SECRET).toString('base64'), 20, '\n') },
    { because: 'wrapped by a terminal', text: wrapped(SECRET, 5, '\r\n') },
    { because: 'hex in lines', text: wrapped(Buffer.from(SECRET).toString('hex'), 16, '\n') },
  ])('finds what was $because', ({ text }) => {
    expect(text).toMatch(/\n/);
    expect(found({ token: SECRET }, text)).toEqual(['token']);
  });

  it('finds the middle of a long one whose ends were cut off', () => {
    const long = Array.from({ length: 500 }, (_, index) => (index * 7919).toString(36)).join('');
    expect(found({ long }, long.slice(300, -300))).toEqual(['long']);
  });

  it('names each that is there, also where one is a part of another', () => {
    const secrets = { whole: `x${SECRET}y`, part: SECRET, other: 'never-to-be-seen' };
    expect(found(secrets, `a x${SECRET}y b`)).toEqual(['whole', 'part']);
    expect(found(secrets, `a x${SECRET} b`)).toEqual(['part']);
    expect(found({ one: SECRET, two: SECRET }, SECRET)).toEqual(['one', 'two']);
  });

  it('goes on where a beginning was none: a form may begin within it', () => {
    expect(found({ token: 'ababcababd' }, 'ababcababcababd')).toEqual(['token']);
  });

  it('does not find what is not there', () => {
    expect(found({ token: SECRET }, SECRET.slice(0, -1), ' ', SECRET.slice(-1))).toEqual([]);
    expect(found({ token: SECRET }, 'a b c')).toEqual([]);
    expect(found({}, SECRET)).toEqual([]);
  });

  it('does not look for what is too short for the redactor, and says so', () => {
    const search = makeSecretSearch({ pin: '12345', token: SECRET });
    expect(search.names).toEqual(['token']);
    const look = search.look();
    look.push(Buffer.from('12345'));
    expect(look.found()).toEqual([]);
  });
});
