/** `results.json` of a finished run: the machine-readable verdict and its proof. */
import { z } from 'zod';
import { Instant } from './primitives.ts';
import { RunResources } from './resources.ts';
import { Cause, StepName, StepState, TestCase } from './stage.ts';
import { DeployerInfo } from './stage-data.ts';
import { Verdict } from './test-run-status.ts';

export const RunResults = z.object({
  apiVersion: z.string(),
  kind: z.literal('RunResults'),
  run: z.string(),
  uid: z.string(),
  recipe: z.string(),
  pr: z.number().int().nullable(),
  commit: z.string().nullable(),
  version: z.string().nullable(),
  deployer: DeployerInfo.nullable(),
  app: z.object({ domain: z.string(), stack: z.string() }).nullable(),
  verdict: Verdict,
  level: z.number().int().min(0).max(5).nullable(),
  /** The level in words, with what has to be known of it. */
  levelSays: z.string().default(''),
  /** Whether lint judged abra's own R-rules: where it did not, level 5 says so. Null where lint judged nothing. */
  abraRulesJudged: z.boolean().nullable().default(null),
  message: z.string(),
  cause: Cause.nullable(),
  beganAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  attempts: z.number().int(),
  leftovers: z.array(z.string()),
  /** What the end proves; null in older results. */
  flags: z
    .object({
      /** Teardown passed, and the controller's own look found nothing of the run. */
      'clean-teardown': z.boolean(),
      /** The files of the last attempt were looked through for secrets, and none was found in any. */
      'no-leak': z.boolean(),
    })
    .nullable()
    .default(null),
  /** Of the last attempt; null where nothing was deployed. */
  resources: RunResources.nullable().default(null),
  steps: z.array(
    z.object({
      name: StepName,
      attempt: z.number().int(),
      round: z.number().int(),
      state: StepState,
      /** Passed, and nothing but an HTTP answer was judged: it stops the climb. */
      superficial: z.boolean().default(false),
      seconds: z.number().nullable(),
      message: z.string(),
      substeps: z.array(z.object({ name: z.string(), seconds: z.number() })),
      tests: z.array(TestCase),
      cause: Cause.nullable(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type RunResults = z.infer<typeof RunResults>;
