import { describe, expect, it } from 'vitest';
import { lintFindings } from './lint.ts';
import { abraFindings, type AbraRule } from './abra.ts';
import { collected, errorFinding, type Finding, warningFinding } from '../recipe/finding.ts';
import { composePathsOf } from '../recipe/recipe-at.ts';
import { edited, type Files, GOOD, heads, recipeOf } from './testing.ts';

function lint(head: Files, base: Files | null = GOOD): string[] {
  const published = base === null ? null : { tag: '1.0.0+1.27.0', recipe: recipeOf(base) };
  return heads(
    lintFindings({ head: recipeOf(head), headTags: [], newest: null, base: published, notes: '' }),
  );
}

describe('lintFindings', () => {
  it.each([
    { because: 'nothing is wrong with a good recipe', head: GOOD, want: [] },
    {
      because: 'an absent version: key is nothing, nor is a present one',
      head: { ...GOOD, 'compose.yml': `---\nversion: "3.8"\n${GOOD['compose.yml']}` },
      want: ['warning compose.yml:12 VersionNotBumped'],
    },
    {
      because: 'an optional compose file that is no YAML is told',
      head: { ...GOOD, 'compose.x.yml': 'services:\n\t- broken' },
      want: ['warning compose.x.yml:2 ComposeInvalid', 'warning compose.yml:10 VersionNotBumped'],
    },
    {
      because: 'every check is asked',
      head: edited(
        edited(
          {
            ...GOOD,
            'app.conf': 'two',
            '.env.sample': `${GOOD['.env.sample']}LEVEL=info\nX_TOKEN=a8f5f167f44f\n`,
            'compose.x.yml': `secrets: { ${'s'.repeat(40)}: { file: x } }`,
          },
          'compose.yml',
          ['PW_FILE=/run/secrets/pw', 'PASSWORD=x\n      - A=${LEVEL}'],
        ),
        'compose.yml',
        ['nginx:1.27.0', 'nginx:latest'],
      ),
      want: [
        'warning compose.yml:11 VersionNotBumped',
        'error compose.yml:5 PlainSecret',
        'warning .env.sample:8 SampleSecret',
        'warning compose.yml:3 FloatingImage',
        'warning compose.x.yml:1 LongName',
        'error abra.sh:3 ConfigNotVersioned',
        'error compose.yml:6 NewVariable',
      ],
    },
  ])('$because', ({ head, want }) => expect(lint(head)).toEqual(want));

  it('judges the first version of a recipe by itself', () => {
    expect(lint({ ...GOOD, 'app.conf': 'two' }, null)).toEqual([]);
  });
});

describe('composePathsOf', () => {
  it.each([
    ['compose.yml alone without COMPOSE_FILE', undefined, ['compose.yml']],
    ['each file once', 'compose.yml:compose.yml:./compose.db.yml:', ['compose.yml', 'compose.db.yml']],
  ])('takes %s', (_what, value, want) =>
    expect(composePathsOf(value === undefined ? {} : { COMPOSE_FILE: value })).toEqual(want),
  );
});

const rule = (over: Partial<AbraRule>): AbraRule => ({
  ref: 'R009',
  rule: 'one service is named "app"',
  severity: 'error',
  satisfied: false,
  skipped: false,
  howToFix: 'name it app',
  ...over,
});

describe('abraFindings', () => {
  it.each<{ because: string; over: Partial<AbraRule>; want: string[] }>([
    { because: 'a broken rule of severity error is an error', over: {}, want: ['error - R009'] },
    { because: 'one of severity warn is a warning', over: { severity: 'warn' }, want: ['warning - R009'] },
    {
      because: 'a severity that nobody knows is a warning',
      over: { severity: 'unknown' },
      want: ['warning - R009'],
    },
    { because: 'a satisfied rule is no finding', over: { satisfied: true }, want: [] },
    { because: 'a skipped rule is none', over: { satisfied: null, skipped: true }, want: [] },
    {
      because: 'a mark that cannot be read is not green',
      over: { satisfied: null },
      want: ['warning - R009'],
    },
    { because: 'a rule of the built-in deployer counts', over: { ref: 'B004' }, want: ['error - B004'] },
    { because: 'unless our own checks judge the same with file and line', over: { ref: 'B005' }, want: [] },
  ])('$because', ({ over, want }) => expect(heads(abraFindings([rule(over)]))).toEqual(want));
});

describe('collected', () => {
  const said = { rule: 'FloatingImage', place: { file: 'compose.yml', line: 3 }, message: 'm', fix: 'f' };

  it('sorts by severity, then place, and says everything once', () => {
    const findings: Finding[] = [
      warningFinding(said),
      errorFinding({ ...said, place: { file: 'compose.yml', line: 20 } }),
      errorFinding({ ...said, place: { file: 'compose.yml', line: 3 } }),
      errorFinding({ ...said, place: null }),
      errorFinding({ ...said, place: { file: 'abra.sh', line: 9 } }),
      warningFinding(said),
    ];
    const { findings: kept, ...counts } = collected(findings);
    expect(heads(kept)).toEqual([
      'error - FloatingImage',
      'error abra.sh:9 FloatingImage',
      'error compose.yml:3 FloatingImage',
      'error compose.yml:20 FloatingImage',
      'warning compose.yml:3 FloatingImage',
    ]);
    expect(counts).toEqual({ omitted: 0, errors: 4, warnings: 1 });
  });

  it('leaves out what prepare said of the same place, and nothing else', () => {
    const policy = {
      rule: 'FloatingImage',
      severity: 'warning',
      file: 'compose.yml',
      message: 'p',
      fix: 'q',
    } as const;
    const before = [
      { ...policy, line: 3 },
      { ...policy, line: 30 },
    ];
    const findings = [
      warningFinding(said),
      errorFinding(said),
      warningFinding({ ...said, place: { file: 'compose.yml', line: 4 } }),
      warningFinding({ ...said, rule: 'NoBackup' }),
    ];
    expect(heads(collected(findings, before).findings)).toEqual([
      'error compose.yml:3 FloatingImage',
      'warning compose.yml:3 NoBackup',
      'warning compose.yml:4 FloatingImage',
    ]);
  });

  it('keeps 200, errors before warnings, and counts the rest', () => {
    const many = Array.from({ length: 250 }, (_, line) =>
      warningFinding({ ...said, place: { file: 'a', line } }),
    );
    const { findings, omitted, errors, warnings } = collected([...many, errorFinding(said)]);
    expect([findings.length, findings[0]?.severity, omitted, errors, warnings]).toEqual([
      200,
      'error',
      51,
      1,
      250,
    ]);
  });

  it('shortens what a recipe made long', () => {
    const [finding] = collected([errorFinding({ ...said, message: 'x'.repeat(10_000) })]).findings;
    expect(finding?.message).toHaveLength(500);
  });
});
