/** What swarm was told of services and networks, for whoever holds it against what was judged. Types only. */

/** What swarm was told of each service of a stack, by name; what a deployer says about it counts for nothing. */
export interface SpecReader {
  specs(stack: string): Promise<readonly ServiceSpec[]>;
  /** The stack's own networks, by name. */
  networks(stack: string): Promise<readonly NetworkSpec[]>;
  /** All services that were told to join a network; null where there is no such network. */
  joined(network: string): Promise<readonly ServiceJoined[] | null>;
}

/** A service by its full name, and the networks that it was told to join. */
export interface ServiceJoined {
  readonly service: string;
  readonly stack: string | null;
  readonly networks: readonly string[];
}

/** What swarm was told about one service: everything that decides what its containers may do. */
export interface ServiceSpec {
  /** Without the stack's prefix: `app`. */
  readonly name: string;
  /** May end in the digest that swarm found for it. */
  readonly image: string;
  readonly mode: string;
  readonly replicas: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Name and SHA-256 of each value: values may be secrets, and nobody who compares has to know them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly hostname: string;
  readonly workingDir: string;
  /** `deploy.labels`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly containerLabels: Readonly<Record<string, string>>;
  readonly mounts: readonly MountSpec[];
  readonly networks: readonly { readonly name: string; readonly aliases: readonly string[] }[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly ports: readonly PortSpec[];
  readonly secrets: readonly FileSpec[];
  readonly configs: readonly FileSpec[];
  readonly logDriver: string;
  readonly logOptions: Readonly<Record<string, string>>;
  readonly limits: { readonly memoryBytes: number; readonly nanoCpus: number; readonly pids: number };
  /** `address host`. */
  readonly hosts: readonly string[];
  readonly dns: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** `nofile 1 2`: name, soft, hard. */
  readonly ulimits: readonly string[];
  readonly constraints: readonly string[];
  readonly restart: RestartSpec;
  readonly update: UpdateSpec;
  readonly rollback: UpdateSpec;
  /** The test of its own health check; empty where that is the image's. */
  readonly healthcheck: readonly string[];
  /** What else of the host's protection is changed: credential specs, seccomp, AppArmor, SELinux, isolation. */
  readonly privileges: readonly string[];
}

/** With swarm's own values where nobody said any; times in nanoseconds. */
export interface RestartSpec {
  readonly condition: string;
  readonly delay: number;
  readonly maxAttempts: number;
  readonly window: number;
}

/** As above. */
export interface UpdateSpec {
  readonly parallelism: number;
  readonly delay: number;
  readonly failureAction: string;
  readonly monitor: number;
  readonly maxFailureRatio: number;
  readonly order: string;
}

/** A network of a stack as swarm has it. */
export interface NetworkSpec {
  readonly name: string;
  readonly driver: string;
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ipv6: boolean;
  readonly ingress: boolean;
  readonly options: Readonly<Record<string, string>>;
  /** What somebody asked for: another driver, its options, subnets that swarm would not have picked. */
  readonly ipam: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface MountSpec {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Of the volume, or of a bind its propagation. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  readonly tmpfsBytes: number;
}

/** `published` 0: swarm picks one. */
export interface PortSpec {
  readonly published: number;
  readonly target: number;
  readonly protocol: string;
  readonly mode: string;
}

export interface FileSpec {
  readonly name: string;
  readonly file: string;
  readonly uid: string;
  readonly gid: string;
  readonly mode: number;
}
