import { STAGES } from '../api/stage.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecipeSpec, parseTestRun, problemText } from './parse-document.ts';

const good = `apiVersion: ccci.coopcloud.tech/v1
kind: TestRun
metadata:
  name: custom-html-1
spec:
  recipe: custom-html
  source: { ref: main }
`;

const problemsOf = (text: string): string[] => {
  const parsed = parseTestRun(text, 'x.yaml');
  return parsed.ok ? [] : parsed.problems.map(problemText);
};

describe('parseTestRun', () => {
  it('applies defaults on read', () => {
    const parsed = parseTestRun(good, 'x.yaml');
    expect(parsed).toMatchObject({
      ok: true,
      value: { spec: { stages: [...STAGES], timeout: '45m', cancel: false } },
    });
  });

  it.each([
    {
      because: 'a mistyped key gets the nearest one and its line',
      text: good.replace('recipe:', 'recpie:'),
      want: 'x.yaml:6:3: spec: unknown key "recpie". Did you mean "recipe"?',
    },
    {
      because: 'a nested key too',
      text: good.replace('ref:', 'rfe:'),
      want: 'x.yaml:7:13: spec.source: unknown key "rfe". Did you mean "ref"?',
    },
    {
      because: 'a missing key is shown at its parent',
      text: good.replace('  recipe: custom-html\n', ''),
      want: 'x.yaml:5:1: spec.recipe: is missing',
    },
    {
      because: 'a wrong type',
      text: `${good}  timeout: 45\n`,
      want: 'x.yaml:8:3: spec.timeout: Invalid input: expected string, received number',
    },
    {
      because: 'a duration that is none',
      text: `${good}  timeout: soon\n`,
      want: 'must be a duration such as "45m"',
    },
    {
      because: 'a ref that is an option of git',
      text: good.replace('main', '--upload-pack=x'),
      want: 'must be a commit, a branch or a tag',
    },
    {
      because: 'a stage that is none',
      text: `${good}  stages: [instal]\n`,
      want: 'x.yaml:8:12: spec.stages[0]: Invalid option',
    },
    {
      because: 'a cancel that is neither true nor says who',
      text: `${good}  cancel: "yes"\n`,
      want: 'x.yaml:8:3: spec.cancel: must be boolean or object',
    },
    {
      because: 'a mistyped key of what may also be true',
      text: `${good}  cancel: { by: person, woh: ada }\n`,
      want: 'x.yaml:8:25: spec.cancel: unknown key "woh". Did you mean "who"?',
    },
    {
      because: 'a reason of more than one line',
      text: `${good}  cancel: { by: person, why: "a\\nb" }\n`,
      want: 'spec.cancel.why: must be one line',
    },
    {
      because: 'nobody who cancelled it',
      text: `${good}  cancel: { who: ada }\n`,
      want: 'spec.cancel.by: ',
    },
    { because: 'broken YAML', text: 'a: [1,', want: 'x.yaml:1:7: Flow sequence' },
    { because: 'two documents', text: `${good}---\n${good}`, want: 'one document a file' },
    { because: 'an empty file', text: '', want: 'is empty' },
    { because: 'a comment only', text: '# nothing\n', want: 'is empty' },
    { because: 'a huge file', text: `${good}#${'x'.repeat(70_000)}`, want: 'larger than 64 KiB' },
    { because: 'a binary file', text: `${good}\0`, want: 'NUL bytes' },
    { because: 'a key twice', text: `${good}  recipe: other\n`, want: 'x.yaml:8:3: Map keys must be unique' },
    {
      because: 'a bomb of aliases',
      text: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n`,
      want: 'alias',
    },
  ])('$because', ({ text, want }) => {
    expect(problemsOf(text).join('\n')).toContain(want);
  });

  // Computes for seconds, and for minutes where the machine is busy.
  it('never throws, whatever it is given', () => {
    const damaged = fc
      .tuple(fc.nat(good.length), fc.string({ unit: 'binary', maxLength: 40 }))
      .map(([at, junk]) => good.slice(0, at) + junk + good.slice(at));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), damaged), (text) => {
        for (const parse of [parseTestRun, parseRecipeSpec]) {
          const parsed = parse(text, 'x.yaml');
          if (!parsed.ok) for (const problem of parsed.problems) expect(problem.message).not.toBe('');
        }
      }),
      { numRuns: 1_000 },
    );
  }, 180_000);
});
