import { describe, expect, it } from 'vitest';
import type { StepState } from '../api/stage.ts';
import type { StepSeen } from '../ports.ts';
import { judge, levelOf } from './verdict.ts';

const seen = (step: StepSeen['step'], state: StepState, more: Partial<StepSeen> = {}): StepSeen => ({
  step,
  state,
  attempt: 1,
  round: 1,
  startedAt: null,
  deadline: null,
  finishedAt: null,
  result: null,
  stopReason: null,
  problem: '',
  ...more,
});
const planned = ['prepare', 'install'] as const;
const prepared = seen('prepare', 'passed');

describe('judge', () => {
  it.each([
    { because: 'all passed', steps: [prepared, seen('install', 'passed')], want: 'Passed' },
    {
      because: 'a failed stage is the recipe’s fault',
      steps: [prepared, seen('install', 'failed')],
      want: 'Failed',
    },
    { because: 'an errored stage is ours', steps: [prepared, seen('install', 'errored')], want: 'Errored' },
    { because: 'a lost stage is ours', steps: [prepared, seen('install', 'lost')], want: 'Errored' },
    {
      because: 'a stage that was not judged is never green',
      steps: [prepared, seen('install', 'unverified')],
      want: 'Errored',
    },
    {
      because: 'a stage stopped at its limit timed out',
      steps: [prepared, seen('install', 'stopped', { stopReason: 'overdue' })],
      want: 'TimedOut',
    },
    {
      because: 'a stage stopped by a person was cancelled',
      wish: 'cancel',
      steps: [prepared, seen('install', 'stopped', { stopReason: 'cancelled' })],
      want: 'Cancelled',
    },
    {
      because: 'a run cancelled between two stages was cancelled',
      wish: 'cancel',
      steps: [prepared],
      want: 'Cancelled',
    },
    {
      because: 'a verdict that stood before the cancel stands',
      wish: 'cancel',
      steps: [prepared, seen('install', 'failed')],
      want: 'Failed',
    },
    { because: 'a run past its timeout timed out', expired: true, steps: [prepared], want: 'TimedOut' },
  ] as const)('$because', ({ steps, want, ...more }) => {
    const wish = 'wish' in more ? (more.wish ?? 'run') : 'run';
    expect(judge({ wish, expired: 'expired' in more, planned, seen: steps, attempts: 1 }).verdict).toBe(want);
  });
});

describe('what the verdict says', () => {
  const ended = (step: StepSeen['step'], outcome: 'skipped' | 'unverified', reason: string): StepSeen =>
    seen(step, outcome, {
      result: {
        step,
        outcome,
        startedAt: '2026-01-01T00:00:00.000Z',
        finishedAt: '2026-01-01T00:00:00.000Z',
        message: `It was ${outcome}.`,
        cause: { reason, message: `It was ${outcome}.` },
        tests: [],
        substeps: [],
        data: {},
      },
    });
  const planned = ['prepare', 'install', 'upgrade'] as const;
  const installed = [prepared, seen('install', 'passed')];
  const judged = (upgrade: StepSeen) =>
    judge({ wish: 'run', expired: false, planned, seen: [...installed, upgrade], attempts: 1 });

  it('names what was skipped, and does not call it passed', () => {
    expect(judged(ended('upgrade', 'skipped', 'NoPreviousVersion'))).toMatchObject({
      verdict: 'Passed',
      message: 'Passed: install. Skipped: upgrade (It was skipped.)',
      cause: null,
    });
  });

  it('names the stages in which a quarantined test failed', () => {
    const skipped = ended('upgrade', 'skipped', 'NoPreviousVersion');
    const test = { source: 'ccci', name: 't', file: 'f', state: 'failed', durationMs: 1 } as const;
    const result = { ...skipped.result!, tests: [{ ...test, quarantined: true }] };
    expect(judged(seen('upgrade', 'passed', { result })).message).toBe(
      'Passed: install, upgrade. Quarantined tests failed: upgrade.',
    );
  });

  it('has the cause of the stage that was not judged', () => {
    expect(judged(ended('upgrade', 'unverified', 'BaseNotDeployable'))).toMatchObject({
      verdict: 'Errored',
      reason: 'BaseNotDeployable',
      cause: { reason: 'BaseNotDeployable' },
    });
  });
});

describe('levelOf', () => {
  it.each([
    { because: 'nothing known', steps: [], want: null },
    { because: 'install failed', steps: [['install', 'failed']], want: 0 },
    { because: 'installs', steps: [['install', 'passed']], want: 1 },
    {
      because: 'a declared skip climbs',
      steps: [
        ['install', 'passed'],
        ['upgrade', 'skipped'],
        ['backup', 'passed'],
        ['restore', 'passed'],
      ],
      want: 3,
    },
    {
      because: 'an unverified rung blocks',
      steps: [
        ['install', 'passed'],
        ['upgrade', 'unverified'],
        ['backup', 'passed'],
        ['restore', 'passed'],
      ],
      want: 1,
    },
    {
      because: 'half a rung is none',
      steps: [
        ['install', 'passed'],
        ['upgrade', 'passed'],
        ['backup', 'passed'],
      ],
      want: 2,
    },
    {
      because: 'all',
      steps: [
        ['install', 'passed'],
        ['upgrade', 'passed'],
        ['backup', 'passed'],
        ['restore', 'passed'],
        ['test', 'passed'],
        ['lint', 'passed'],
      ],
      want: 5,
    },
  ] satisfies { because: string; steps: [StepSeen['step'], StepState][]; want: number | null }[])(
    '$because',
    ({ steps, want }) => {
      expect(levelOf(steps.map(([step, state]) => ({ step, state })))).toBe(want);
    },
  );
});
