import { describe, expect, it } from 'vitest';
import { StageResult, type StepName } from '../../api/stage.ts';
import type { StepSeen } from '../../ports.ts';
import { resourcesOf } from './resources.ts';

function step(name: StepName, data: Record<string, unknown>): StepSeen {
  const at = '2026-11-23T12:00:00.000Z';
  return {
    step: name,
    attempt: 1,
    round: 1,
    state: 'passed',
    startedAt: new Date(at),
    deadline: new Date(at),
    finishedAt: new Date(at),
    result: StageResult.parse({
      step: name,
      outcome: 'passed',
      startedAt: at,
      finishedAt: at,
      message: '',
      data,
    }),
    stopReason: null,
    problem: '',
  };
}

const memory = (peaks: Record<string, number>, more: object = {}): Record<string, unknown> => ({
  resources: {
    memory: Object.entries(peaks).map(([service, peakBytes]) => ({ service, peakBytes })),
    totalPeakBytes: Object.values(peaks).reduce((sum, each) => sum + each, 0),
    looks: 10,
    ...more,
  },
});

const PREPARED = step('prepare', {
  commit: 'a'.repeat(40),
  subject: '',
  version: '1.0.0+1',
  previousVersion: null,
  images: [
    { image: 'nginx:1.26', id: 'sha256:1', digest: null, bytes: 150 },
    { image: 'old:1', id: 'sha256:2', digest: null },
  ],
  warnings: [],
  deployer: { kind: 'builtin', version: '1', bin: '/x' },
});

describe('resourcesOf', () => {
  it('is nothing where no step measured anything, as in records of older versions', () => {
    expect(resourcesOf([PREPARED, step('install', { proof: {} })])).toBeNull();
  });

  it('takes the highest of all stages for each service, and the volumes of the last step that saw them', () => {
    const steps = [
      PREPARED,
      step('install', memory({ app: 50, db: 70 })),
      step('upgrade', memory({ app: 90 }, { looks: 5, failedLooks: 2, problem: 'no answer' })),
      step('evidence', {
        resources: {
          looks: 1,
          volumes: [
            { name: 'data', bytes: 30 },
            { name: 'nfs', bytes: null },
          ],
        },
      }),
    ];
    expect(resourcesOf(steps)).toEqual({
      memory: [
        { service: 'app', peakBytes: 90 },
        { service: 'db', peakBytes: 70 },
      ],
      totalPeakBytes: 120,
      looks: 16,
      failedLooks: 2,
      problem: 'no answer',
      images: [
        { image: 'nginx:1.26', bytes: 150 },
        { image: 'old:1', bytes: null },
      ],
      volumes: [
        { name: 'data', bytes: 30 },
        { name: 'nfs', bytes: null },
      ],
      volumeBytes: 30,
      secondsToHealthy: null,
    });
  });

  it('names each limit that was put in once, whichever step did', () => {
    const usual = { service: 'app', what: 'memory', value: '2 GiB', lowered: false };
    const lowered = { ...usual, value: '8 GiB instead of 64 GiB', lowered: true };
    const withLimits = (name: StepName, limits: object[]): StepSeen => {
      const made = step(name, memory({ app: 1 }));
      return { ...made, result: StageResult.parse({ ...made.result, limits }) };
    };
    const steps = [withLimits('install', [usual]), withLimits('upgrade', [usual, lowered])];
    expect(resourcesOf(steps)?.limits).toEqual([usual, lowered]);
  });

  it.each([
    { because: 'an app without volumes has none', volumes: [], want: 0 },
    { because: 'what nobody could measure is not 0', volumes: [{ name: 'nfs', bytes: null }], want: null },
    { because: 'sizes that were not had are not 0', volumes: null, want: null },
  ])('$because', ({ volumes, want }) => {
    expect(resourcesOf([step('evidence', { resources: { volumes } })])?.volumeBytes).toBe(want);
  });
});
