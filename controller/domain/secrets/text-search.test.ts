import { describe, expect, it } from 'vitest';
import { makeScanner, type Scan } from './text-search.ts';

function scanned(pieces: readonly Uint8Array[]): Scan {
  const scanner = makeScanner('marker');
  for (const piece of pieces) scanner.push(piece);
  return scanner.result();
}
const text = (said: string): Buffer => Buffer.from(said);

describe('makeScanner', () => {
  it.each([
    { because: 'nothing is nothing', pieces: [], want: { found: false, packed: false } },
    { because: 'another text is not it', pieces: [text('marke r')], want: { found: false } },
    { because: 'it is found in one piece', pieces: [text('a marker b')], want: { found: true } },
    {
      because: 'it is found across three pieces',
      pieces: [text('a mar'), text('k'), text('er b')],
      want: { found: true },
    },
    {
      because: 'pieces apart do not make it',
      pieces: [text('mar'), text('x'.repeat(20)), text('ker')],
      want: { found: false },
    },
    {
      because: 'it is found in hex, as dumps write binary columns',
      pieces: [text(`\\x00${text('marker').toString('hex')}00`)],
      want: { found: true },
    },
    {
      because: 'it is found in base64, wherever it begins and a line breaks',
      pieces: [
        text(
          text('ab marker c')
            .toString('base64')
            .replace(/^(.{8})/, '$1\r'),
        ),
        text('\nCg=='),
      ],
      want: { found: true },
    },
    {
      because: 'gzip is packed, also across pieces',
      pieces: [Buffer.from([1, 0x1f]), Buffer.from([0x8b, 8, 0])],
      want: { found: false, packed: true },
    },
  ])('$because', ({ pieces, want }) => expect(scanned(pieces)).toMatchObject(want));
});
