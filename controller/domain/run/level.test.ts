import { describe, expect, it } from 'vitest';
import type { StageName, StageResult, StepState, TestCase } from '../../api/stage.ts';
import { isSuperficial, levelOf, levelText, RUNGS, shownLevel, type Stood } from './level.ts';

type Step = readonly [StageName, StepState] | readonly [StageName, StepState, 'superficial'];
const stood = (steps: readonly Step[]): Stood[] =>
  steps.map(([step, state, how]) => ({ step, state, superficial: how === 'superficial' }));
const ALL: readonly Step[] = [
  ['install', 'passed'],
  ['upgrade', 'passed'],
  ['backup', 'passed'],
  ['restore', 'passed'],
  ['test', 'passed'],
  ['lint', 'passed'],
];
/** Everything passed but for these. */
const but = (...others: readonly Step[]): readonly Step[] =>
  ALL.map((step) => others.find(([name]) => name === step[0]) ?? step);

describe('levelOf', () => {
  it.each<{ because: string; steps: readonly Step[]; want: number | null }>([
    { because: 'nothing known', steps: [], want: null },
    { because: 'install failed', steps: [['install', 'failed']], want: 0 },
    { because: 'installs', steps: [['install', 'passed']], want: 1 },
    { because: 'a declared skip climbs', steps: [['install', 'passed'], ['upgrade', 'skipped'], ['backup', 'passed'], ['restore', 'passed']], want: 3 },
    { because: 'an unverified rung blocks', steps: [['install', 'passed'], ['upgrade', 'unverified'], ['backup', 'passed'], ['restore', 'passed']], want: 1 },
    { because: 'half a rung is none', steps: [['install', 'passed'], ['upgrade', 'passed'], ['backup', 'passed']], want: 2 },
    { because: 'all', steps: ALL, want: 5 },
    { because: 'lint alone is red', steps: but(['lint', 'failed']), want: 4 },
    { because: 'lint is red, and the upgrade as well', steps: but(['lint', 'failed'], ['upgrade', 'failed']), want: 1 },
    { because: 'a superficial test stops the climb', steps: but(['test', 'passed', 'superficial']), want: 3 },
    { because: 'a superficial upgrade as well', steps: but(['upgrade', 'passed', 'superficial']), want: 1 },
  ])('$because: $want', ({ steps, want }) => expect(levelOf(stood(steps))).toBe(want));

  const STATES: readonly StepState[] = ['passed', 'skipped', 'failed', 'unverified', 'errored', 'absent'];
  const stages = RUNGS.flat();
  const shallow: readonly StageName[] = ['upgrade', 'test'];

  /** Every combination of states, each with every choice of superficial stages. */
  function* combinations(): Generator<Stood[]> {
    for (let count = 0; count < STATES.length ** stages.length; count += 1) {
      const states = stages.map((_stage, at) => STATES[Math.floor(count / STATES.length ** at) % STATES.length] ?? 'absent');
      for (let mask = 0; mask < 2 ** shallow.length; mask += 1)
        yield stages.map((step, at) => ({ step, state: states[at] ?? 'absent', superficial: (mask & (1 << shallow.indexOf(step))) > 0 }));
    }
  } // oxfmt-ignore

  const stateIn = (steps: readonly Stood[], stage: StageName): StepState | undefined =>
    steps.find(({ step }) => step === stage)?.state;
  const earnedIn = (steps: readonly Stood[], stage: StageName): boolean => {
    const { state, superficial } = steps.find(({ step }) => step === stage) ?? {};
    return state === 'skipped' || (state === 'passed' && superficial !== true);
  };
  /** Each rule, and whether it holds. */
  const RULES: Readonly<Record<string, (steps: readonly Stood[], level: number | null) => boolean>> = {
    'a failed install is 0, and nothing else is': (steps, level) => (stateIn(steps, 'install') === 'failed') === (level === 0),
    'there is none where install was not judged': (steps, level) =>
      ['passed', 'failed'].includes(stateIn(steps, 'install') ?? '') === (level !== null),
    'every rung up to it is earned': (steps, level) =>
      RUNGS.slice(0, level ?? 0).flat().every((stage) => earnedIn(steps, stage)),
    'the one above it is not': (steps, level) =>
      level === null || level === 0 || level === 5 || !(RUNGS[level] ?? []).every((stage) => earnedIn(steps, stage)),
    'lint red is no 5': (steps, level) => level !== 5 || stateIn(steps, 'lint') !== 'failed',
  };

  it('keeps its rules in every combination', () => {
    let seen = 0;
    for (const steps of combinations()) {
      seen += 1;
      const level = levelOf(steps);
      for (const [rule, holds] of Object.entries(RULES))
        if (!holds(steps, level)) throw new Error(`${rule}: level ${level} of ${JSON.stringify(steps)}`);
    }
    expect(seen).toBe(6 ** 6 * 4);
  });

  it('never falls by one stage that gets better', () => {
    for (const steps of combinations()) {
      const level = levelOf(steps);
      if (level === null || level === 0) continue;
      for (const [at, step] of steps.entries()) {
        const better = levelOf(steps.with(at, { step: step.step, state: 'passed', superficial: false }));
        if ((better ?? -1) < level) throw new Error(`${step.step} of ${JSON.stringify(steps)}`);
      }
    }
    expect(levelOf(stood(ALL))).toBe(5);
  });
}); // oxfmt-ignore

describe('what is said with a level', () => {
  it.each<{ because: string; steps: readonly Step[]; abra: boolean | null; want: string }>([
    { because: 'there is none', steps: [], abra: null, want: '' },
    { because: 'plain', steps: but(['test', 'failed']), abra: false, want: '3 of 5' },
    { because: 'all, with abra’s own rules', steps: ALL, abra: true, want: '5 of 5' },
    { because: 'all, without them', steps: ALL, abra: false, want: '5 of 5, abra’s own rules not judged' },
    { because: 'all, and it is not known', steps: ALL, abra: null, want: '5 of 5, abra’s own rules not judged' },
    { because: 'it stopped where only an answer was judged', steps: but(['test', 'passed', 'superficial']), abra: true, want: '3 of 5, test superficial' },
    { because: 'it stopped before that', steps: but(['backup', 'failed'], ['test', 'passed', 'superficial']), abra: true, want: '2 of 5' },
  ])('$because', ({ steps, abra, want }) => {
    const seen = stood(steps);
    const level = levelOf(seen);
    expect(levelText(level, seen, abra)).toBe(want);
    expect(shownLevel({ level, levelSays: want })).toBe(want);
  });

  it('is the number alone for an older status', () => {
    expect(shownLevel({ level: 5, levelSays: '' })).toBe('5 of 5');
    expect(shownLevel({ level: null, levelSays: '' })).toBe('');
  });
}); // oxfmt-ignore

describe('isSuperficial', () => {
  const test = (more: Partial<TestCase>): TestCase => ({
    source: 'ccci',
    name: 'serves the page',
    file: 'web/test.test.ts',
    state: 'passed',
    durationMs: 1,
    ...more,
  });
  const result = (step: 'upgrade' | 'test' | 'install' | 'backup', tests: readonly TestCase[], ledger = 0): StageResult =>
    ({ step, tests, data: { ledger: Array.from({ length: ledger }, () => ({})) } }) as unknown as StageResult;
  const floor = test({ file: '_generic/test.test.ts' });
  it.each([
    { because: 'only the floor answered', given: result('test', [floor]), want: true },
    { because: 'a test of ours for this recipe', given: result('test', [floor, test({})]), want: false },
    { because: 'one of its own repository', given: result('test', [floor, test({ source: 'recipe', file: 'tests/smoke.bats' })]), want: false },
    { because: 'one of its own in a folder of that name', given: result('test', [test({ source: 'recipe', file: '_generic/a.sh' })]), want: false },
    { because: 'one that says so', given: result('test', [test({ name: 'superficial: answers' })]), want: true },
    { because: 'one that says so beside one that does not', given: result('test', [test({ name: 'answers (superficial)' }), test({})]), want: false },
    { because: 'one that was skipped judged nothing', given: result('test', [floor, test({ state: 'skipped' })]), want: true },
    { because: 'one in quarantine that failed as well', given: result('test', [floor, test({ state: 'failed', quarantined: true })]), want: true },
    { because: 'data in the ledger does not earn the rung test', given: result('test', [floor], 2), want: true },
    { because: 'an upgrade whose data was followed', given: result('upgrade', [floor], 2), want: false },
    { because: 'an upgrade without data, with a test of its own', given: result('upgrade', [test({})]), want: false },
    { because: 'an upgrade of which only the answer was seen', given: result('upgrade', [floor]), want: true },
    { because: 'an install is what it is', given: result('install', [floor]), want: false },
    { because: 'a backup always has data', given: result('backup', []), want: false },
    { because: 'nothing is known', given: null, want: false },
  ])('$because: $want', ({ given, want }) => expect(isSuperficial(given)).toBe(want));
}); // oxfmt-ignore
