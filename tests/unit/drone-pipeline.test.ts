/** What stands in `.drone.yml`: a step a stage, each of which ends and cancels as it should. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STAGES } from '../../controller/api/stage.ts';
import { ROOT } from '../../controller/config.ts';
import { complaintOf, pipelinesFor, runsAfter, substituted } from '../stand-ins/drone-pipeline.ts';

const TEXT = readFileSync(join(ROOT, '.drone.yml'), 'utf8');
const [shows, ...others] = pipelinesFor('custom', TEXT);

describe('the pipeline that shows runs', () => {
  const steps = shows?.steps ?? [];

  it('is the only one for a custom build, of a kind that runs on this machine, and clones nothing', () => {
    expect(others).toEqual([]);
    expect(shows).toMatchObject({ type: 'exec', clone: { disable: true }, trigger: { event: ['custom'] } });
    expect(shows === undefined ? 'none' : complaintOf(shows)).toBeNull();
  });

  it('has a step a stage in the order in which they are done, and then the verdict', () => {
    const names = ['prepare', ...STAGES, 'teardown', 'verdict'];
    expect(steps.map(({ name }) => name)).toEqual(names);
  });

  it('follows each stage, exits as it did, and cancels the run where its shell is killed', () => {
    expect(steps.slice(0, -1).map(({ commands }) => commands)).toEqual(
      steps
        .slice(0, -1)
        .map(({ name }) => [
          `setpriv --pdeathsig TERM ccci-ctl logs "run/$RUN" --stage ${name} --follow --exit-with-stage --cancel-on-term`,
        ]),
    );
  });

  it('ends with the verdict of the run', () => {
    expect(steps.at(-1)?.commands).toEqual(['ccci-ctl wait "run/$RUN" --for=verdict']);
  });

  it('shows every stage, whether one before it failed or not', () => {
    for (const failed of [true, false])
      expect(steps.filter((step) => !runsAfter(step, failed)).map(({ name }) => name)).toEqual([]);
  });
});

it('holds nothing that Drone would replace before it reads the file', () => {
  expect(TEXT).not.toMatch(/\$\{/);
  const hostile = 'x"; touch /tmp/hostile; echo "';
  expect(substituted(TEXT, { RUN: hostile, RECIPE: hostile })).toBe(TEXT);
});

it.each(['push', 'pull_request'])('tests this repository itself on %s, on a runner of its own', (event) => {
  const [tests, ...more] = pipelinesFor(event, TEXT);
  expect(more).toEqual([]);
  expect(tests).toMatchObject({ name: 'self-test', type: 'exec', node: { purpose: 'self-test' } });
  const commands = tests?.steps.flatMap((step) => step.commands);
  expect(commands).toEqual(['npm ci', 'npm run verify', 'bin/test']);
});
