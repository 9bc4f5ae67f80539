/** RecipeSpec: a recipe is enrolled by adding this file. */
import { z } from 'zod';
import { API_VERSION, Duration, RecipeName } from './primitives.ts';
import { Quarantine } from './quarantine.ts';

export const CATEGORIES = ['simple', 'single-db', 'multi-service', 'sso', 'storage'] as const;

/** A git address, or for tests and air-gapped boxes a path. Never an option for git, never a transport that runs commands. */
export const GitAddress = z
  .string()
  .min(1)
  .regex(
    /^(https?:\/\/|ssh:\/\/|git:\/\/|file:\/\/|\/|\.\.?\/|[\w.-]+@[\w.-]+:)[^\s]*$/,
    'must be a git URL (https, ssh, git, file) or a path starting with "/" or "."',
  );

export const RecipeSpecBody = z.strictObject({
  category: z.enum(CATEGORIES),
  source: z.strictObject({ repo: GitAddress, upstream: GitAddress.optional() }),
  /** Set in the app's `.env` before the first deploy. */
  env: z
    .record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'must be a variable name such as "TIMEOUT"'), z.string())
    .default({}),
  health: z
    .strictObject({
      path: z.string().startsWith('/').default('/'),
      status: z.number().int().min(200).max(499).default(200),
      timeout: Duration.default('5m'),
    })
    .prefault({}),
  /**
   * For an app whose readiness abra's own convergence check cannot see: it is told not to wait, all services have to
   * run as asked, and this request has to be answered so, in place of `health`.
   */
  readyProbe: z
    .strictObject({
      why: z.string().min(1),
      path: z.string().startsWith('/'),
      status: z.number().int().min(200).max(499).default(200),
      contains: z.string().min(1),
    })
    .optional(),
  /** Swarm shows the last four dead tasks of a replica, so more can never be counted. Give up early when a service restarts this often within this time and no replica became healthy. */
  crashLoop: z
    .strictObject({ restarts: z.number().int().min(2).max(4).default(4), within: Duration.default('60s') })
    .prefault({}),
  /** What the operator allows this recipe beyond the policy, each thing by its value: nothing by default. */
  allow: z
    .strictObject({
      binds: z.array(z.string().startsWith('/')).default([]),
      ports: z.array(z.number().int().min(1).max(65_535)).default([]),
      privileged: z.boolean().default(false),
      /** In capital letters, without `CAP_`. */
      capabilities: z
        .array(z.string().regex(/^(?!CAP_)[A-Z][A-Z_]+$/, 'must be a capability such as "NET_ADMIN"'))
        .default([]),
      /** Names on the shared network that are not the app's own. */
      aliases: z.array(z.string().min(1)).default([]),
      /** Registries at loopback or private addresses, with their port: `127.0.0.1:5000`. */
      registries: z.array(z.string().min(1)).default([]),
      /** Middlewares of Traefik that are not the app's own: `auth@file`. */
      middlewares: z.array(z.string().min(1)).default([]),
      /** Entry points of Traefik that the app may take whole: by UDP, or by a TCP router for every name. */
      entrypoints: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  /** `none`: the app reaches its own services and the proxy, and neither the internet nor this machine's network. */
  egress: z.enum(['open', 'none']).default('open'),
  /** From which published versions: the newest, or a few of all; and whether the way back is tried, which is said and never judged. */
  upgrade: z
    .strictObject({ from: z.enum(['newest', 'all']).default('newest'), rollback: z.boolean().default(false) })
    .prefault({}),
  /** A recipe that has nothing to back up says why; one that says nothing has to be backed up. Whether a backup of the version before is restored into the head as well, which is said and never judged. */
  backup: z
    .strictObject({
      expected: z.boolean().default(true),
      reason: z.string().min(1).optional(),
      fromPrevious: z.boolean().default(false),
    })
    .refine(({ expected, reason }) => expected || reason !== undefined, {
      path: ['reason'],
      message: 'must say why there is nothing to back up',
    })
    .prefault({}),
  /** Kill each service once at the end of the stage `test`: all of it has to come back by itself, with its data. */
  resilience: z.boolean().default(false),
  /** Tests in `tests/` of the recipe's own repository: strangers' code, run in a sandbox that reaches nothing but the app. */
  localTests: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Names of the app's generated secrets that they may read: none by default. */
      secrets: z
        .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be the name of a secret'))
        .default([]),
      /** For each file. */
      timeout: Duration.default('60s'),
    })
    .prefault({}),
  /** Tests with a history of flaking, for 90 days at most. */
  quarantine: Quarantine.default([]),
});

export const RecipeSpec = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('RecipeSpec'),
  metadata: z.strictObject({ name: RecipeName }),
  spec: RecipeSpecBody,
});
export type RecipeSpec = z.infer<typeof RecipeSpec>;
