import { describe, expect, it } from 'vitest';
import type { ServiceSeen, TaskSeen } from '../../ports.ts';
import { restartCause } from './restarts.ts';

const task = (id: string, more: Partial<TaskSeen> = {}): TaskSeen => ({
  id,
  slot: '1',
  node: 'n',
  state: 'running',
  desired: 'running',
  error: '',
  exitCode: null,
  oomKilled: false,
  container: null,
  health: null,
  healthOutput: [],
  image: '',
  specVersion: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  ...more,
});

const service = (name: string, more: Partial<ServiceSeen> = {}): ServiceSeen => ({
  id: name,
  name,
  image: 'web:2',
  labels: {},
  replicated: true,
  desired: 1,
  specVersion: 1,
  update: null,
  hasHealthcheck: false,
  job: false,
  tasks: [task('t1')],
  updatedAt: new Date(0),
  ...more,
});

describe('restartCause', () => {
  it.each([
    { because: 'the same task is no restart', after: [task('t1')], want: null },
    {
      because: 'dead tasks beside it do not count',
      after: [task('t0', { desired: 'shutdown', state: 'shutdown' }), task('t1')],
      want: null,
    },
    { because: 'another task is one', after: [task('t2')], want: 'RedeployRestarts' },
    { because: 'none is one', after: [], want: 'RedeployRestarts' },
  ])('restarted: $because', ({ after, want }) => {
    const cause = restartCause([service('app')], [service('app', { tasks: after })]);
    expect(cause?.reason ?? null).toBe(want);
  });

  it('is no restart where a periodic service has another task: its time had come', () => {
    const hourly = { restart: { condition: 'any', delayMs: 3_600_000 } };
    const [before, after] = ['t1', 't2'].map((id) => [service('app', { ...hourly, tasks: [task(id)] })]);
    expect(restartCause(before ?? [], after ?? [])).toBeNull();
  });
});
