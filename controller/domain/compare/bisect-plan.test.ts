import { describe, expect, it } from 'vitest';
import { ObjectName } from '../../api/primitives.ts';
import { BISECT_MOST, bisectRunName, planOf, type Subject } from './bisect-plan.ts';

const change = (service: string): Subject['changes'][number] => ({ service, from: 'x:1', to: 'x:2' });

const subject: Subject = {
  run: 'r',
  phase: 'Finished',
  verdict: 'Failed',
  partial: false,
  stages: ['lint', 'install', 'upgrade', 'backup'],
  steps: [
    { name: 'prepare', state: 'passed' },
    { name: 'lint', state: 'unverified' },
    { name: 'install', state: 'passed' },
    { name: 'upgrade', state: 'failed' },
  ],
  changes: [change('app'), change('db')],
  fromOlder: false,
};

const failing = (name: Subject['steps'][number]['name']): Partial<Subject> => ({
  steps: [{ name, state: 'failed' }],
});

describe('the plan', () => {
  it.each([
    {
      because: 'goes as far as the run did, without what deploys nothing',
      over: {},
      want: { stages: ['install', 'upgrade'] },
    },
    { because: 'needs no more than the install', over: failing('install'), want: { stages: ['install'] } },
    {
      because: 'does all of it where teardown failed',
      over: failing('teardown'),
      want: { stages: ['install', 'upgrade', 'backup'] },
    },
    {
      because: 'takes a limit for a failure',
      over: {
        verdict: 'TimedOut' as const,
        steps: [{ name: 'install' as const, state: 'stopped' as const }],
      },
      want: { stages: ['install'] },
    },
    {
      because: 'tries each image that changed',
      over: {},
      want: { tried: [change('app'), change('db')], left: [] },
    },
  ])('$because', ({ over, want }) => {
    expect(planOf({ ...subject, ...over })).toMatchObject({ ok: true, ...want });
  });

  it('tries so many bumps and no more, and knows the others', () => {
    const changes = Array.from({ length: BISECT_MOST + 2 }, (_, index) => change(`s${index}`));
    expect(planOf({ ...subject, changes })).toMatchObject({
      tried: changes.slice(0, BISECT_MOST),
      left: changes.slice(BISECT_MOST),
    });
  });

  it.each([
    {
      because: 'a run that goes on',
      over: { phase: 'Running', verdict: null },
      why: 'is not finished: it is Running',
    },
    { because: 'a document that was refused', over: { phase: 'Refused', verdict: null }, why: 'was refused' },
    { because: 'a green run', over: { verdict: 'Passed' as const }, why: 'is green' },
    { because: 'what was not judged', over: { verdict: 'Errored' as const }, why: 'was not judged' },
    { because: 'what was cancelled', over: { verdict: 'Cancelled' as const }, why: 'was cancelled' },
    { because: 'one of a bisect', over: { partial: true }, why: 'only some image bumps itself' },
    {
      because: 'a failure in lint',
      over: failing('lint'),
      why: 'failed in lint, before anything was deployed',
    },
    { because: 'a failure in prepare', over: failing('prepare'), why: 'failed in prepare, before' },
    { because: 'no failure on record', over: { steps: [] }, why: 'has no step on record that failed' },
    { because: 'a failure from an older version', over: { fromOlder: true }, why: 'from a version older' },
    {
      because: 'one image',
      over: { changes: [change('db')] },
      why: 'changes one image only, that of "db" (x 1 → 2): there is nothing to tell apart',
    },
    { because: 'no image', over: { changes: [] }, why: 'has no changed image on record' },
  ])('is refused for $because', ({ over, why }) => {
    const plan = planOf({ ...subject, ...over });
    expect(plan).toMatchObject({ ok: false, why: expect.stringContaining(`run/r `) });
    expect(plan).toMatchObject({ why: expect.stringContaining(why), next: expect.stringMatching(/\w{4}/) });
  });
});

describe('the name of a run for one bump', () => {
  it.each([
    { run: 'ghost-a1b2c3d-abcde', service: 'db', name: 'ghost-a1b2c3d-abcde-only-db' },
    { run: 'ghost-a1b2c3d-abcde', service: null, name: 'ghost-a1b2c3d-abcde-no-bump' },
  ])('is $name', ({ run, service, name }) => {
    expect(bisectRunName(run, service)).toBe(name);
  });

  it('is a name, another one for each service, and always the same', () => {
    const runs = ['r', 'a.b', 'r'.repeat(63), `${'r'.repeat(35)}.${'x'.repeat(27)}`];
    const services = ['db', 'DB', 'd_b', 'd-b', '_', '-', 'd'.repeat(40), `${'d'.repeat(40)}2`, null];
    for (const run of runs) {
      const names = services.map((service) => bisectRunName(run, service));
      for (const name of names) expect(ObjectName.safeParse(name).success, name).toBe(true);
      expect(new Set(names).size).toBe(services.length);
      expect(services.map((service) => bisectRunName(run, service))).toEqual(names);
    }
  });
});
