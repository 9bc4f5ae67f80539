import { describe, expect, it } from 'vitest';
import type { TestCase } from '../../api/stage.ts';
import { withCause } from './report.ts';

const skipped = (name: string): TestCase => ({
  source: 'ccci',
  name,
  file: 'a.test.ts',
  state: 'skipped',
  durationMs: 0,
});

describe('explained', () => {
  it('gives what could not be judged a cause with evidence and a next step', () => {
    const message = 'Every test was skipped.';
    expect(withCause({ outcome: 'unverified', message, tests: [skipped('x'), skipped('y')] }).cause).toEqual({
      reason: 'StageUnverified',
      message,
      evidence: 'skipped: a.test.ts: x\nskipped: a.test.ts: y',
      nextStep: expect.stringContaining('Write a test for this stage') as string,
    });
    expect(withCause({ outcome: 'unverified', message: 'There are no tests.' }).cause).toMatchObject({
      evidence: 'There are no tests.',
    });
  });

  it('gives every cause a next step, and keeps one that is there', () => {
    const message = 'It failed.';
    const cause = { reason: 'DataLost', message };
    expect(withCause({ outcome: 'failed', message, cause }).cause?.nextStep).toMatch(/checksums/);
    expect(
      withCause({ outcome: 'failed', message, cause: { ...cause, nextStep: 'Mine.' } }).cause?.nextStep,
    ).toBe('Mine.');
  });

  it('adds nothing to what passed', () => {
    expect(withCause({ outcome: 'passed', message: 'Fine.' })).toEqual({
      outcome: 'passed',
      message: 'Fine.',
    });
  });
});
