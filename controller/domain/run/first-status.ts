/** The status of a run that is seen for the first time. Pure. */
import type { TestRunStatusBody } from '../../api/test-run-status.ts';

export function firstStatus(input: { uid: string; createdAt: Date; now: Date }): TestRunStatusBody {
  // A file's birth may lie in the future of a clock that was set back.
  const createdAt = new Date(Math.min(input.createdAt.getTime(), input.now.getTime()));
  return {
    uid: input.uid,
    phase: 'Queued',
    message: 'Seen.',
    createdAt: createdAt.toISOString(),
    accepted: null,
    observedGeneration: '',
    server: 'default',
    begunAt: null,
    finishedAt: null,
    attempt: 0,
    stage: null,
    app: null,
    commit: null,
    version: null,
    deployer: null,
    verdict: null,
    level: null,
    cause: null,
    steps: [],
    leftovers: [],
    queue: null,
    conditions: [],
  };
}
