import { expect, it } from 'vitest';
import { parseCompose } from './compose-parse.ts';

const said = (text: string): unknown => {
  const read = parseCompose({ path: 'compose.yml', text });
  return 'message' in read ? `${read.place.line}: ${read.message}` : read.tree;
};

it.each([
  {
    because: 'bytes are no text, and another parser would take them for a path of the host',
    text: 'services:\n  app:\n    volumes:\n      - !!binary "L2V0YzovaG9zdA=="\n',
    want: expect.stringMatching(/^4: the tag tag:yaml\.org,2002:binary makes something else/),
  },
  {
    because: 'a tag of nobody means nothing',
    text: 'a: !mine x\n',
    want: expect.stringMatching(/^1: the tag !mine makes something else/),
  },
  {
    because: 'docker reads the first document alone',
    text: 'a: 1\n---\nb: 2\n',
    want: '2: it holds a second document, which docker does not read',
  },
  { because: 'one document may begin and end with its marks', text: '---\na: 1\n...\n', want: { a: 1 } },
  { because: 'a tag that says what is so anyway changes nothing', text: 'a: !!str 1\n', want: { a: '1' } },
])('$because', ({ text, want }) => {
  expect(said(text)).toEqual(want);
});
