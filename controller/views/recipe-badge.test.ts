import { describe, expect, it } from 'vitest';
import { finishedBody, statusBody, stepOf } from '../ctl/testing.ts';
import { type BadgeWanted, badgeOf } from './recipe-badge.ts';
import type { RunView } from './runs.ts';

const run = (status: RunView['status'], spec: object = {}): RunView => ({
  apiVersion: 'x',
  kind: 'TestRun',
  metadata: { name: 'ghost-1', labels: {}, createdAt: '2026-11-30T12:00:00.000Z', deleting: false },
  spec: { recipe: 'ghost', source: { ref: 'main' }, trigger: { kind: 'file' }, ...spec } as RunView['spec'],
  status,
  problems: [],
});
const passed = (level: number | null): RunView => run(finishedBody('Passed', { level, version: '1.0.0' }));
const failed = run(finishedBody('Failed'));
const running = run(statusBody({ phase: 'Running' }));
const ofPull = (pr: number, status = finishedBody('Failed')): RunView =>
  run(status, { source: { ref: 'x', pr } });

describe('a badge', () => {
  it.each<{ because: string; runs: RunView[]; wanted?: Partial<BadgeWanted>; want: string }>([
    { because: 'nothing was tested', runs: [], want: 'no results #9f9f9f' },
    { because: 'all passed', runs: [passed(5)], want: 'level 5 #4c1' },
    { because: 'it came to level 4', runs: [passed(4)], want: 'level 4 #97ca00' },
    { because: 'it came to level 3', runs: [passed(3)], want: 'level 3 #a4a61d' },
    { because: 'it came to level 2', runs: [passed(2)], want: 'level 2 #dfb317' },
    { because: 'it came to level 1', runs: [passed(1)], want: 'level 1 #fe7d37' },
    { because: 'only lint was asked for', runs: [passed(null)], want: 'no results #9f9f9f' },
    { because: 'the newest failed', runs: [failed, passed(5)], want: 'failing #e05d44' },
    { because: 'the newest runs', runs: [running, failed], want: 'running #007ec6' },
    {
      because: 'what was not judged or only waits tells nothing',
      runs: [run(statusBody()), run(finishedBody('Errored')), run(finishedBody('Cancelled')), passed(5)],
      want: 'level 5 #4c1',
    },
    { because: 'a pull request changes no badge', runs: [ofPull(1), passed(5)], want: 'level 5 #4c1' },
    {
      because: 'that of a pull request is of it alone',
      runs: [passed(5), ofPull(2, finishedBody('Passed')), ofPull(1)],
      wanted: { pr: 1 },
      want: 'failing #e05d44',
    },
    {
      because: 'a reference run and one of some image bumps are no verdict on the recipe',
      runs: [
        run(finishedBody('Failed'), { trigger: { kind: 'reference' } }),
        run(finishedBody('Failed'), { bump: {} }),
        passed(5),
      ],
      want: 'level 5 #4c1',
    },
    {
      because: 'of one version',
      runs: [failed, passed(3)],
      wanted: { version: '1.0.0' },
      want: 'level 3 #a4a61d',
    },
    {
      because: 'of one stage',
      runs: [run(finishedBody('Failed', { steps: [stepOf('upgrade', 'failed')] }))],
      wanted: { stage: 'upgrade' },
      want: 'upgrade failed #e05d44',
    },
    {
      because: 'of a stage that was not reached',
      runs: [failed],
      wanted: { stage: 'backup' },
      want: 'backup not reached #9f9f9f',
    },
  ])('$because: $want', ({ runs, wanted, want }) => {
    const { message, color } = badgeOf(runs, { pr: null, stage: null, version: null, ...wanted });
    expect(`${message} ${color}`).toBe(want);
  });
});
