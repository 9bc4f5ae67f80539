import { describe, expect, it } from 'vitest';
import type { SwarmInfo } from '../../ports.ts';
import { type StageReport, StageFailure } from './report.ts';
import { onSteadySwarm } from './steady-swarm.ts';

const passed: StageReport = { outcome: 'passed', message: 'Fine.' };
const failure = new StageFailure('recipe', {
  reason: 'TestFailed',
  message: 'A test failed.',
  evidence: 'line 7',
});
const INFO: SwarmInfo = {
  engine: '1',
  apiVersion: '1',
  swarm: 'active',
  manager: true,
  incarnation: 'a@1',
  startedAt: null,
};

/** Answers in turn; an Error is thrown. */
function judged(
  answers: readonly (string | Error)[],
  work: () => StageReport,
  { signal = new AbortController().signal, drifts = [] }: { signal?: AbortSignal; drifts?: number[] } = {},
) {
  const left = [...answers];
  const info = (): Promise<SwarmInfo> => {
    const next = left.shift() ?? new Error('asked too often');
    return next instanceof Error ? Promise.reject(next) : Promise.resolve({ ...INFO, incarnation: next });
  };
  const log = { say: () => undefined };
  return onSteadySwarm({ swarm: { info }, log, signal, drift: () => drifts.shift() ?? 0 }, () =>
    Promise.resolve().then(work),
  );
}
const fails = (): StageReport => {
  throw failure;
};

describe('onSteadySwarm', () => {
  it('leaves a verdict on a swarm that stood still as it is', async () => {
    expect(await judged(['a@1', 'a@1'], fails)).toMatchObject({ outcome: 'failed', cause: failure.failure });
  });

  it.each([
    { because: 'Docker was restarted', answers: ['a@1', 'a@7'], reason: 'DockerRestarted' },
    { because: 'a node went', answers: ['a@1 b@1', 'a@1'], reason: 'DockerRestarted' },
    { because: 'Docker is gone', answers: ['a@1', new Error('ENOENT')], reason: 'DockerNotAnswering' },
    { because: 'Docker came only later', answers: [new Error('ENOENT'), 'a@1'], reason: 'DockerRestarted' },
  ])('does not blame the recipe where $because, and keeps what was said', async ({ answers, reason }) => {
    const report = await judged(answers, fails);
    expect(report).toMatchObject({ outcome: 'errored', cause: { reason } });
    expect(report.message).toContain('A test failed.');
  });

  it('names the reason of an error of our own as well', async () => {
    const throws = (): StageReport => {
      throw new Error('connect ECONNREFUSED');
    };
    expect(await judged(['a@1', 'a@2'], throws)).toMatchObject({
      outcome: 'errored',
      cause: { reason: 'DockerRestarted' },
    });
    expect(await judged(['a@1', 'a@1'], throws)).toMatchObject({
      outcome: 'errored',
      cause: { reason: 'Internal' },
    });
  });

  it.each([
    { because: 'forward', drifts: [20, 3_600_020], says: 'by 3600 s' },
    { because: 'back', drifts: [0, -60_000], says: 'by -60 s' },
  ])('does not blame the recipe where the clock was set $because', async ({ drifts, says }) => {
    const report = await judged(['a@1', 'a@1'], fails, { drifts });
    expect(report).toMatchObject({ outcome: 'errored', cause: { reason: 'ClockStepped', evidence: says } });
  });

  it('does blame it where the clock is only disciplined', async () => {
    const report = await judged(['a@1', 'a@1'], fails, { drifts: [0, 900] });
    expect(report).toMatchObject({ outcome: 'failed' });
  });

  it('believes what passed all the same, and asks nobody once it was stopped', async () => {
    expect(await judged(['a@1'], () => passed)).toEqual(passed);
    expect(await judged(['a@1'], fails, { signal: AbortSignal.abort() })).toMatchObject({
      outcome: 'failed',
    });
  });
});
