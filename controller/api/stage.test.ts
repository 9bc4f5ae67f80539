import { describe, expect, it } from 'vitest';
import { dataOf, StageResult } from './stage.ts';

const AT = '2026-11-23T12:00:00.000Z';
const raw = (step: string, more: object): object => ({
  step,
  outcome: 'passed',
  startedAt: AT,
  finishedAt: AT,
  message: 'Fine.',
  ...more,
});
const EVIDENCE = { files: ['app.log'], screenshot: null };
const MEMORY = { memory: [], totalPeakBytes: 7, looks: 1, failedLooks: 0, problem: '', volumes: null };

describe('StageResult', () => {
  it.each([
    {
      because: 'what a step found is read as its own',
      given: raw('evidence', { data: EVIDENCE }),
      want: { data: EVIDENCE, resources: null },
    },
    {
      because: 'a step that did not come so far found nothing',
      given: raw('install', { data: null }),
      want: { data: null },
    },
    {
      because: 'what was written in another shape is nothing, and the rest stands',
      given: raw('install', { data: { proof: 'as it was' } }),
      want: { data: null, message: 'Fine.', outcome: 'passed' },
    },
    {
      because: 'what another step finds is nothing of this one',
      given: raw('install', { data: EVIDENCE }),
      want: { data: null },
    },
    {
      because: 'an older result has what the app used among what was found',
      given: raw('evidence', { data: { ...EVIDENCE, resources: { totalPeakBytes: 7, looks: 1 } } }),
      want: { data: EVIDENCE, resources: MEMORY },
    },
    {
      because: 'also where nothing else was found',
      given: raw('install', { data: { resources: MEMORY } }),
      want: { data: null, resources: MEMORY },
    },
    {
      because: 'resources in another shape are none',
      given: raw('install', { data: null, resources: 'much' }),
      want: { data: null, resources: null },
    },
  ])('$because', ({ given, want }) => expect(StageResult.parse(given)).toMatchObject(want));

  it.each([
    { because: 'no step of that name', given: raw('deploy', {}) },
    { because: 'no outcome', given: { ...raw('install', {}), outcome: undefined } },
    { because: 'no object', given: 'passed' },
  ])('is not read where there is $because', ({ given }) =>
    expect(StageResult.safeParse(given).success).toBe(false),
  );

  it('takes the last result of a step', () => {
    const of = (file: string): StageResult =>
      StageResult.parse(raw('evidence', { data: { ...EVIDENCE, files: [file] } }));
    expect(dataOf([of('a'), null, of('b')], 'evidence')).toEqual({ ...EVIDENCE, files: ['b'] });
    expect(dataOf([of('a')], 'install')).toBeNull();
  });
});
