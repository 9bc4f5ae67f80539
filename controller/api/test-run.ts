/** TestRun: one wish to test one recipe at one commit. People write it; the controller never does. */
import { z } from 'zod';
import { Bump } from './bump.ts';
import { API_VERSION, Duration, Labels, ObjectName, RecipeName } from './primitives.ts';
import { GitAddress } from './recipe-spec.ts';
import { StageName, STAGES } from './stage.ts';

/** A commit, branch or tag as git names them; never an option, a range or a reflog expression. */
export const GitRef = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!-)(?!.*\.\.)(?!.*@\{)[A-Za-z0-9._/+@-]+$/, 'must be a commit, a branch or a tag');

export const Trigger = z.strictObject({
  /** `reference`: nobody asked for it; the base of a pull request whose run is red, to see whose fault that is. */
  kind: z.enum(['comment', 'cli', 'file', 'reference']).default('file'),
  user: z.string().optional(),
  commentId: z.number().int().optional(),
  url: z.string().optional(),
});

/** One line of text for people, without control characters. */
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, 'must be one line without control characters');

export const CANCELLED_BY = ['person', 'newer-run', 'closed-pull-request', 'server'] as const;

/** Who took the run back, and why. */
export const Cancellation = z.strictObject({
  by: z.enum(CANCELLED_BY),
  /** The person, the newer run, who closed the pull request, or the server, by name. */
  who: line(64).optional(),
  why: line(200).optional(),
});
export type Cancellation = z.infer<typeof Cancellation>;

/** `true` says no more than that somebody wrote it. */
export const Cancel = z.union([z.boolean(), Cancellation]);
export type Cancel = z.infer<typeof Cancel>;

export const TestRunBody = z.strictObject({
  recipe: RecipeName,
  /** The server to test it on, by name; the default one where none is named. */
  server: ObjectName.optional(),
  source: z
    .strictObject({
      repo: GitAddress.optional(),
      ref: GitRef.default('HEAD'),
      pr: z.number().int().positive().optional(),
    })
    .prefault({}),
  stages: z
    .array(StageName)
    .min(1)
    .refine((stages) => new Set(stages).size === stages.length, 'must not name a stage twice')
    .default([...STAGES]),
  /** Only some of the head's image bumps, to find the one that breaks it: such a run is no verdict on the commit. */
  bump: Bump.optional(),
  trigger: Trigger.prefault({}),
  timeout: Duration.default('45m'),
  /** A wish in the spec; the answer is in the status. */
  cancel: Cancel.default(false),
});
export type TestRunBody = z.infer<typeof TestRunBody>;

export const TestRun = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('TestRun'),
  metadata: z.strictObject({ name: ObjectName, labels: Labels.default({}) }),
  spec: TestRunBody,
});
export type TestRun = z.infer<typeof TestRun>;
