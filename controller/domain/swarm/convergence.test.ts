import { describe, expect, it } from 'vitest';
import type { ServiceSeen, StackSeen, TaskSeen } from '../../ports.ts';
import { convergenceOf, type Expected } from './convergence.ts';

const NOW = new Date('2026-11-23T10:00:00Z');
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const EXPECTED: Expected = { since: ago(300), crashLoop: { restarts: 4, withinMs: 60_000 } };
const VERSION = { label: 'version', value: '2', service: 'app' };
let ids = 0;

function task(more: Partial<TaskSeen> = {}): TaskSeen {
  return {
    id: `task${++ids}`,
    slot: '1',
    node: 'n1',
    state: 'running',
    desired: 'running',
    error: '',
    exitCode: null,
    oomKilled: false,
    container: 'c1',
    health: 'healthy',
    healthOutput: [],
    image: 'shop:1',
    specVersion: 5,
    createdAt: ago(30),
    updatedAt: ago(20),
    ...more,
  };
}

/** A task that ended by itself so many seconds ago. */
function dead(seconds: number, more: Partial<TaskSeen> = {}): TaskSeen {
  return task({
    state: 'failed',
    desired: 'shutdown',
    error: 'task: non-zero exit (3)',
    exitCode: 3,
    health: null,
    createdAt: ago(seconds + 2),
    updatedAt: ago(seconds),
    ...more,
  });
}

/** A rejected task, as swarm makes them over and over. */
const rejected = (seconds: number, error: string) =>
  dead(seconds, { state: 'rejected', error, exitCode: null });
/** What swarm puts behind a dead task at once. */
const next = () =>
  task({ state: 'ready', desired: 'ready', health: null, createdAt: ago(0), updatedAt: ago(0) });

function service(more: Partial<ServiceSeen> = {}): ServiceSeen {
  return {
    id: 's1',
    name: 'app',
    image: 'shop:1',
    labels: { version: '2' },
    replicated: true,
    desired: 1,
    specVersion: 5,
    update: null,
    hasHealthcheck: true,
    job: false,
    tasks: [task()],
    updatedAt: ago(60),
    ...more,
  };
}

const HOURLY = { condition: 'any', delayMs: 3_600_000 };
const complete = (seconds: number, slot = 'n1') =>
  dead(seconds, { state: 'complete', desired: 'complete', error: '', exitCode: 0, slot });
/** A task of a service that is to go on. */
const ended = (seconds: number) => dead(seconds, { state: 'complete', error: '', exitCode: 0 });
const plain = (more: Partial<ServiceSeen>) => service({ hasHealthcheck: false, ...more });
const running = (seconds: number, more: Partial<TaskSeen> = {}) =>
  task({ health: null, createdAt: ago(seconds + 1), updatedAt: ago(seconds), ...more });
const stackOf = (...services: ServiceSeen[]): StackSeen => ({ stack: 'shop', services, things: [] });
const judge = (services: ServiceSeen[], more: Partial<Expected> = {}) =>
  convergenceOf(stackOf(...services), { ...EXPECTED, ...more }, NOW);

describe('converged', () => {
  it.each<{ because: string; given: ServiceSeen }>([
    { because: 'its task of the present spec runs and is healthy', given: service() },
    { because: 'the update is complete', given: service({ update: { state: 'completed', message: '' } }) },
    { because: 'no replica is wanted', given: service({ desired: 0, tasks: [] }) },
    { because: 'without a health check, running is enough', given: plain({ tasks: [running(1)] }) },
    {
      because: 'another node shows us no health, and swarm says running',
      given: service({ tasks: [running(1)] }),
    },
    {
      because: 'a first crash is forgiven once the next task has lasted',
      given: plain({ tasks: [running(11), dead(13)] }),
    },
    {
      because: 'old failures do not count against a healthy task',
      given: service({ tasks: [task(), dead(21), dead(22), dead(23), dead(24)] }),
    },
    {
      because: 'a job is complete',
      given: service({
        job: true,
        tasks: [task({ state: 'complete', desired: 'complete', exitCode: 0, health: null })],
      }),
    },
    {
      because: 'a one-shot has done its work, and swarm makes no other',
      given: plain({ tasks: [dead(1, { state: 'complete', error: '', exitCode: 0 })] }),
    },
    { because: 'a global service runs on every node', given: service({ replicated: false }) },
    {
      because: 'a job was complete at its third try',
      given: plain({ job: true, tasks: [complete(1), dead(4), dead(7)] }),
    },
    {
      because: 'three of three completions',
      given: plain({ job: true, desired: 3, tasks: [complete(1, '1'), complete(2, '2'), complete(3, 'n1')] }),
    },
    {
      because: 'a global job is done on both nodes',
      given: plain({
        job: true,
        replicated: false,
        desired: 2,
        tasks: [complete(1, 'n1'), complete(2, 'n2')],
      }),
    },
    {
      because: 'an update started the job again, and it is done again',
      given: plain({ job: true, tasks: [complete(1), { ...dead(30), specVersion: null }] }),
    },
    {
      because: 'an hourly service ended well, and its next task waits',
      given: plain({ restart: HOURLY, tasks: [next(), ended(1)] }),
    },
    {
      because: 'it ran many times',
      given: plain({ restart: HOURLY, tasks: [next(), ended(1), ended(5), ended(9), ended(13), ended(17)] }),
    },
    { because: 'it runs just now', given: plain({ restart: HOURLY, tasks: [running(1), ended(9)] }) },
  ])('$because', ({ given }) => {
    expect(judge([given], { version: VERSION })).toMatchObject({
      state: 'converged',
      fault: null,
      cause: null,
    });
  });
});

describe('converging', () => {
  it.each<{ because: string; given: ServiceSeen[]; want: string }>([
    { because: 'nothing is there yet', given: [], want: 'the first service of stack "shop"' },
    {
      because: 'only the old task runs',
      given: [service({ tasks: [task({ specVersion: null })] })],
      want: 'service "app" (0 of 1 running)',
    },
    {
      because: 'the health check has not succeeded yet',
      given: [service({ tasks: [task({ state: 'starting', health: 'starting' })] })],
      want: 'service "app" (0 of 1 running; newest task starting, health starting)',
    },
    {
      because: 'one of two replicas is missing',
      given: [service({ desired: 2 })],
      want: 'service "app" (1 of 2 running; newest task running, health healthy)',
    },
    {
      because: 'swarm still watches the update',
      given: [service({ update: { state: 'updating', message: '' } })],
      want: 'swarm to end the update of service "app" (updating)',
    },
    {
      because: 'the new task is already wanted down again',
      given: [service({ tasks: [task({ desired: 'shutdown' })] })],
      want: 'service "app" (0 of 1 running)',
    },
    {
      because: 'what runs is not the version that was asked for',
      given: [service({ labels: { version: '1' } })],
      want: 'label version=2 on service "app" (now: 1)',
    },
    {
      because: 'a crash just happened, and nothing but time can tell',
      given: [plain({ tasks: [running(2), dead(4)] })],
      want: 'service "app" (0 of 1 running; newest task running)',
    },
    {
      because: 'a global service has no task yet',
      given: [service({ replicated: false, desired: 0, tasks: [], updatedAt: ago(1) })],
      want: 'service "app" (0 of 1 running)',
    },
    {
      because: 'an update started the job again',
      given: [
        plain({
          job: true,
          tasks: [running(1, { desired: 'complete' }), { ...complete(9), specVersion: null }],
        }),
      ],
      want: 'service "app" (0 of 1 complete; newest task running)',
    },
    {
      because: 'one of the nodes of a global job still works',
      given: [
        plain({
          job: true,
          replicated: false,
          desired: 2,
          tasks: [complete(1, 'n1'), running(1, { slot: 'n2', desired: 'complete' })],
        }),
      ],
      want: 'service "app" (1 of 2 complete; newest task running)',
    },
    {
      because: 'a service with swarm’s own delay that ends well has not done what it is for',
      given: [plain({ restart: { condition: 'any', delayMs: 5_000 }, tasks: [next(), ended(1)] })],
      want: 'service "app" (0 of 1 running; newest task ready)',
    },
    {
      because: 'an hourly service failed, and may do better in an hour',
      given: [plain({ restart: HOURLY, tasks: [next(), dead(1)] })],
      want: 'service "app" (0 of 1 running; newest task ready)',
    },
    {
      because: 'a job still works',
      given: [service({ job: true, tasks: [task()] })],
      want: 'service "app" (0 of 1 complete; newest task running, health healthy)',
    },
    {
      because: 'ports and memory of stopping tasks may come free',
      given: [
        service({
          tasks: [
            task({
              state: 'pending',
              health: null,
              createdAt: ago(5),
              error: 'no suitable node (host-mode port already in use on 1 node)',
            }),
          ],
        }),
      ],
      want: 'service "app" (0 of 1 running; newest task pending: no suitable node (host-mode port already in use on 1 node))',
    },
  ])('$because', ({ given, want }) => {
    expect(judge(given, { version: VERSION })).toMatchObject({ state: 'converging' });
    expect(judge(given, { version: VERSION }).waitingFor).toContain(want);
  });

  it('tells what goes wrong so far, for the caller whose time runs out', () => {
    const late = 'OCI runtime exec failed: exec failed: unable to start container process: exit status 1';
    const healthOutput = ['first', 'no table users', late];
    const sick = task({ state: 'starting', health: 'starting', healthOutput });
    expect(judge([service({ tasks: [sick] })])).toMatchObject({
      state: 'converging',
      cause: { reason: 'HealthcheckFailing', evidence: 'no table users' },
    });
  });
});

const loop = (more: Partial<TaskSeen> = {}) => [
  next(),
  dead(1, more),
  dead(11, more),
  dead(21, more),
  dead(31, more),
];

describe('failed', () => {
  it.each<{ because: string; given: ServiceSeen; want: object }>([
    {
      because: 'swarm took the update back, and the healthy old version does not hide it',
      given: service({
        update: {
          state: 'rollback_completed',
          message: 'update rolled back due to failure or early termination of task bad',
        },
        tasks: [
          task(),
          dead(3, { specVersion: null, exitCode: 9, error: 'task: non-zero exit (9)' }),
          dead(5, { id: 'bad', specVersion: null }),
        ],
      }),
      want: {
        fault: 'recipe',
        cause: {
          reason: 'SwarmRollback',
          message: 'Swarm took back the update of service "app": the new task exited with code 3.',
          evidence: 'task: non-zero exit (3) (task bad)',
        },
      },
    },
    {
      because: 'a rollback has begun, and will not end well',
      given: service({ update: { state: 'rollback_started', message: 'update rolled back' } }),
      want: { cause: { reason: 'SwarmRollback', evidence: 'update rolled back' } },
    },
    {
      because: 'swarm paused the update, which never ends by itself',
      given: service({ update: { state: 'paused', message: '' }, tasks: [task(), dead(3)] }),
      want: { cause: { reason: 'UpdatePaused' } },
    },
    {
      because: 'it crashes over and over',
      given: service({ tasks: loop() }),
      want: {
        fault: 'recipe',
        cause: {
          reason: 'TaskExited',
          message: 'Service "app" exited with code 3, 4 times within 60 s.',
          service: 'app',
          evidence: 'task: non-zero exit (3)',
          nextStep: expect.stringContaining('log'),
        },
      },
    },
    {
      because: 'an exit with 0 over and over is no service either',
      given: service({ tasks: loop({ state: 'complete', error: '', exitCode: 0 }) }),
      want: { cause: { reason: 'TaskExited', message: expect.stringContaining('code 0') } },
    },
    {
      because: 'one task of the loop bears the mark of the memory limit',
      given: service({ tasks: [next(), dead(1), dead(2), dead(3, { oomKilled: true }), dead(4)] }),
      want: { cause: { reason: 'OutOfMemory' } },
    },
    {
      because: 'the limit that it met has a name and a size',
      given: service({ memoryLimit: 2 ** 31, tasks: loop({ oomKilled: true, exitCode: 137 }) }),
      want: {
        cause: {
          reason: 'OutOfMemory',
          message: expect.stringContaining('more memory than its memory limit of 2048 MiB'),
        },
      },
    },
    {
      because: 'a kill that left no mark says what it most often is',
      given: service({
        memoryLimit: 2 ** 26,
        tasks: loop({ error: 'task: non-zero exit (137)', exitCode: 137 }),
      }),
      want: {
        cause: {
          reason: 'TaskExited',
          message: expect.stringMatching(/was killed \(exit code 137\), .* its memory limit of 64 MiB/),
        },
      },
    },
    {
      because: 'swarm ends what stays unhealthy, and the check said why',
      given: service({
        tasks: loop({
          error: 'task: non-zero exit (143): dockerexec: unhealthy container',
          healthOutput: ['a', 'no table users'],
        }),
      }),
      want: { cause: { reason: 'HealthcheckFailing', evidence: 'no table users' } },
    },
    {
      because: 'swarm made no other task, so that nothing will change',
      given: plain({ tasks: [dead(11)] }),
      want: { cause: { reason: 'TaskExited', message: 'Service "app" exited with code 3.' } },
    },
    {
      because: 'a job failed for good, long ago',
      given: plain({ job: true, tasks: [dead(200)] }),
      want: { cause: { reason: 'TaskExited' } },
    },
    {
      because: 'two refusals of an image are enough',
      given: service({
        tasks: [next(), rejected(1, 'No such image: shop:1'), rejected(6, 'No such image: shop:1')],
      }),
      want: {
        fault: 'recipe',
        cause: {
          reason: 'ImageMissing',
          evidence: 'No such image: shop:1',
          message: expect.stringContaining('"shop:1"'),
        },
      },
    },
    {
      because: 'a rate limit is not the recipe’s fault',
      given: service({
        tasks: [1, 2, 3, 4].map((s) => rejected(s, 'toomanyrequests: You have reached your pull rate limit')),
      }),
      want: { fault: 'infra', cause: { reason: 'RegistryRateLimit' } },
    },
    {
      because: 'no node fits its constraints, and none will',
      given: service({
        tasks: [
          task({
            state: 'pending',
            health: null,
            createdAt: ago(1),
            error: 'no suitable node (scheduling constraints not satisfied on 1 node)',
          }),
        ],
      }),
      want: { fault: 'recipe', cause: { reason: 'Unschedulable' } },
    },
    {
      because: 'a port stayed taken',
      given: service({
        tasks: [
          task({
            state: 'pending',
            health: null,
            createdAt: ago(31),
            error: 'no suitable node (host-mode port already in use on 1 node)',
          }),
        ],
      }),
      want: { fault: 'recipe', cause: { reason: 'Unschedulable' } },
    },
    {
      because: 'memory that other runs hold is ours to give',
      given: service({
        tasks: [
          task({
            state: 'pending',
            health: null,
            createdAt: ago(31),
            error: 'no suitable node (insufficient resources on 1 node)',
          }),
        ],
      }),
      want: { fault: 'infra', cause: { reason: 'InsufficientResources' } },
    },
    {
      because: 'swarm says nothing and does nothing: its addresses are used up',
      given: service({ tasks: [task({ state: 'new', health: null, createdAt: ago(61) })] }),
      want: { fault: 'infra', cause: { reason: 'SwarmAllocation' } },
    },
    {
      because: 'swarm made no task at all',
      given: service({ tasks: [], updatedAt: ago(61) }),
      want: { fault: 'infra', cause: { reason: 'SwarmAllocation' } },
    },
    {
      because: 'a global service finds no node',
      given: service({ replicated: false, desired: 0, tasks: [], updatedAt: ago(61) }),
      want: { fault: 'recipe', cause: { reason: 'Unschedulable' } },
    },
  ])('$because', ({ given, want }) => {
    expect(judge([given], { version: VERSION })).toMatchObject({ state: 'failed', ...want });
  });

  /** Texts as Docker 20.10.24 wrote them, and where marked as its source does. */
  it.each([
    [
      'invalid mount config for type "bind": bind source path does not exist: /no/such/path',
      'MountFailed',
      'recipe',
    ],
    ['invalid mount target, must be an absolute path: v:/data', 'MountFailed', 'recipe'],
    [
      'starting container failed: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nonesuch": stat /nonesuch: no such file or directory: unknown',
      'CommandNotStarted',
      'recipe',
    ],
    ['node is missing network attachments, ip addresses may be exhausted', 'SwarmAllocation', 'infra'],
    ['secret reference abc not found', 'SecretMissing', 'recipe'], // source
    ['config abc not found', 'ConfigMissing', 'recipe'], // source
    ['network sandbox join failed: subnet sandbox join failed', 'SwarmAllocation', 'infra'], // source
    [
      'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated',
      'PortInUse',
      'recipe',
    ], // source
    ['something never seen', 'TaskFailed', 'recipe'],
  ])('%s', (error, reason, fault) => {
    const tasks = [next(), ...[1, 2, 3, 4].map((seconds) => rejected(seconds, error))];
    expect(judge([service({ tasks })])).toMatchObject({
      state: 'failed',
      fault,
      cause: { reason, evidence: error },
    });
  });
});

describe('what does not count', () => {
  it.each<{ because: string; given: ServiceSeen; more?: Partial<Expected> }>([
    { because: 'failures before the deploy', given: service({ tasks: loop() }), more: { since: ago(0.5) } },
    {
      because: 'failures outside of the window',
      given: service({ tasks: [next(), dead(61), dead(71), dead(81), dead(91)] }),
    },
    {
      because: 'failures of another spec',
      given: service({ tasks: [next(), ...loop({ specVersion: null }).slice(1)] }),
    },
    { because: 'three failures where four are allowed', given: service({ tasks: loop().slice(0, 4) }) },
    {
      because: 'tasks that swarm itself stopped',
      given: service({
        tasks: [next(), ...[1, 2, 3, 4].map((s) => dead(s, { state: 'shutdown', error: '', exitCode: 143 }))],
      }),
    },
  ])('$because', ({ given, more }) => expect(judge([given], more)).toMatchObject({ state: 'converging' }));
});

describe('the first cause', () => {
  const named = (name: string, tasks: TaskSeen[]) => service({ name, tasks });
  it('is the service that failed first; the others are named', () => {
    const app = named('app', loop());
    const db = named('db', [
      next(),
      dead(2),
      dead(12),
      dead(22),
      dead(40, { exitCode: 1, error: 'task: non-zero exit (1)' }),
    ]);
    expect(judge([app, db])).toMatchObject({
      cause: { service: 'db', message: expect.stringContaining('Also failing: "app" (TaskExited).') },
    });
  });
  it('is the one that went wrong first, even where only another has failed for good', () => {
    const app = named('app', loop());
    const db = named('db', [next(), dead(45)]);
    expect(judge([app, db])).toMatchObject({ state: 'failed', cause: { service: 'db' } });
  });
  it('is the crash and not the health check, where both began in one second', () => {
    const sick = { error: 'task: non-zero exit (143): dockerexec: unhealthy container' };
    expect(judge([named('app', loop(sick)), named('db', loop())])).toMatchObject({
      cause: { service: 'db' },
    });
  });
  it('is what ended a task, and not that its replacement found no network yet', () => {
    const gone = 'network sandbox join failed: network sandbox does not exist';
    const tasks = [next(), rejected(1, gone), dead(2), rejected(11, gone), dead(12)];
    expect(judge([named('app', tasks)])).toMatchObject({
      state: 'failed',
      fault: 'recipe',
      cause: { reason: 'TaskExited', message: 'Service "app" exited with code 3, 4 times within 60 s.' },
    });
  });
  it('is never a service that is merely not healthy yet', () => {
    const slow = task({ state: 'starting', health: 'starting', healthOutput: ['x'], createdAt: ago(250) });
    const result = judge([named('slow', [slow]), named('app', loop())]);
    expect(result.cause?.message).toBe('Service "app" exited with code 3, 4 times within 60 s.');
  });
});
