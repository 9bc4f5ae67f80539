/** What a task that went wrong tells a packager: reason, sentence, evidence, next step. Pure. */
import type { Cause } from '../../api/stage.ts';
import type { ServiceSeen, TaskSeen } from '../../ports.ts';

type Update = NonNullable<ServiceSeen['update']>;

export type Fault = 'recipe' | 'infra';

export interface Failure {
  readonly fault: Fault;
  readonly cause: Cause;
}

interface Row {
  readonly reason: string;
  readonly when: (task: TaskSeen) => boolean;
  /** What the service did, after `Service "app" `. */
  readonly did: (task: TaskSeen, service: Pick<ServiceSeen, 'memoryLimit'>) => string;
  readonly nextStep: string;
  readonly fault?: Fault;
  readonly evidence?: (task: TaskSeen) => string | undefined;
}

const says = (pattern: RegExp) => (task: TaskSeen) => pattern.test(task.error);
/** A check that begins while its container is being ended says only that it could not. */
const lastHealth = ({ healthOutput }: TaskSeen) =>
  healthOutput.findLast((line) => !line.startsWith('OCI runtime exec failed')) ?? healthOutput.at(-1);
/** Swarm says the code in words too, for tasks whose container has gone. */
const exitCodeOf = (task: TaskSeen) => /non-zero exit \((\d+)\)/.exec(task.error)?.[1] ?? task.exitCode;

/** 128 + SIGKILL. */
const KILLED = '137';

/** Where cc-ci deployed it, there always is one. */
function limitOf({ memoryLimit }: Pick<ServiceSeen, 'memoryLimit'>): string {
  return memoryLimit ? `its memory limit of ${Math.round(memoryLimit / 2 ** 20)} MiB` : 'it is allowed';
}

const isUnhealthy = says(/unhealthy container/);

/** The first row that fits wins, in the order of the list of first causes; texts as Docker 20.10.24 wrote them, see the tests. */
export const ROWS: readonly Row[] = [
  {
    reason: 'RegistryRateLimit',
    fault: 'infra',
    when: says(/toomanyrequests|rate limit/i),
    did: () => 'could not get its image: the registry’s rate limit was reached',
    nextStep: 'Try again later, or log the node in to the registry.',
  },
  {
    reason: 'ImageMissing',
    when: says(/no such image|manifest unknown|manifest for \S+ not found|pull access denied/i),
    did: (task) => `cannot start: image "${task.image}" does not exist`,
    nextStep: 'Check the name and the tag in compose.yml: the registry must offer exactly these.',
  },
  {
    reason: 'OutOfMemory',
    when: (task) => task.oomKilled,
    did: (_task, service) => `was killed because it used more memory than ${limitOf(service)}`,
    nextStep:
      'Raise `deploy.resources.limits.memory` in the recipe, or the operator CCCI_LIMIT_MEMORY; or make the app use less.',
  },
  {
    reason: 'SecretMissing',
    when: says(/\bsecret\b.*not found|not found.*\bsecret\b/i),
    did: () => 'cannot start: a secret is missing',
    nextStep: 'Every secret of compose.yml needs its `SECRET_…_VERSION` in .env.sample.',
  },
  {
    reason: 'ConfigMissing',
    when: says(/\bconfig\b.*not found|not found.*\bconfig\b/i),
    did: () => 'cannot start: a config is missing',
    nextStep: 'Check the `configs:` of compose.yml and the versions that abra.sh exports.',
  },
  {
    reason: 'MountFailed',
    when: says(/bind source path|invalid mount|error while mounting|no such volume|volume driver/i),
    did: () => 'cannot start: one of its mounts could not be made',
    nextStep: 'Use a named volume; a path of the host does not exist on other machines.',
  },
  {
    reason: 'SwarmAllocation',
    fault: 'infra',
    when: says(
      /network \S+ not found|network sandbox|available (IP|network)|pool overlaps|network attachment/i,
    ),
    did: () => 'could not be attached to its networks',
    nextStep: 'This is the swarm, not the recipe: look at its address pools and networks.',
  },
  {
    reason: 'PortInUse',
    when: says(/port is already allocated|address already in use/i),
    did: () => 'cannot start: its port is taken',
    nextStep: 'Let Traefik route to the app instead of publishing a port.',
  },
  {
    reason: 'CommandNotStarted',
    when: says(/starting container failed|OCI runtime|executable file not found/i),
    did: () => 'cannot start: its command could not be run',
    nextStep:
      'Check `command:` and `entrypoint:`: the file must exist in this version of the image and be executable.',
  },
  {
    reason: 'NodeLost',
    fault: 'infra',
    when: (task) => task.state === 'orphaned',
    did: () => 'was lost together with its node',
    nextStep: 'This is the swarm, not the recipe: look at its nodes.',
  },
  {
    reason: 'TaskExited',
    // Swarm ends what stays unhealthy, and the exit code is then that of the kill.
    when: (task) => exitCodeOf(task) !== null && !isUnhealthy(task),
    did: (task, service) =>
      String(exitCodeOf(task)) === KILLED
        ? `was killed (exit code ${KILLED}), most often for using more memory than ${limitOf(service)}`
        : `exited with code ${exitCodeOf(task)}`,
    nextStep:
      'Read the last lines of its log: most often a variable, a secret or another service is missing.',
  },
  {
    reason: 'HealthcheckFailing',
    when: isUnhealthy,
    did: () => 'was stopped because its health check kept failing',
    evidence: lastHealth,
    nextStep: 'Run the health check by hand in the container; a slow start needs a longer `start_period`.',
  },
];

const UNKNOWN: Row = {
  reason: 'TaskFailed',
  when: () => true,
  did: (task) => `was ${task.state} by swarm`,
  nextStep: "Read swarm's own words above, and the last lines of its log.",
};

function rowOf(task: TaskSeen): Row {
  return ROWS.find((row) => row.when(task)) ?? UNKNOWN;
}

/** `often` is said after what happened: ", 4 times within 60 s". */
export function failureOf(service: ServiceSeen, task: TaskSeen, often = ''): Failure {
  const row = rowOf(task);
  const evidence = row.evidence?.(task) ?? (task.error || lastHealth(task));
  return {
    fault: row.fault ?? 'recipe',
    cause: {
      reason: row.reason,
      message: `Service "${service.name}" ${row.did(task, service)}${often}.`,
      service: service.name,
      ...(evidence ? { evidence } : {}),
      nextStep: row.nextStep,
    },
  };
}

/** A health check that fails while swarm still waits for it. */
export function sicknessOf(service: ServiceSeen, task: TaskSeen): Failure {
  const row = ROWS.find(({ reason }) => reason === 'HealthcheckFailing') ?? UNKNOWN;
  const message = `Service "${service.name}" runs, but its health check does not succeed.`;
  const told = { reason: row.reason, message, service: service.name, nextStep: row.nextStep };
  const evidence = lastHealth(task);
  return { fault: 'recipe', cause: evidence === undefined ? told : { ...told, evidence } };
}

/** Swarm put the old version back (or stopped half-way): red, however healthy the old version is. */
export function rollbackOf(service: ServiceSeen, update: Update, task: TaskSeen | undefined): Failure {
  const paused = update.state === 'paused';
  const reason = paused ? 'UpdatePaused' : 'SwarmRollback';
  const told = `Swarm ${paused ? 'stopped' : 'took back'} the update of service "${service.name}"`;
  if (task === undefined)
    return withoutTask(service, { reason, message: `${told}.`, evidence: update.message });
  const why = failureOf(service, task);
  if (why.fault === 'infra') return why;
  const evidence = `${why.cause.evidence ?? update.message} (task ${task.id})`;
  return {
    fault: 'recipe',
    cause: {
      ...why.cause,
      reason,
      message: `${told}: the new task ${rowOf(task).did(task, service)}.`,
      evidence,
    },
  };
}

function withoutTask(service: ServiceSeen, cause: Cause): Failure {
  const nextStep = 'Read the log of the task that swarm gave up.';
  return { fault: 'recipe', cause: { ...cause, service: service.name, nextStep } };
}
