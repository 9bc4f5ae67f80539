/** The only place of the product that reads the process's environment. */
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { Duration, durationMs } from './api/primitives.ts';
import { DOORS, type Doors, doorsOf } from './doors.ts';

/** The project's own folder: recipes, tests and the built-in deployer are found from here. */
export const ROOT = resolve(import.meta.dirname, '..');

const zone = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a DNS zone such as "ci.example.org"')
  .refine(
    (text) => text.length <= 30,
    'must be at most 30 characters: it is part of every stack name, which has 45',
  );

/** `<usual>/<most>`. */
const limit = (amount: string, words: string) =>
  z.string().regex(new RegExp(`^${amount}/${amount}$`), `must be <usual>/<most>, ${words}`);
const sizes = limit('\\d+[kmg]', 'such as "2g/8g"');

const Environment = z.strictObject({
  CCCI_STATE_DIR: z.string().default(join(ROOT, '.ccci', 'state')),
  CCCI_DOCKER_HOST: z
    .string()
    .regex(/^unix:\/\/\/.+/, 'must be a local socket such as "unix:///var/run/docker.sock"')
    .default('unix:///var/run/docker.sock'),
  CCCI_ZONE: zone.default('ci.test'),
  /** Where the proxy answers, when DNS does not say so (tests, demo). */
  CCCI_PROXY_ADDRESS: z.union([z.ipv4(), z.ipv6()]).optional(),
  /** Trusted beside the system's authorities; verification itself is never off. */
  CCCI_CA_FILE: z.string().optional(),
  CCCI_RECIPES_DIR: z.string().default(join(ROOT, 'recipes')),
  CCCI_TESTS_DIR: z.string().default(join(ROOT, 'tests', 'recipes')),
  CCCI_MAX_TESTS: z.coerce.number().int().min(1).max(50).default(1),
  CCCI_ABRA_BIN: z.string().default('auto'),
  /** `files` makes the built-in deployer read the recipe's files by itself, as abra does. */
  CCCI_DEPLOYER_TAKES: z.enum(['tree', 'files']).default('tree'),
  CCCI_RESOLVE_IMAGE: z.enum(['always', 'changed', 'never']).default('always'),
  CCCI_REAP_MIN_AGE: Duration.default('2m'),
  /** Traefik's swarm provider looks every 15 s unless told otherwise. */
  CCCI_ROUTE_GRACE: Duration.default('30s'),
  CCCI_LIMIT_MEMORY: sizes.default('2g/8g'),
  CCCI_LIMIT_CPUS: limit('\\d+(?:\\.\\d+)?', 'such as "2/4"').default('2/4'),
  CCCI_LIMIT_PIDS: limit('\\d+', 'such as "1000/4000"').default('1000/4000'),
  CCCI_LIMIT_TMPFS: sizes.default('256m/1g'),
  CCCI_LIMIT_LOG: sizes.default('10m/50m'),
  CCCI_LIMIT_DISK: z
    .string()
    .regex(/^[1-9]\d*[mgt]$/, 'must be a size such as "20g"')
    .default('20g'),
  CCCI_DISK_FLOOR: z
    .string()
    .regex(/^\d{1,2}%\/\d+[mgt]$/, 'must be <percent>%/<size>, such as "10%/5g"')
    .default('10%/5g'),
  CCCI_CHROMIUM: z.string().default('/usr/bin/chromium'),
  ...DOORS,
  CCCI_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** Every variable that there is. */
export const VARIABLES: readonly string[] = Object.keys(Environment.shape);

export interface Config {
  readonly stateDir: string;
  readonly dockerHost: string;
  readonly zone: string;
  readonly proxyAddress: string | null;
  readonly caFile: string | null;
  readonly recipesDir: string;
  readonly testsDir: string;
  readonly maxTests: number;
  readonly abraBin: string;
  readonly deployerTakes: 'tree' | 'files';
  readonly resolveImage: 'always' | 'changed' | 'never';
  readonly reapMinAgeMs: number;
  /** How long the proxy may lag behind the swarm. */
  readonly routeGraceMs: number;
  /** Of each container that a run deploys, `<usual>/<most>`. */
  readonly limits: Readonly<Record<'memory' | 'cpus' | 'pids' | 'tmpfs' | 'log', string>>;
  /** Of all that a run holds in volumes and writable layers; and what of a file system stays free. */
  readonly disk: { readonly most: string; readonly floor: string };
  readonly chromium: string;
  /** What people reach cc-ci by; null where it is not configured, and everything else works without. */
  readonly doors: Doors;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** What a child process may inherit: enough to find programs, nothing secret. */
  readonly baseEnv: Readonly<Record<string, string>>;
}

/** A variable that cannot be used; the message names it and what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** How a child is found again, and where Node keeps compiled code: handed on, not configured. */
const INTERNAL = ['CCCI_STEP_MARK', 'NODE_COMPILE_CACHE'];
/** Names of other parts of the project: the test sandbox's cache. */
const FOREIGN = ['CCCI_CACHE'];
const INHERITED = [
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  ...INTERNAL,
];

/** The forge is read and commented on: apps under test never stand in its zone, nor it in theirs. */
function sharedZone(zone: string, gitea: string | undefined): string | null {
  if (gitea === undefined) return null;
  const forge = new URL(gitea).hostname;
  const isWithin = (name: string, outer: string): boolean => name === outer || name.endsWith(`.${outer}`);
  return isWithin(zone, forge) || isWithin(forge, zone)
    ? `CCCI_ZONE: ${zone} and the forge, ${forge}, share a zone; apps under test never stand where the forge does.`
    : null;
}

/** Reads CCCI_* and refuses what cannot be right, unknown CCCI_ names included, so that a typo is not a default. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(
      ([key, value]) => key.startsWith('CCCI_') && value !== '' && ![...INTERNAL, ...FOREIGN].includes(key),
    ),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'CCCI_*'}: ${issue.message}`);
    throw new ConfigError(`The configuration cannot be used:\n  ${lines.join('\n  ')}`);
  }
  const v = parsed.data;
  if (v.CCCI_ABRA_BIN !== 'auto' && !isAbsolute(v.CCCI_ABRA_BIN)) {
    throw new ConfigError('CCCI_ABRA_BIN: must be "auto" or an absolute path to an executable.');
  }
  const shared = sharedZone(v.CCCI_ZONE, v.CCCI_GITEA_URL);
  if (shared !== null) throw new ConfigError(shared);
  return {
    stateDir: resolve(v.CCCI_STATE_DIR),
    dockerHost: v.CCCI_DOCKER_HOST,
    zone: v.CCCI_ZONE,
    proxyAddress: v.CCCI_PROXY_ADDRESS ?? null,
    caFile: v.CCCI_CA_FILE ?? null,
    recipesDir: resolve(v.CCCI_RECIPES_DIR),
    testsDir: resolve(v.CCCI_TESTS_DIR),
    maxTests: v.CCCI_MAX_TESTS,
    abraBin: v.CCCI_ABRA_BIN,
    deployerTakes: v.CCCI_DEPLOYER_TAKES,
    resolveImage: v.CCCI_RESOLVE_IMAGE,
    reapMinAgeMs: durationMs(v.CCCI_REAP_MIN_AGE),
    routeGraceMs: durationMs(v.CCCI_ROUTE_GRACE),
    limits: {
      memory: v.CCCI_LIMIT_MEMORY,
      cpus: v.CCCI_LIMIT_CPUS,
      pids: v.CCCI_LIMIT_PIDS,
      tmpfs: v.CCCI_LIMIT_TMPFS,
      log: v.CCCI_LIMIT_LOG,
    },
    disk: { most: v.CCCI_LIMIT_DISK, floor: v.CCCI_DISK_FLOOR },
    chromium: v.CCCI_CHROMIUM,
    doors: doorsOf(v, (text) => new ConfigError(text)),
    logLevel: v.CCCI_LOG_LEVEL,
    baseEnv: Object.fromEntries(
      INHERITED.flatMap((key) => (env[key] === undefined ? [] : [[key, env[key]]])),
    ),
  };
}

/** The same configuration as variables, for a child that calls `readConfig` itself. */
export function environmentOf(config: Config): Record<string, string> {
  const set: Record<string, string | null> = {
    CCCI_STATE_DIR: config.stateDir,
    CCCI_DOCKER_HOST: config.dockerHost,
    CCCI_ZONE: config.zone,
    CCCI_PROXY_ADDRESS: config.proxyAddress,
    CCCI_CA_FILE: config.caFile,
    CCCI_RECIPES_DIR: config.recipesDir,
    CCCI_TESTS_DIR: config.testsDir,
    CCCI_MAX_TESTS: String(config.maxTests),
    CCCI_ABRA_BIN: config.abraBin,
    CCCI_DEPLOYER_TAKES: config.deployerTakes,
    CCCI_RESOLVE_IMAGE: config.resolveImage,
    CCCI_REAP_MIN_AGE: `${config.reapMinAgeMs}ms`,
    CCCI_ROUTE_GRACE: `${config.routeGraceMs}ms`,
    CCCI_LIMIT_MEMORY: config.limits.memory,
    CCCI_LIMIT_CPUS: config.limits.cpus,
    CCCI_LIMIT_PIDS: config.limits.pids,
    CCCI_LIMIT_TMPFS: config.limits.tmpfs,
    CCCI_LIMIT_LOG: config.limits.log,
    CCCI_LIMIT_DISK: config.disk.most,
    CCCI_DISK_FLOOR: config.disk.floor,
    CCCI_CHROMIUM: config.chromium,
    CCCI_LOG_LEVEL: config.logLevel,
  };
  const present = Object.entries(set).filter((entry): entry is [string, string] => entry[1] !== null);
  return { ...config.baseEnv, ...Object.fromEntries(present) };
}
