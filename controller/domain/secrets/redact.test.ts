import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeRedactingStream, makeRedactor, REDACTED } from './redact.ts';

/** Letters that no surrounding text below uses, so that a survivor is a leak and no chance. */
const secretText = fc
  .string({
    unit: fc.constantFrom(...'k q z K Q Z 7 8 9 / + " \\ < & \' % $ ü 漢'.split(' '), ' ', '\n'),
    minLength: 12,
    maxLength: 60,
  })
  .filter((text) => text.trim().length >= 10);
const innocent = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', ' ', '.', ',', ':', '\n', '{', '}', '=', '\t'),
  maxLength: 30,
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const FORMS: Record<string, (secret: string) => string> = {
  raw: (secret) => secret,
  json: (secret) => JSON.stringify(secret),
  'json in json': (secret) => JSON.stringify(JSON.stringify(secret)),
  'json by Go': (secret) => JSON.stringify(secret).replaceAll('<', '\\u003c').replaceAll('&', '\\u0026'),
  url: encodeURIComponent,
  form: (secret) => new URLSearchParams({ secret }).toString(),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  HEX: (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  base64: (secret) => base64(secret),
  'base64, one byte in': (secret) => base64(`:${secret}@`),
  'base64, two bytes in': (secret) => base64(`a:${secret}@x`),
  'base64, three bytes in': (secret) => base64(`ab:${secret}@xy`),
  'through a terminal': (secret) => secret.replaceAll('\n', '\r\n'),
};

/** What may be left of an encoded secret: the characters at its ends that mix with its neighbours. */
const KEPT = 0.34;
function longestCommon(text: string, form: string): number {
  let longest = 0;
  for (let from = 0; from < form.length; from += 1) {
    while (from + longest < form.length && text.includes(form.slice(from, from + longest + 1))) longest += 1;
  }
  return longest;
}

describe('makeRedactor', () => {
  it.each(Object.keys(FORMS))('takes out the form: %s', (name) => {
    fc.assert(
      fc.property(secretText, innocent, innocent, (secret, before, after) => {
        const form = FORMS[name]?.(secret) ?? '';
        const said = makeRedactor([secret])(`${before}${form}${after}`);
        expect(said).toContain(REDACTED);
        expect(said).not.toContain(secret.trim());
        expect(longestCommon(said, form)).toBeLessThanOrEqual(Math.max(12, form.length * KEPT));
      }),
    );
  });

  it('leaves other text as it is', () => {
    fc.assert(
      fc.property(fc.array(secretText, { maxLength: 5 }), innocent, (secrets, text) => {
        expect(makeRedactor(secrets)(text)).toBe(text);
      }),
    );
  });

  it('keeps the text around a secret', () => {
    fc.assert(
      fc.property(secretText, innocent, innocent, (secret, before, after) => {
        const sharp = `Q${secret}Q`;
        expect(makeRedactor([sharp])(`${before}${sharp}${after}`)).toBe(`${before}${REDACTED}${after}`);
      }),
    );
  });

  it.each([
    { because: 'a short value would redact ordinary words', secrets: ['admin', ''], text: 'admin: done' },
    { because: 'nothing is registered', secrets: [], text: 'anything' },
    {
      because: 'the frame of a PEM file is public',
      secrets: ['-----BEGIN KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQ\n-----END KEY-----'],
      text: '-----BEGIN KEY----- is missing',
    },
  ])('leaves text alone where $because', ({ secrets, text }) => {
    expect(makeRedactor(secrets)(text)).toBe(text);
  });

  it('takes the longer of two secrets that begin alike', () => {
    const redact = makeRedactor(['hunter22', 'hunter22-and-more']);
    expect(redact('a hunter22-and-more b hunter22 c')).toBe(`a ${REDACTED} b ${REDACTED} c`);
  });

  it('knows the single lines of a secret with several', () => {
    const redact = makeRedactor(['first-line-of-it\nsecond-line-of-it\n']);
    expect(redact('app | first-line-of-it\napp | second-line-of-it')).toBe(
      `app | ${REDACTED}\napp | ${REDACTED}`,
    );
  });

  it('knows what a file’s newline hides', () => {
    expect(makeRedactor(['s3cr3t-pass\n'])('login s3cr3t-pass ok')).toBe(`login ${REDACTED} ok`);
  });
});

const inChunks = (text: string, cuts: readonly number[]): string[] => {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
  return places.slice(1).map((place, index) => text.slice(places[index], place));
};

describe('makeRedactingStream', () => {
  it('says the same as the whole text at once, however it is cut', () => {
    const parts = fc.array(fc.oneof(innocent, fc.constantFrom('kqzkqz', 'kqzkqzkqz-long', 'zzz\nkkkkkkk')));
    fc.assert(
      fc.property(parts, fc.array(fc.nat(), { maxLength: 12 }), (texts, cuts) => {
        const secrets = ['kqzkqz', 'kqzkqzkqz-long', 'zzz\nkkkkkkk'];
        const text = texts.join('');
        const stream = makeRedactingStream(secrets);
        const said = inChunks(text, cuts).map((chunk) => stream.push(chunk));
        expect(said.join('') + stream.end()).toBe(makeRedactor(secrets)(text));
      }),
    );
  });

  it('takes out any form of any secret that arrives in pieces', () => {
    const arrive = fc.tuple(
      secretText,
      fc.constantFrom(...Object.keys(FORMS)),
      fc.array(fc.nat(), { maxLength: 20 }),
    );
    fc.assert(
      fc.property(arrive, innocent, ([secret, name, cuts], around) => {
        const text = `${around}${FORMS[name]?.(secret) ?? ''}${around}`;
        const stream = makeRedactingStream([secret]);
        const said = inChunks(text, cuts).map((chunk) => stream.push(chunk));
        expect(said.join('') + stream.end()).toBe(makeRedactor([secret])(text));
      }),
    );
  });

  it('holds back only what may still become a secret', () => {
    const stream = makeRedactingStream(['hunter22']);
    expect(stream.push('a line\nthe hun')).toBe('a line\nthe ');
    expect(stream.push('dred')).toBe('hundred');
    expect(stream.end()).toBe('');
  });

  it('says at the end what turned out to be nothing', () => {
    const stream = makeRedactingStream(['hunter22']);
    expect(stream.push('hunter2')).toBe('');
    expect(stream.end()).toBe('hunter2');
  });

  it('keeps up with a long log', () => {
    const secrets = Array.from({ length: 20 }, (_, index) => `secret-number-${index}-${'x'.repeat(40)}`);
    const stream = makeRedactingStream(secrets);
    const line = `${'ordinary words of an app that says what it does '.repeat(2)}\n`;
    let said = '';
    for (let index = 0; index < 20_000; index += 1) said += stream.push(line);
    expect(`${said}${stream.end()}`).toBe(line.repeat(20_000));
  });
});
