/** What the reconcilers and stages need from the world, written from the caller's side. Types only. */
import type { SecretScan } from './api/secret-scan.ts';
import type { StageRequest, StageResult, StepName, StepState } from './api/stage.ts';
import type { Inventory } from './api/stage-data.ts';
import type { Parsed } from './api/parsed.ts';
import type { Steady } from './api/primitives.ts';
import type { Cancel, TestRun } from './api/test-run.ts';
import type { TestRunStatus, TestRunStatusBody } from './api/test-run-status.ts';
import type { RecipeSpec } from './api/recipe-spec.ts';
import type { RunResources, VolumeSize } from './api/resources.ts';

export interface Clock {
  now(): Date;
  /** Nobody sets it, and a machine that sleeps does not count; a clock without is only as good as `now`. */
  steady?(): Steady;
}

// ---------------------------------------------------------------- documents

/** A TestRun's document as it lies on the disk. */
export interface SpecSeen {
  readonly parsed: Parsed<TestRun>;
  /** The birth of its file, for the order of admission. */
  readonly createdAt: Date;
  /** Digest of what it asks for, `cancel` aside; '' where it is not valid. */
  readonly wish: string;
  /** Also of a document that is not valid otherwise. */
  readonly cancel: Cancel;
}

/** One key's documents as they are now. A missing spec with a status left is a deleted run. */
export interface RunDocuments {
  readonly name: string;
  readonly spec: SpecSeen | null;
  readonly status: TestRunStatus | null;
}

export interface Store {
  get(name: string): Promise<RunDocuments>;
  /** All statuses known in memory, without touching the disk: admission and status writes must see one another at once. */
  statuses(): readonly TestRunStatus[];
  status(name: string): TestRunStatus | null;
  recipe(name: string): Promise<Parsed<RecipeSpec> | null>;
  /** Compare-and-swap: visible in memory before the first await, on disk (fsynced) when resolved. Throws Conflict. No write if nothing changed. */
  putStatus(name: string, status: TestRunStatusBody, resourceVersion: number): Promise<void>;
  /** Removes status, run directory and sidecar of a run that is gone. */
  forget(name: string, uid: string): Promise<void>;
}

// ---------------------------------------------------------------- swarm

export type ThingKind = 'service' | 'container' | 'network' | 'volume' | 'secret' | 'config';

/** One thing on the swarm that bears a stack's name. */
export interface Thing {
  readonly kind: ThingKind;
  readonly id: string;
  readonly name: string;
  /** The stack by label `com.docker.stack.namespace`, or null where it bears none (secrets made by abra). */
  readonly stack: string | null;
  readonly createdAt: Date;
}

export interface TaskSeen {
  readonly id: string;
  readonly slot: string;
  readonly node: string;
  readonly state: string;
  readonly desired: string;
  /** Swarm's own error text for the task, or ''. */
  readonly error: string;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  readonly container: string | null;
  /** Docker's health of the container, or null where there is none. */
  readonly health: 'starting' | 'healthy' | 'unhealthy' | null;
  /** Output of the last health checks, oldest first. */
  readonly healthOutput: readonly string[];
  readonly image: string;
  /** Index of the service's spec that the task was made for. */
  readonly specVersion: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ServiceSeen {
  readonly id: string;
  /** Without the stack's prefix: `app`. */
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly replicated: boolean;
  readonly desired: number;
  readonly specVersion: number;
  /** Swarm's UpdateStatus.State, or null where no update was made. */
  readonly update: { readonly state: string; readonly message: string } | null;
  readonly hasHealthcheck: boolean;
  /** In bytes; 0 or nothing where there is none. */
  readonly memoryLimit?: number;
  /** A job (replicated-job, global-job) is done when its tasks are complete; its tasks are present where they are of its last execution. */
  readonly job: boolean;
  /** When swarm makes another task for one that ended; nothing where it was not looked at. */
  readonly restart?: { readonly condition: string; readonly delayMs: number };
  readonly tasks: readonly TaskSeen[];
  readonly updatedAt: Date;
}

export interface StackSeen {
  readonly stack: string;
  /** By name. */
  readonly services: readonly ServiceSeen[];
  /** Everything that bears the stack's name or label, services included. */
  readonly things: readonly Thing[];
}

export interface SwarmInfo {
  readonly engine: string;
  readonly apiVersion: string;
  readonly swarm: string;
  readonly manager: boolean;
  /** Another text after any engine of the swarm was restarted, drained or lost: what ran meanwhile was disturbed by it. */
  readonly incarnation: string;
  /** When the engine that answers was started; null where it does not say. */
  readonly startedAt: Date | null;
}

export type PullOutcome =
  | {
      readonly ok: true;
      readonly id: string;
      readonly digest: string | null;
      /** Null where the engine does not say. */
      readonly bytes: number | null;
    }
  | {
      readonly ok: false;
      readonly fault: 'recipe' | 'infra';
      readonly reason: string;
      readonly message: string;
    };

export interface Swarm {
  info(): Promise<SwarmInfo>;
  observe(stack: string): Promise<StackSeen>;
  /** Every service, container, network, volume, secret and config of the swarm: what the reaper judges by. */
  things(): Promise<readonly Thing[]>;
  /** Removes one thing, found again by id *and* name just before. Already gone is success. */
  ensureAbsent(thing: Thing): Promise<void>;
  /** Ends a container of a stack as a crash does, found again by id, name *and* label just before. Already ended is success. */
  kill(container: Thing): Promise<void>;
  /** Present locally, else pulled. */
  ensureImage(image: string): Promise<PullOutcome>;
  /** Last lines of a service's logs over all its tasks, oldest first, each with its task. */
  logs(
    serviceId: string,
    tail: number,
  ): Promise<readonly { readonly time: string; readonly task: string; readonly text: string }[]>;
  /** Calls back with a stack's name for every event; reconnects by itself, and says so with null ("look at everything"). Ends with the signal. */
  watch(onChange: (stack: string | null) => void, signal: AbortSignal): Promise<void>;
}

/** One swarm that runs can be tested on. Code that needs only a part of the swarm names that part. */
export interface Server<S = Swarm> {
  readonly name: string;
  readonly swarm: S;
  readonly dockerHost: string;
  /** The DNS zone whose names lead to this server's proxy. */
  readonly zone: string;
  /** As abra calls it: the folder below `servers/` in an ABRA_DIR. */
  readonly abraServer: string;
}

export interface Servers<S = Swarm> {
  all(): readonly Server<S>[];
  names(): readonly string[];
  /** Throws Terminal where there is none of that name. */
  of(name: string): Server<S>;
}

/** Memory of one running container, as its cgroup counts it; all in bytes. */
export interface ContainerMemory {
  readonly id: string;
  /** Without the stack's prefix: `app`. */
  readonly service: string;
  readonly usage: number;
  /** Highest usage since the container was started; null where the engine does not say (cgroup v2). */
  readonly max: number | null;
  /** Page cache that was not used lately, which `docker stats` does not count. */
  readonly inactiveFile: number;
  /** How many processes it may have, where it has them all at this moment. */
  readonly allProcesses?: number;
}

/** What a stack uses of the node that answers; containers on other nodes are not seen. */
export interface Meter {
  /** Of all running containers at about the same time; `problems` says which of them could not be read. */
  memory(stack: string): Promise<{
    readonly containers: readonly ContainerMemory[];
    readonly problems: readonly string[];
  }>;
  /** Sizes of the stack's volumes, by name without the stack's prefix. Docker looks at every file of every volume for it. */
  volumes(stack: string): Promise<readonly VolumeSize[]>;
}

/** A volume or the writable layer of a container; null where Docker does not know its size. */
export interface DiskItem {
  /** `volume "data"`, `writable layer of "app"`. */
  readonly what: string;
  readonly bytes: number | null;
}

/** A file system, by a path on it. */
export interface DiskSpace {
  readonly path: string;
  readonly free: number;
  readonly total: number;
}

/** What is left of this machine's disks, and what a stack holds of them. */
export interface DiskMeter {
  /** Where the engine keeps images, layers and volumes; null where it does not say. */
  dataRoot(): Promise<string | null>;
  /** Throws where the path is not visible to this process. */
  space(path: string): Promise<Omit<DiskSpace, 'path'>>;
  /** Volumes and writable layers of the stack. Docker looks at every file of every volume for it. */
  held(stack: string): Promise<readonly DiskItem[]>;
}

// ---------------------------------------------------------------- stages

/** A step of a run as its files and its process show it. */
export interface StepSeen {
  readonly step: StepName;
  readonly attempt: number;
  readonly round: number;
  readonly state: StepState;
  readonly startedAt: Date | null;
  readonly deadline: Date | null;
  readonly finishedAt: Date | null;
  readonly result: StageResult | null;
  /** Of a teardown that looked for secrets in the run's files; it outlives a process that left no result. */
  readonly scan?: SecretScan | null;
  readonly stopReason: 'overdue' | 'cancelled' | 'deleted' | null;
  /** Of one that was stopped because it took too long: whose limit that was, where it was written down. */
  readonly stopLimit?: 'step' | 'run' | undefined;
  /** Why a result could not be read, or ''. */
  readonly problem: string;
}

/** One try of one step: which of a run's folders it is. */
export type StepTry = Pick<StepSeen, 'step' | 'attempt' | 'round'>;

export interface Stages {
  inspect(uid: string): Promise<readonly StepSeen[]>;
  /** Starts the step's process, or finds it already claimed. Resolves when the process holds its claim. */
  start(request: StageRequest): Promise<void>;
  /** Writes the reason, then ends every process that bears the step's mark. Already ended is success. */
  stop(step: { uid: string; seen: StepTry }, reason: 'overdue' | 'cancelled' | 'deleted'): Promise<void>;
  /** Processes, ABRA_DIR and sidecar that are left of a run outside the swarm. */
  leftovers(uid: string): Promise<readonly string[]>;
  /** Everything of that kind on this machine, by run: what the reaper judges by. */
  owners(): Promise<readonly LocalOwner[]>;
  /** Ends the run's processes and removes its ABRA_DIR and sidecar. Already gone is success. */
  ensureLocalAbsent(uid: string): Promise<void>;
}

/** A run that still has something outside the swarm. */
export interface LocalOwner {
  readonly uid: string;
  readonly what: readonly string[];
  /** Of the youngest of it. */
  readonly since: Date;
}

/** One decision or removal, for people: shown, and never read by `decide`. */
export interface RunEvent {
  readonly reason: string;
  readonly message: string;
}

/** One decision: the facts that it was made of, the leaf of the chart that they led to, and what was to be done. */
export interface Decided {
  readonly facts: object;
  readonly leaf: string;
  readonly action: object;
}

/** Writes what a run leaves for people: events while it goes on, `results.json` before it is closed. */
export interface Records {
  event(uid: string, event: RunEvent): Promise<void>;
  /** For replays. A decision that equals the one before it is not repeated. */
  decision(uid: string, decided: Decided): Promise<void>;
  results(uid: string, results: unknown): Promise<void>;
  /** From the `results.json` of a run that is closed; null where it has none. */
  resources(uid: string): Promise<RunResources | null>;
}

export type { Inventory, Parsed, Steady };
export type { Problem } from './api/parsed.ts';
export type {
  FileSpec,
  MountSpec,
  NetworkSpec,
  PortSpec,
  RestartSpec,
  ServiceJoined,
  ServiceSpec,
  SpecReader,
  UpdateSpec,
} from './specs.ts';
