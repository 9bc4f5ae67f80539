/** TestRunStatus: what the controller observed. Its file is the finalizer: it goes only when the swarm shows nothing of the run. */
import { z } from 'zod';
import { API_VERSION, Instant, Steady } from './primitives.ts';
import { Cause, StepName, StepState } from './stage.ts';
import { DeployerInfo } from './stage-data.ts';
import { RecipeSpecBody } from './recipe-spec.ts';
import { Cancel, TestRunBody } from './test-run.ts';

export const PHASES = [
  'Refused',
  'Queued',
  'Running',
  'Collecting',
  'Cleaning',
  'Blind',
  'Finished',
] as const;
export const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

export const Verdict = z.enum(['Passed', 'Failed', 'Errored', 'TimedOut', 'Cancelled']);
export type Verdict = z.infer<typeof Verdict>;

/** `ReconcileFailed` is there only while the controller fails to act on the run: what it could not do, and why. */
export const CONDITIONS = [
  'Accepted',
  'Finished',
  'Succeeded',
  'Cleaned',
  'Stalled',
  'ReconcileFailed',
] as const;
export const Condition = z.object({
  type: z.enum(CONDITIONS),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: Instant,
});
export type Condition = z.infer<typeof Condition>;

export const StepStatus = z.object({
  name: StepName,
  attempt: z.number().int(),
  state: StepState,
  startedAt: Instant.nullable(),
  /** Of a lost step: when it was first seen to be lost. */
  finishedAt: Instant.nullable(),
  message: z.string(),
});
export type StepStatus = z.infer<typeof StepStatus>;

/** What was asked, as accepted: later edits of the file change nothing but `cancel`. */
export const Accepted = z.object({
  run: TestRunBody,
  recipe: RecipeSpecBody,
  repo: z.string(),
  createdAt: Instant,
});
export type Accepted = z.infer<typeof Accepted>;

/** Names folders that are removed with the run, so that it can be nothing but a name. */
export const Uid = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be a run’s uid');

export const TestRunStatusBody = z.object({
  uid: Uid,
  phase: Phase,
  message: z.string(),
  createdAt: Instant,
  /** Null until the document was accepted. */
  accepted: Accepted.nullable(),
  /** SHA-256 of the spec file that was last looked at. */
  observedGeneration: z.string(),
  /** Digest of what the document asked for when the run began, `cancel` aside: once the run is over, a document that asks for something else is another run. Null for what an older cc-ci closed. */
  wish: z.string().nullable().default(null),
  /** The wish to cancel that was seen first: it cannot be taken back. */
  cancel: Cancel.default(false),
  /** When it was seen that the document is gone: whatever is written under its name since then is another run. */
  deletedAt: Instant.nullable().default(null),
  server: z.string(),
  /** When the run took its slot. */
  begunAt: Instant.nullable(),
  /** The same, by what no step of the clock changes. */
  begunSteady: Steady.nullable().default(null),
  /** Which one: its proxy network is nobody else's until the run is finished. */
  slot: z.number().int().min(1).nullable().default(null),
  finishedAt: Instant.nullable(),
  attempt: z.number().int(),
  stage: StepName.nullable(),
  app: z.object({ domain: z.string(), stack: z.string() }).nullable(),
  commit: z.string().nullable(),
  version: z.string().nullable(),
  deployer: DeployerInfo.nullable(),
  verdict: Verdict.nullable(),
  level: z.number().int().min(0).max(5).nullable(),
  /** The level in words, with what has to be known of it; '' in older statuses. */
  levelSays: z.string().default(''),
  /** Whether lint judged abra's own R-rules; null where it judged nothing. */
  abraRulesJudged: z.boolean().nullable().default(null),
  cause: Cause.nullable(),
  steps: z.array(StepStatus),
  leftovers: z.array(z.string()),
  queue: z.object({ position: z.number().int(), reason: z.string() }).nullable(),
  conditions: z.array(Condition),
});
export type TestRunStatusBody = z.infer<typeof TestRunStatusBody>;

export const TestRunStatus = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('TestRunStatus'),
  metadata: z.object({ name: z.string(), resourceVersion: z.number().int() }),
  status: TestRunStatusBody,
});
export type TestRunStatus = z.infer<typeof TestRunStatus>;
