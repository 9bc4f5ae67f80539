/** The status of a run that is seen for the first time. Pure. */
import { DEFAULT_SERVER } from '../../api/primitives.ts';
import type { TestRunStatusBody } from '../../api/test-run-status.ts';

/** What every status holds before anything was done. */
export const NOTHING_DONE = {
  accepted: null,
  observedGeneration: '',
  wish: null,
  cancel: false,
  deletedAt: null,
  server: DEFAULT_SERVER,
  begunAt: null,
  begunSteady: null,
  slot: null,
  finishedAt: null,
  attempt: 0,
  stage: null,
  app: null,
  commit: null,
  version: null,
  deployer: null,
  verdict: null,
  level: null,
  levelSays: '',
  abraRulesJudged: null,
  cause: null,
  steps: [],
  leftovers: [],
  queue: null,
  conditions: [],
} satisfies Partial<TestRunStatusBody>;

interface First {
  readonly uid: string;
  readonly createdAt: Date;
  readonly now: Date;
  readonly server?: string | undefined;
}

export function firstStatus(input: First): TestRunStatusBody {
  // A file's birth may lie in the future of a clock that was set back.
  const createdAt = new Date(Math.min(input.createdAt.getTime(), input.now.getTime()));
  return {
    uid: input.uid,
    phase: 'Queued',
    message: 'Seen.',
    createdAt: createdAt.toISOString(),
    ...NOTHING_DONE,
    server: input.server ?? DEFAULT_SERVER,
  };
}
