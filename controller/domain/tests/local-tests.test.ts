import { describe, expect, it } from 'vitest';
import { localTestsOf } from './local-tests.ts';
import { treeEntriesOf } from '../recipe/git-tree.ts';

/** As `git ls-tree -r -l -z` says it: `755 tests/run.sh`. */
function entries(...lines: readonly string[]): ReturnType<typeof treeEntriesOf> {
  const modes: Readonly<Record<string, string>> = { '644': '100644', '755': '100755', link: '120000' };
  return treeEntriesOf(
    lines
      .map((line) => {
        const [mode = '', path = ''] = line.split(' ');
        return `${modes[mode]} blob ${'a'.repeat(40)}       1\t${path}\0`;
      })
      .join(''),
  );
}

describe('localTestsOf', () => {
  it.each([
    {
      because: 'a recipe without tests/ brings none',
      given: ['644 compose.yml', '755 run.test.sh'],
      want: [],
    },
    {
      because: 'each kind is told by its name, at any depth',
      given: [
        '644 tests/a.test.ts',
        '644 tests/b.spec.mjs',
        '644 tests/deep/c.test.js',
        '644 tests/test_a.py',
        '644 tests/deep/b_test.py',
        '644 tests/smoke.bats',
      ],
      want: [
        'vitest tests/a.test.ts',
        'vitest tests/b.spec.mjs',
        'pytest tests/deep/b_test.py',
        'vitest tests/deep/c.test.js',
        'bats tests/smoke.bats',
        'pytest tests/test_a.py',
      ],
    },
    {
      because: 'an executable is one if it may be run and lies in tests/ itself',
      given: ['755 tests/check', '755 tests/check.sh', '644 tests/lib.sh', '755 tests/lib/tool'],
      want: ['executable tests/check', 'executable tests/check.sh'],
    },
    {
      because: 'the name wins over the mode',
      given: ['755 tests/test_x.py', '755 tests/x.bats', '755 tests/x.test.ts'],
      want: ['pytest tests/test_x.py', 'bats tests/x.bats', 'vitest tests/x.test.ts'],
    },
    {
      because: 'what tests use is no test',
      given: [
        '755 tests/conftest.py',
        '755 tests/vitest.config.ts',
        '755 tests/.hidden',
        '755 tests/_lib.sh',
        '644 tests/node_modules/x/x.test.js',
        '644 tests/vendor/y.bats',
        '644 tests/test_helper/bats-assert/test/z.bats',
        '644 tests/fixtures/test_q.py',
        '644 tests/__pycache__/test_q.py',
        '644 tests/data.json',
      ],
      want: [],
    },
    { because: 'a link is not followed', given: ['link tests/a.test.ts', 'link tests/check'], want: [] },
    {
      because: 'a folder that only begins like tests/ is another one',
      given: ['644 tests-old/a.test.ts', '644 contrib/tests/a.test.ts', '644 tests.bats'],
      want: [],
    },
  ])('$because', ({ given, want }) => {
    expect(localTestsOf(entries(...given)).files.map(({ kind, path }) => `${kind} ${path}`)).toEqual(want);
  });

  it('says what lies in tests/ and is no test', () => {
    const given = entries(
      '644 tests/check.sh',
      '644 tests/README.md',
      '644 tests/lib/x.sh',
      '644 tests/a.bats',
    );
    expect(localTestsOf(given).others).toEqual(['tests/README.md', 'tests/check.sh']);
  });
});
