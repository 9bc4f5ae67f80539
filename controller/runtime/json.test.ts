import { expect, it } from 'vitest';
import { z } from 'zod';
import { ndjson, ndjsonLine } from './json.ts';

const Line = z.object({ n: z.number() });

it('keeps the number of each line, and says which are torn or foreign', () => {
  expect(ndjson(Line, '{"n":1}\n\n{"n":\n{"m":2}\n{"n":3}\n')).toEqual([
    { number: 1, value: { n: 1 } },
    { number: 3, value: null },
    { number: 4, value: null },
    { number: 5, value: { n: 3 } },
  ]);
  expect(ndjson(Line, '')).toEqual([]);
});

it.each([
  { because: 'a whole line is read', line: '{"n":1,"more":true}', want: { n: 1 } },
  { because: 'a torn one is nothing', line: '{"n":', want: null },
  { because: 'one of another shape is nothing', line: '[]', want: null },
])('$because', ({ line, want }) => expect(ndjsonLine(Line, line)).toEqual(want));
