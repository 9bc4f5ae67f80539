import { expect, it } from 'vitest';
import { parseSpec } from './parse-document.ts';

const HEAD = 'apiVersion: ccci.coopcloud.tech/v1\nkind: TestRun\n';
const textOf = (spec: string, labels = '{}'): string =>
  `${HEAD}metadata: { name: one, labels: ${labels} }\nspec: ${spec}\n`;
const read = (text: string): ReturnType<typeof parseSpec> => parseSpec(text, 'one.yaml', 'one');
const ASKED = textOf('{ recipe: web, source: { ref: a } }');

it.each([
  {
    because: 'the same in another order',
    text: textOf('{ source: { ref: a }, recipe: web }'),
    isSame: true,
  },
  {
    because: 'the same, taken back',
    text: textOf('{ recipe: web, source: { ref: a }, cancel: true }'),
    isSame: true,
  },
  {
    because: 'the same under other labels',
    text: textOf('{ recipe: web, source: { ref: a } }', '{ x: y }'),
    isSame: true,
  },
  { because: 'the same with a remark', text: `# again\n${ASKED}`, isSame: true },
  { because: 'another commit', text: textOf('{ recipe: web, source: { ref: b } }'), isSame: false },
  {
    because: 'a limit of its own',
    text: textOf('{ recipe: web, source: { ref: a }, timeout: 45m }'),
    isSame: false,
  },
])('what is asked for is $because: $isSame', ({ text, isSame }) => {
  const { wish } = read(text);
  expect(wish).toMatch(/^[0-9a-f]{64}$/);
  expect(wish === read(ASKED).wish).toBe(isSame);
});

it.each([
  {
    because: 'a key beside it is mistyped',
    text: textOf('{ recipe: web, stagse: [], cancel: true }'),
    cancel: true,
  },
  {
    because: 'it says who',
    text: textOf('{ recpie: web, cancel: { by: person, who: ada } }'),
    cancel: { by: 'person', who: 'ada' },
  },
  { because: 'a bracket is missing', text: textOf('{ recipe: web, cancel: true'), cancel: true },
  { because: 'it is no wish to cancel', text: textOf('{ recipe: web, cancel: "yes" }'), cancel: false },
  { because: 'there is none', text: 'kind: nothing\n', cancel: false },
  { because: 'it is no document', text: '', cancel: false },
  {
    because: 'it is a bomb',
    text: `a: &a [${'x,'.repeat(50)}]\nb: &b [${'*a,'.repeat(50)}]\n`,
    cancel: false,
  },
])('asks for nothing and takes back $cancel where $because', ({ text, cancel }) => {
  expect(read(text)).toMatchObject({ parsed: { ok: false }, wish: '', cancel });
});
