import { describe, expect, it } from 'vitest';
import { judge } from './converge.ts';
import type { ServiceSeen, TaskSeen } from './swarm.ts';
import { templateText } from './task-template.ts';

const service = (over: Partial<ServiceSeen> = {}): ServiceSeen => ({
  id: 's', name: 'x_app', labels: {}, image: 'i:1', volumes: [], createdAt: '1', updatedAt: '1', replicas: 1, template: 'new', hasPrevious: true,
  update: { state: '', message: '' }, restart: { condition: 'any', attempts: undefined, delayMs: 5_000 }, job: undefined, ...over,
}); // oxfmt-ignore

let count = 0;
const task = (over: Partial<TaskSeen> = {}): TaskSeen => ({
  id: `t${(count += 1)}`, serviceId: 's', createdAt: String(count).padStart(4, '0'), desired: 'running', state: 'running', error: '', containerId: '', node: 'n1', slot: 1, job: 0, template: 'new', ...over,
}); // oxfmt-ignore

const old = task({ template: 'old' });
const failed = (over: Partial<TaskSeen> = {}) =>
  task({ desired: 'shutdown', state: 'failed', error: 'task: non-zero exit (1)', ...over });
const update = (state: string) => ({ state, message: `update ${state}` });

describe('judge', () => {
  it.each([
    {
      because: 'no task yet',
      given: { service: service(), tasks: [] },
      want: 'waiting',
      says: '0/1 running',
    },
    {
      because: 'running as wanted',
      given: { service: service(), tasks: [task()] },
      want: 'settled',
      says: '1/1 running',
    },
    {
      because: 'N/N of the old spec is not an update',
      given: { service: service(), tasks: [old] },
      want: 'waiting',
      says: 'old version',
    },
    {
      because: 'start-first: the old task is still there',
      given: { service: service({ update: update('updating') }), tasks: [old, task()] },
      want: 'waiting',
      says: 'old version',
    },
    {
      because: 'running, but swarm still watches the update',
      given: { service: service({ update: update('updating') }), tasks: [task()] },
      want: 'waiting',
      says: '1/1',
    },
    {
      because: 'swarm says the update is completed',
      given: {
        service: service({ update: update('completed') }),
        tasks: [task({ template: 'differs in a way we do not know' })],
      },
      want: 'settled',
      says: '1/1',
    },
    {
      because: 'a service that was never updated has no old tasks',
      given: { service: service({ hasPrevious: false }), tasks: [task({ template: 'other' })] },
      want: 'settled',
      says: '1/1',
    },
    {
      because: 'a rollback is a failure although the old task serves',
      given: {
        service: service({ update: update('rollback_completed') }),
        tasks: [task(), failed({ template: 'x' })],
      },
      want: 'failed',
      says: 'non-zero exit (1)',
    },
    {
      because: 'a rollback is a failure at once',
      given: { service: service({ update: update('rollback_started') }), tasks: [task()] },
      want: 'failed',
      says: 'rolled the update back',
    },
    {
      because: 'a paused update never ends by itself',
      given: { service: service({ update: update('paused') }), tasks: [task()] },
      want: 'failed',
      says: 'paused',
    },
    {
      because: 'unhealthy is not running: swarm keeps the task starting',
      given: { service: service(), tasks: [task({ state: 'starting' })] },
      want: 'waiting',
      says: 'starting',
    },
    {
      because: 'a failed task that is restarted',
      given: { service: service(), tasks: [failed(), task({ desired: 'ready', state: 'ready' })] },
      want: 'waiting',
      says: '1 failed',
    },
    {
      because: 'a failed task that nobody restarts',
      given: { service: service(), tasks: [failed()] },
      want: 'stuck',
      says: 'not restarted',
    },
    {
      because: 'a one-shot that ended well',
      given: {
        service: service({ restart: { condition: 'on-failure', attempts: 3, delayMs: 5_000 } }),
        tasks: [task({ desired: 'shutdown', state: 'complete' })],
      },
      want: 'settled',
      says: 'ran to its end',
    },
    {
      because: 'no replicas are wanted',
      given: { service: service({ replicas: 0 }), tasks: [] },
      want: 'settled',
      says: '0/0',
    },
    {
      because: 'a global service needs at least one',
      given: { service: service({ replicas: undefined }), tasks: [] },
      want: 'waiting',
      says: '0/1',
    },
    {
      because: 'failures of the old spec are not held against the new',
      given: { service: service(), tasks: [failed({ template: 'old' }), task({ state: 'starting' })] },
      want: 'waiting',
      says: '0/1 running, starting',
    },
  ])('$because', ({ given, want, says }) => {
    const [verdict] = judge({ services: [given.service], tasks: given.tasks });
    expect(verdict).toMatchObject({ name: 'x_app', state: want });
    expect(verdict?.says).toContain(says);
  });
});

describe('templateText', () => {
  it('sees through what swarm fills in when a service is inspected', () => {
    const asTask = { ContainerSpec: { Image: 'i', Privileges: { SELinuxContext: null } }, ForceUpdate: 0 };
    const asService = {
      ContainerSpec: {
        Image: 'i',
        StopGracePeriod: 10_000_000_000,
        DNSConfig: {},
        Privileges: { NoNewPrivileges: false },
      },
      RestartPolicy: { Condition: 'any', Delay: 5_000_000_000, MaxAttempts: 0 },
      Runtime: 'container',
    };
    expect(templateText(asTask)).toBe(templateText(asService));
  });
  it.each([
    { ContainerSpec: { Image: 'j' } },
    { ContainerSpec: { Image: 'i', Healthcheck: { Test: ['x'] } } },
    { ContainerSpec: { Image: 'i' }, ForceUpdate: 1 },
  ])('tells %j apart', (other) =>
    expect(templateText(other)).not.toBe(templateText({ ContainerSpec: { Image: 'i' } })),
  );
});

describe('judge of jobs and of what is started now and then', () => {
  const job = (over: Partial<ServiceSeen> = {}): ServiceSeen => service({ job: 0, ...over });
  const complete = (over: Partial<TaskSeen> = {}): TaskSeen => task({ desired: 'complete', state: 'complete', ...over });
  const hourly = service({ restart: { condition: 'any', attempts: undefined, delayMs: 3_600_000 } });
  const ended = (over: Partial<TaskSeen> = {}): TaskSeen => task({ desired: 'shutdown', state: 'complete', ...over });
  const waiting = (): TaskSeen => task({ desired: 'ready', state: 'ready' });

  it.each([
    { because: 'a job has no task yet', given: job(), tasks: [], want: 'waiting', says: '0/1 complete' },
    { because: 'a job is being prepared', given: job(), tasks: [task({ desired: 'complete', state: 'preparing' })], want: 'waiting', says: '0/1 complete' },
    { because: 'a job runs', given: job(), tasks: [task({ desired: 'complete' })], want: 'waiting', says: '0/1 complete' },
    { because: 'a job is complete', given: job(), tasks: [complete()], want: 'settled', says: '1/1 complete' },
    { because: 'a job failed, and is not started again', given: job(), tasks: [failed()], want: 'stuck', says: 'non-zero exit (1); it is not started again' },
    { because: 'a job failed, and is tried again', given: job(), tasks: [failed(), task({ desired: 'complete', state: 'starting' })], want: 'waiting', says: '1 failed' },
    { because: 'a job was complete at its second try', given: job(), tasks: [failed(), complete()], want: 'settled', says: '1/1 complete' },
    { because: 'two of three completions', given: job({ replicas: 3 }), tasks: [complete({ slot: 1 }), complete({ slot: 2 }), task({ slot: 3, desired: 'complete' })], want: 'waiting', says: '2/3' },
    { because: 'three of three', given: job({ replicas: 3 }), tasks: [complete({ slot: 1 }), complete({ slot: 2 }), complete({ slot: 0 })], want: 'settled', says: '3/3' },
    { because: 'an update started it again, and the old execution says nothing', given: job({ job: 1 }), tasks: [complete({ job: 0 }), task({ job: 1, desired: 'complete' })], want: 'waiting', says: '0/1' },
    { because: 'nor does its failure', given: job({ job: 1 }), tasks: [failed({ job: 0 }), complete({ job: 1 })], want: 'settled', says: '1/1' },
    { because: 'a global job is done on one node of two', given: job({ replicas: undefined }), tasks: [complete({ node: 'n1' }), task({ node: 'n2', desired: 'complete' })], want: 'waiting', says: '1/2' },
    { because: 'a global job is done on every node', given: job({ replicas: undefined }), tasks: [complete({ node: 'n1' }), complete({ node: 'n2' })], want: 'settled', says: '2/2' },
    { because: 'an hourly service ended well and waits', given: hourly, tasks: [ended(), waiting()], want: 'settled', says: 'waits for its next time' },
    { because: 'it runs', given: hourly, tasks: [ended(), task()], want: 'settled', says: '1/1 running' },
    { because: 'it failed, and waits for an hour', given: hourly, tasks: [failed(), waiting()], want: 'waiting', says: '1 failed' },
    { because: 'one with swarm’s own delay goes on and on', given: service(), tasks: [ended(), waiting()], want: 'waiting', says: '0/1' },
    { because: 'none is wanted', given: service({ replicas: 0 }), tasks: [], want: 'settled', says: '0/0' },
  ])('$because', ({ given, tasks, want, says: said }) => {
    const [verdict] = judge({ services: [given], tasks });
    expect(verdict?.state).toBe(want);
    expect(verdict?.says).toContain(said);
  });
}); // oxfmt-ignore
