import { describe, expect, it } from 'vitest';
import type { SecretScan } from '../../api/secret-scan.ts';
import type { StepState } from '../../api/stage.ts';
import type { StepSeen } from '../../ports.ts';
import { judge } from './verdict.ts';

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
const CLEAN: SecretScan = { secrets: ['token'], files: 9, bytes: 9, clean: true, leaks: [], unread: [] };
const planned = ['prepare', 'install'] as const;
const prepared = seen('prepare', 'passed');

it.each([
  { because: 'its own', stopLimit: 'step', says: 'Timed out: The step "install" ran past its limit.' },
  {
    because: 'that of the run',
    stopLimit: 'run',
    says: 'Timed out: The run took longer than its timeout; the step "install" was ended.',
  },
] as const)('a step that was ended at $because limit says so', ({ stopLimit, says }) => {
  const steps = [prepared, seen('install', 'stopped', { stopReason: 'overdue', stopLimit })];
  const run = {
    wish: 'run',
    expired: stopLimit === 'run',
    planned,
    seen: steps,
    attempts: 1,
    scans: [],
  } as const;
  expect(judge(run)).toMatchObject({ verdict: 'TimedOut', message: says });
});

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
      because: 'a stage that we stopped was not lost, whatever is wished by now',
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
    {
      because: 'what lint found is red, whatever came after it',
      planned: ['prepare', 'lint', 'install'],
      steps: [prepared, seen('lint', 'failed'), seen('install', 'passed')],
      want: 'Failed',
    },
    {
      because: 'also where the rest could not be judged',
      planned: ['prepare', 'lint', 'install'],
      steps: [prepared, seen('lint', 'failed'), seen('install', 'errored')],
      want: 'Failed',
    },
    {
      because: 'a person may stop what comes after lint',
      wish: 'cancel',
      planned: ['prepare', 'lint', 'install'],
      steps: [prepared, seen('lint', 'failed'), seen('install', 'stopped', { stopReason: 'cancelled' })],
      want: 'Cancelled',
    },
    { because: 'a run past its timeout timed out', expired: true, steps: [prepared], want: 'TimedOut' },
  ] as const)('$because', ({ steps, want, ...more }) => {
    const wish = 'wish' in more ? (more.wish ?? 'run') : 'run';
    expect(
      judge({
        wish,
        expired: 'expired' in more,
        planned: ('planned' in more ? more.planned : undefined) ?? planned,
        seen: steps,
        attempts: 1,
        scans: [{ attempt: 1, scan: CLEAN }],
      }).verdict,
    ).toBe(want);
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
        data: null,
        resources: null,
      },
    });
  const planned = ['prepare', 'install', 'upgrade'] as const;
  const installed = [prepared, seen('install', 'passed')];
  const judged = (upgrade: StepSeen) =>
    judge({
      wish: 'run',
      expired: false,
      planned,
      seen: [...installed, upgrade],
      attempts: 1,
      scans: [{ attempt: 1, scan: CLEAN }],
    });

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
      'Passed: install, upgrade. Superficial: upgrade. Quarantined tests failed: upgrade.',
    );
  });

  it('has lint’s cause, which came first, and says what failed besides', () => {
    const planned = ['prepare', 'lint', 'install'] as const;
    const steps = [prepared, seen('lint', 'failed'), seen('install', 'failed')];
    const scans = [{ attempt: 1, scan: CLEAN }];
    const judgement = judge({ wish: 'run', expired: false, planned, seen: steps, attempts: 1, scans });
    expect(judgement).toMatchObject({ verdict: 'Failed', cause: { message: 'The step "lint" failed.' } });
    expect(judgement.message).toMatch(/^Failed in lint: .* Besides: Failed in install: /);
  });

  it('names where nothing but an answer was judged', () => {
    const passed = {
      ...ended('upgrade', 'skipped', 'NoPreviousVersion').result!,
      outcome: 'passed' as const,
    };
    expect(judged(seen('upgrade', 'passed', { result: passed })).message).toBe(
      'Passed: install, upgrade. Superficial: upgrade.',
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

describe('a look for secrets', () => {
  const LEAK: SecretScan = {
    ...CLEAN,
    leaks: [
      { file: 'artifacts/a.bin', secrets: ['token', 'key'] },
      { file: 'artifacts/b.txt', secrets: ['token'] },
    ],
  };
  const passed = [prepared, seen('install', 'passed')];
  const left = [...passed, seen('teardown', 'failed')];
  const broken = [prepared, seen('install', 'failed')];
  const stopped = [prepared, seen('install', 'stopped', { stopReason: 'cancelled' })];
  const first = { attempt: 1, scan: CLEAN };
  const leak = { attempt: 1, scan: LEAK };

  it.each([
    { because: 'that found nothing leaves a pass a pass', steps: passed, scans: [first], want: ['Passed', undefined] },
    { because: 'that nobody took is never green', steps: passed, scans: [], want: ['Errored', 'NotScanned'] },
    { because: 'in an earlier attempt alone is none of the last', steps: passed, attempts: 2, scans: [first], want: ['Errored', 'NotScanned'] },
    { because: 'that did not get all of it out is never green', steps: passed, scans: [{ attempt: 1, scan: { ...CLEAN, clean: false } }], want: ['Errored', 'NotScanned'] },
    { because: 'that found one is ours', steps: passed, scans: [leak], want: ['Errored', 'SecretLeaked'] },
    { because: 'that found one is not forgotten after a round that found none', steps: passed, scans: [leak, first], want: ['Errored', 'SecretLeaked'] },
    { because: 'that found one is not forgotten after an attempt that found none', steps: passed, attempts: 2, scans: [leak, { attempt: 2, scan: CLEAN }], want: ['Errored', 'SecretLeaked'] },
    { because: 'that found one comes before what the same teardown left', steps: left, scans: [leak], want: ['Errored', 'SecretLeaked'] },
    { because: 'that found one comes before a cancel', wish: 'cancel', steps: stopped, scans: [leak], want: ['Errored', 'SecretLeaked'] },
    { because: 'that found one does not hide what failed before', steps: broken, scans: [leak], want: ['Failed', 'StageFailed'] },
    { because: 'that nobody took is no matter where nothing passed', steps: broken, scans: [], want: ['Failed', 'StageFailed'] },
  ] as const)('$because', ({ steps, scans, want, ...more }) => {
    const { wish, attempts } = { wish: 'run' as const, attempts: 1, ...more };
    const judgement = judge({ wish, expired: false, planned, seen: steps, attempts, scans });
    expect([judgement.verdict, judgement.cause?.reason]).toEqual(want);
  }); // oxfmt-ignore

  it('names file and secret, and what to do', () => {
    const { message, cause } = judge({
      wish: 'run',
      expired: false,
      planned,
      seen: passed,
      attempts: 1,
      scans: [leak],
    });
    const said =
      'A secret of the app was in what people see of this run: artifacts/a.bin: token, key (and 1 more).';
    expect(message).toBe(`Errored in teardown: ${said}`);
    expect(cause).toMatchObject({
      message: said,
      evidence: 'artifacts/a.bin: token, key\nartifacts/b.txt: token',
      nextStep: expect.stringMatching(/\w/),
    });
  });

  it('is said beside the cause of what failed before', () => {
    const { message } = judge({
      wish: 'run',
      expired: false,
      planned,
      seen: broken,
      attempts: 1,
      scans: [leak],
    });
    expect(message).toMatch(/^Failed in install: .* Besides: A secret of the app was in .*a\.bin/);
  });
});

it('says who cancelled a run and why, where the document says so', () => {
  const cancelledRun = {
    wish: 'cancel',
    expired: false,
    planned,
    seen: [prepared],
    attempts: 1,
    scans: [],
  } as const;
  expect(judge({ ...cancelledRun, cancel: { by: 'newer-run', who: 'b' } })).toMatchObject({
    verdict: 'Cancelled',
    message: 'Cancelled: a newer run of the same pull request, b, took its place.',
  });
  expect(judge(cancelledRun).message).toBe('Cancelled by a person.');
});
