import { expect, it } from 'vitest';
import { finishedBody, minutesAgo, NOW, statusBody } from '../ctl/testing.ts';
import { queueView } from './queue.ts';
import type { RunView } from './runs.ts';

let made = 0;
function run(name: string, status: RunView['status'], recipe = 'ghost'): RunView {
  made += 1;
  return {
    apiVersion: 'x',
    kind: 'TestRun',
    metadata: { name, labels: {}, createdAt: minutesAgo(60 - made), deleting: false },
    spec: { recipe, stages: ['install'] } as unknown as RunView['spec'],
    status,
    problems: [],
  };
}

const took = (minutes: number): RunView['status'] =>
  finishedBody('Passed', { begunAt: minutesAgo(100), finishedAt: minutesAgo(100 - minutes) });
const begun = (minutes: number): RunView['status'] =>
  statusBody({ phase: 'Running', begunAt: minutesAgo(minutes) });
const queued = (position: number): RunView['status'] =>
  statusBody({ queue: { position, reason: 'slots are taken' } });
const HISTORY = [run('old-1', took(10)), run('old-2', took(20)), run('old-3', took(12))];
const MINUTE = 60_000;

it.each([
  {
    because: 'a run goes on for as long as those before it usually did',
    runs: [run('a', begun(4)), ...HISTORY],
    want: { left: [8 * MINUTE], wait: [] },
  },
  {
    because: 'one that takes longer than usual may end at any time',
    runs: [run('a', begun(40)), ...HISTORY],
    want: { left: [0], wait: [] },
  },
  {
    because: 'of a recipe without a past nothing is known',
    runs: [run('a', begun(4), 'other'), ...HISTORY],
    want: { left: [null], wait: [] },
  },
  {
    because: 'who waits begins when the first slot is free, and the next after that',
    runs: [run('b', queued(1)), run('c', queued(2)), run('a', begun(4)), ...HISTORY],
    want: { left: [8 * MINUTE], wait: [8 * MINUTE, 20 * MINUTE] },
  },
  {
    because: 'with two slots the one that is free first is taken',
    runs: [run('b', queued(1)), run('c', queued(2)), run('a2', begun(10)), run('a1', begun(4)), ...HISTORY],
    want: { left: [8 * MINUTE, 2 * MINUTE], wait: [2 * MINUTE, 8 * MINUTE] },
  },
  {
    because: 'behind what is not known nothing is known',
    runs: [run('b', queued(1)), run('a', begun(4), 'other'), ...HISTORY],
    want: { left: [null], wait: [null] },
  },
  {
    because: 'where nothing runs it is not known why it waits',
    runs: [run('b', queued(1)), ...HISTORY],
    want: { left: [], wait: [null] },
  },
])('$because', ({ runs, want }) => {
  const view = queueView(runs, NOW);
  expect({
    left: view.running.map(({ leftMs }) => leftMs),
    wait: view.waiting.map(({ waitMs }) => waitMs),
  }).toEqual(want);
});
