/** Stages, the steps around them, and the files a stage process leaves: the protocol between controller and stage. */
import { z } from 'zod';
import { Bump } from './bump.ts';
import { DEFAULT_SERVER, Instant, Steady } from './primitives.ts';
import { RecipeSpecBody } from './recipe-spec.ts';
import { LimitPut, StageResources } from './resources.ts';
import {
  BackupData,
  EvidenceData,
  FunctionalData,
  InstallData,
  LintData,
  PreparedData,
  RestoreData,
  type StepData,
  TeardownData,
  UpgradeData,
} from './stage-data.ts';

/** What a TestRun may ask for, in the order in which it is done. */
export const STAGES = ['lint', 'install', 'upgrade', 'backup', 'restore', 'test'] as const;
export const StageName = z.enum(STAGES);
export type StageName = z.infer<typeof StageName>;

/** Everything that runs as a stage process: the stages, and what stands before and after them. */
export const STEPS = ['prepare', ...STAGES, 'evidence', 'teardown'] as const;
export const StepName = z.enum(STEPS);
export type StepName = z.infer<typeof StepName>;

/** How a stage process ended by its own account. */
export const StageOutcome = z.enum(['passed', 'failed', 'errored', 'skipped', 'unverified']);
export type StageOutcome = z.infer<typeof StageOutcome>;

/**
 * What is observed of a step.
 * `lost`: started, its process is gone and left no result.
 * `stopped`: we ended it, and `stopped.json` says why.
 */
export const StepState = z.enum(['absent', 'running', 'overdue', 'stopped', 'lost', ...StageOutcome.options]);
export type StepState = z.infer<typeof StepState>;

/** Why something went wrong, for a packager: what was seen, where, and what to try. */
export const Cause = z.object({
  /** CamelCase constant from domain/first-cause.ts */
  reason: z.string(),
  /** One sentence. */
  message: z.string(),
  service: z.string().optional(),
  /** The line that shows it: a log line, a task error, a file and line. */
  evidence: z.string().optional(),
  nextStep: z.string().optional(),
});
export type Cause = z.infer<typeof Cause>;

export const TestCase = z.object({
  /** Whose test it is: cc-ci's, or that of the recipe's own repository. */
  source: z.enum(['ccci', 'recipe']).default('ccci'),
  name: z.string(),
  file: z.string(),
  state: z.enum(['passed', 'failed', 'skipped']),
  durationMs: z.number(),
  message: z.string().optional(),
  /** Its failure does not judge, because the RecipeSpec says so. */
  quarantined: z.boolean().optional(),
});
export type TestCase = z.infer<typeof TestCase>;

/** `request.json`: everything a stage process needs to know, written before it is started. */
export const StageRequest = z.object({
  run: z.string(),
  uid: z.string(),
  attempt: z.number().int().min(1),
  step: StepName,
  /** Counts the tries of a step that may be repeated within an attempt (teardown). */
  round: z.number().int().min(1),
  limitMs: z.number().positive(),
  /** Where the app lives, by its own name and by the one that abra has for it. */
  server: z
    .object({ name: z.string(), abraServer: z.string() })
    .default({ name: DEFAULT_SERVER, abraServer: 'default' }),
  recipe: z.string(),
  source: z.object({ repo: z.string(), ref: z.string() }),
  app: z.object({ domain: z.string(), stack: z.string() }),
  /** Number of the proxy network that is this run's alone; null for a run that an older cc-ci began. */
  slot: z.number().int().min(1).nullable().default(null),
  stages: z.array(StageName),
  bump: Bump.optional(),
  /** The RecipeSpec as it was accepted. */
  settings: RecipeSpecBody,
  /** Steps of this attempt that have a result. */
  earlier: z.array(StepName),
});
export type StageRequest = z.infer<typeof StageRequest>;

/** `started.json`: made exclusively by the process itself; a second process for the same step finds it and leaves. */
export const StageStarted = z.object({
  pid: z.number().int().positive(),
  /** Field 22 of /proc/<pid>/stat with the boot id: tells a reused pid from ours. */
  startTime: z.string(),
  startedAt: Instant,
  deadline: Instant,
  /** When it was started, by what no step of the clock changes; older ones do not say. */
  steady: Steady.optional().catch(undefined),
});
export type StageStarted = z.infer<typeof StageStarted>;

/** `stopped.json`: written before we stop a process, so that the reason survives our own death. */
export const StageStopped = z.object({
  reason: z.enum(['overdue', 'cancelled', 'deleted']),
  at: Instant,
  /** Of one that took too long: whose limit that was. */
  limit: z.enum(['step', 'run']).optional(),
});
export type StageStopped = z.infer<typeof StageStopped>;

const AnyResult = z.object({
  outcome: StageOutcome,
  startedAt: Instant,
  finishedAt: Instant,
  /** One sentence for people. */
  message: z.string(),
  cause: Cause.optional(),
  tests: z.array(TestCase).default([]),
  /** Seconds per substep, in order. */
  substeps: z.array(z.object({ name: z.string(), seconds: z.number() })).default([]),
  /** Of `prepare` where it ended early: the commit that it had checked out by then. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional()
    .catch(undefined),
  /** What cc-ci put around the services that the step deployed; older results say nothing of it. */
  limits: z.array(LimitPut).optional().catch(undefined),
  /** What the app used meanwhile; null where it did not live, or was not measured. */
  resources: StageResources.nullable().default(null).catch(null),
});

/** What the step found is null where it did not come so far, and where another cc-ci wrote it in a shape of its own. */
function resultSchema<S extends StepName, D extends z.ZodType>(step: S, data: D) {
  return AnyResult.extend({ step: z.literal(step), data: data.nullable().default(null).catch(null) });
}

/** In older results `resources` is among what the step found. */
function lifted(raw: unknown): unknown {
  const { success, data: old } = z.looseObject({ data: z.looseObject({}) }).safeParse(raw);
  return success && 'resources' in old.data ? { resources: old.data['resources'], ...old } : raw;
}

/** `result.json`: written aside, fsynced, renamed. */
export const StageResult = z.preprocess(
  lifted,
  z.discriminatedUnion('step', [
    resultSchema('prepare', PreparedData),
    resultSchema('lint', LintData),
    resultSchema('install', InstallData),
    resultSchema('upgrade', UpgradeData),
    resultSchema('backup', BackupData),
    resultSchema('restore', RestoreData),
    resultSchema('test', FunctionalData),
    resultSchema('evidence', EvidenceData),
    resultSchema('teardown', TeardownData),
  ]),
);
export type StageResult = z.infer<typeof StageResult>;
export type ResultOf<S extends StepName> = Extract<StageResult, { step: S }>;

/** The last of that step, or null. */
export function resultOf<S extends StepName>(
  results: readonly (StageResult | null)[],
  step: S,
): ResultOf<S> | null {
  return (results.findLast((result) => result?.step === step) ?? null) as ResultOf<S> | null;
}

/** What that step found, or null. */
export function dataOf<S extends StepName>(
  results: readonly (StageResult | null)[],
  step: S,
): StepData[S] | null {
  return (resultOf(results, step)?.data ?? null) as StepData[S] | null;
}

/** One line of `log.ndjson`. */
export const LogLine = z.object({
  time: Instant,
  level: z.enum(['debug', 'info', 'warn', 'error']),
  /** Who speaks: `ccci`, `abra`, `tests`, or a service of the app. */
  from: z.string(),
  text: z.string(),
});
export type LogLine = z.infer<typeof LogLine>;
