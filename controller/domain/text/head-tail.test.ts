import { describe, expect, it } from 'vitest';
import { keptText, makeHeadTail } from './head-tail.ts';
import { makeRedactor } from '../secrets/redact.ts';

const keep = (pieces: readonly string[], head = 5, tail = 4) => {
  const output = makeHeadTail(head, tail);
  const shown = pieces.map((piece) => output.push(Buffer.from(piece)).toString()).join('');
  const kept = output.end();
  return { shown, head: kept.head.toString(), tail: kept.tail.toString(), omitted: kept.omitted, kept };
};

describe('makeHeadTail', () => {
  it.each([
    { because: 'nothing is nothing', pieces: [], want: { head: '', tail: '', omitted: 0, shown: '' } },
    {
      because: 'what fits is whole',
      pieces: ['abc', 'defghi'],
      want: { head: 'abcdefghi', tail: '', omitted: 0 },
    },
    {
      because: 'one byte too much is left out',
      pieces: ['abcdefghij'],
      want: { head: 'abcde', tail: 'ghij', omitted: 1 },
    },
    {
      because: 'only the head is shown at once, each byte once',
      pieces: ['abc', 'defg', 'h'.repeat(100), 'wxyz'],
      want: { shown: 'abcde', head: 'abcde', tail: 'wxyz', omitted: 102 },
    },
  ])('$because', ({ pieces, want }) => {
    expect(keep(pieces)).toMatchObject(want);
  });

  it('keeps no more than it says, whatever comes', () => {
    const output = makeHeadTail(1_000, 1_000);
    for (let i = 0; i < 10_000; i++) output.push(Buffer.alloc(1_500, 120));
    const { head, tail, omitted } = output.end();
    expect([head.length, tail.length, omitted]).toEqual([1_000, 1_000, 15_000_000 - 2_000]);
    expect(tail.buffer.byteLength).toBeLessThan(100_000);
  });
});

describe('keptText', () => {
  it('lets no half of a secret stand at a cut', () => {
    const secret = 'kq7zKQ9-canary';
    const redact = makeRedactor([secret]);
    for (let shift = 0; shift < 40; shift++) {
      const text = `${'a'.repeat(shift)}${secret}${'b'.repeat(60)}${secret}${'c'.repeat(40 - shift)}`;
      const said = keptText(keep([text], 20, 30).kept, redact, secret.length);
      expect(said).toContain('[cut: ');
      expect([3, 5, 8].filter((length) => said.includes(secret.slice(0, length)))).toEqual([]);
      expect([3, 5, 8].filter((length) => said.includes(secret.slice(-length)))).toEqual([]);
    }
  });
});
