import { describe, expect, it } from 'vitest';
import type { SecretScan } from '../../api/secret-scan.ts';
import type { StepSeen } from '../../ports.ts';
import type { RunView } from './facts-of.ts';
import { firstStatus } from './first-status.ts';
import { resultsOf } from './results.ts';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const CLEAN: SecretScan = { secrets: ['token'], files: 9, bytes: 9, clean: true, leaks: [], unread: [] };
const LEAK: SecretScan = { ...CLEAN, leaks: [{ file: 'artifacts/a.bin', secrets: ['token'] }] };

function teardown(outcome: 'passed' | 'failed', scan: SecretScan | null, attempt = 1): StepSeen {
  const at = NOW.toISOString();
  const common = { startedAt: at, finishedAt: at, message: '', tests: [], substeps: [], resources: null };
  return {
    step: 'teardown',
    attempt,
    round: 1,
    state: outcome,
    startedAt: NOW,
    deadline: NOW,
    finishedAt: NOW,
    result: { ...common, step: 'teardown', outcome, data: null },
    scan,
    stopReason: null,
    problem: '',
  };
}

/** Of a run whose steps of all attempts these are. */
function flagsOf(all: readonly StepSeen[], leftovers: readonly string[]): unknown {
  const steps = all.filter(({ attempt }) => attempt === Math.max(...all.map((each) => each.attempt)));
  const view = { docs: { name: 'run' }, seen: { steps: all }, steps, leftovers } as unknown as RunView;
  return resultsOf(view, firstStatus({ uid: 'u1', createdAt: NOW, now: NOW }), []).flags;
}

describe('what the end proves', () => {
  it.each([
    { because: 'all is gone, and nothing was found', steps: [teardown('passed', CLEAN)], left: [], want: [true, true] },
    { because: 'the controller still sees something', steps: [teardown('passed', CLEAN)], left: ['volume x'], want: [false, true] },
    { because: 'teardown failed', steps: [teardown('failed', CLEAN)], left: [], want: [false, true] },
    { because: 'there was no teardown, and nobody looked', steps: [], left: [], want: [false, false] },
    { because: 'nobody looked for secrets', steps: [teardown('passed', null)], left: [], want: [true, false] },
    { because: 'one was found', steps: [teardown('passed', LEAK)], left: [], want: [true, false] },
    { because: 'one was found in an attempt before', steps: [teardown('passed', LEAK), teardown('passed', CLEAN, 2)], left: [], want: [true, false] },
    { because: 'not all of it was removed', steps: [teardown('passed', { ...CLEAN, clean: false })], left: [], want: [true, false] },
  ])('$because', ({ steps, left, want: [clean, leakless] }) => {
    expect(flagsOf(steps, left)).toEqual({ 'clean-teardown': clean, 'no-leak': leakless });
  });
}); // oxfmt-ignore
