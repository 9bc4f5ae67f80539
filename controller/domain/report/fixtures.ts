/** A pull request and its runs, in any state, for tests. */
import type { PullStatusBody } from '../../api/pull-status.ts';
import type { StepName, StepState } from '../../api/stage.ts';
import { STAGES } from '../../api/stage.ts';
import { TestRunBody } from '../../api/test-run.ts';
import { NOTHING_DONE } from '../run/first-status.ts';
import type { CommentOf } from './comment.ts';
import { linksAt } from './links.ts';
import type { ReportedRun, ReportedStatus } from './reported-run.ts';

export const HEAD = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
export const BASE = 'c0ffee1122334455667788990011223344556677';
export const EARLIER = 'beef0011223344556677889900112233445566aa';

/** Minutes after the run was asked for. */
export const at = (minutes: number): string => new Date(Date.UTC(2026, 10, 30, 12, minutes)).toISOString();

export const PULL: PullStatusBody = {
  recipe: 'hedgedoc',
  repository: { owner: 'recipes', name: 'hedgedoc' },
  number: 12,
  state: 'open',
  url: 'https://git.example.org/recipes/hedgedoc/pulls/12',
  head: { sha: HEAD, branch: 'newer-database' },
  base: { sha: BASE, branch: 'main' },
  mergeBase: BASE,
  isMergeable: true,
  observedAt: at(0),
  refused: [],
};

type Step = ReportedStatus['steps'][number];

/** Steps that took a minute each, one after the other. */
export function stepsOf(...steps: readonly (readonly [StepName, StepState, string?])[]): Step[] {
  return steps.map(([name, state, message = ''], index) => ({
    name,
    attempt: 1,
    state,
    startedAt: at(1 + index),
    finishedAt: state === 'running' ? null : at(2 + index),
    message,
  }));
}

export interface RunOf {
  readonly name?: string;
  readonly spec?: object;
  readonly status?: Partial<ReportedStatus>;
}

export function runOf({ name = 'hedgedoc-pr12-c4711', spec = {}, status = {} }: RunOf = {}): ReportedRun {
  return {
    name,
    createdAt: at(0),
    spec: TestRunBody.parse({
      recipe: 'hedgedoc',
      source: { ref: HEAD, pr: 12 },
      trigger: { kind: 'comment', user: 'ada', commentId: 4711 },
      ...spec,
    }),
    status: { uid: 'u1', phase: 'Pending', message: 'Seen.', createdAt: at(0), ...NOTHING_DONE, ...status },
  };
}

const begun = { begunAt: at(1), attempt: 1, commit: HEAD, version: '1.3.0+1.10.0' };
const finished = { ...begun, phase: 'Finished', finishedAt: at(9) } as const;
const DEPLOYER = { kind: 'abra', version: '0.13.0', bin: '/opt/abra' } as const;

export const PASSED = runOf({
  status: {
    ...finished,
    verdict: 'Passed',
    level: 5,
    deployer: DEPLOYER,
    message: 'Passed: lint, install, upgrade, backup, restore, test.',
    steps: stepsOf(
      ['prepare', 'passed'],
      ...STAGES.map((stage) => [stage, 'passed', `The ${stage} is good.`] as const),
      ['evidence', 'passed'],
      ['teardown', 'passed', 'Nothing is left.'],
    ),
  },
});

export const FAILED = runOf({
  status: {
    ...finished,
    verdict: 'Failed',
    level: 1,
    deployer: DEPLOYER,
    message: 'Failed in upgrade: service "db" exited 1 three times.',
    cause: {
      reason: 'TaskFailed',
      message: 'service "db" exited 1 three times.',
      service: 'db',
      evidence: 'FATAL:  database files are incompatible with server',
      nextStep: 'Raise the database by `pg_upgrade`, or keep its image.',
    },
    steps: stepsOf(
      ['prepare', 'passed'],
      ['lint', 'passed', 'No findings.'],
      ['install', 'passed', 'Healthy in 48 s.'],
      ['upgrade', 'failed', 'service "db" exited 1 three times.'],
      ['evidence', 'passed'],
      ['teardown', 'passed', 'Nothing is left.'],
    ),
  },
});

export const RUNNING = runOf({
  status: {
    ...begun,
    phase: 'Running',
    stage: 'upgrade',
    message: 'Running upgrade, attempt 1.',
    steps: stepsOf(
      ['prepare', 'passed'],
      ['lint', 'passed', 'No findings.'],
      ['install', 'passed', 'Healthy in 48 s.'],
      ['upgrade', 'running'],
    ),
  },
});

/** A finished run without any step. */
export function endedWith(
  verdict: NonNullable<ReportedStatus['verdict']>,
  message: string,
  over: RunOf = {},
): ReportedRun {
  return runOf({ ...over, status: { ...finished, verdict, message, ...over.status } });
}

export function commentInput(over: Partial<CommentOf> = {}): CommentOf {
  return {
    pull: PULL,
    run: PASSED,
    older: [],
    results: null,
    operator: null,
    logEnd: null,
    picture: null,
    reference: null,
    usualMinutes: null,
    links: linksAt('https://ci.example.org'),
    ...over,
  };
}
