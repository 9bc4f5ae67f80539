/** What the swarm shows beside the runs: live apps, orphans, tasks; a port. */

export interface LiveApp {
  readonly stack: string;
  readonly domain: string;
  /** The run that owns it, or null. */
  readonly run: string | null;
  readonly services: number;
  readonly things: number;
  readonly createdAt: Date;
}

export interface Orphan {
  /** service, container, network, volume, secret, config; `local` for what is outside the swarm. */
  readonly thing: string;
  readonly name: string;
  readonly stack: string;
  readonly createdAt: Date;
  readonly reason: string;
}

export interface ReapSummary {
  /** Everything on the swarm, what of it bears our mark, and what of that is too young to judge. */
  readonly seen: number;
  readonly ours: number;
  readonly young: number;
  /** `<kind> <name>: <reason>` of what was removed, or would be. */
  readonly removed: readonly string[];
  readonly failed: readonly string[];
}

export interface TaskRow {
  readonly service: string;
  readonly state: string;
  readonly desired: string;
  readonly exitCode: number | null;
  readonly health: string | null;
  readonly error: string;
}

/** What needs Docker. A failure to reach it is a Refusal, `unreachable`. */
export interface Cluster {
  apps(): Promise<readonly LiveApp[]>;
  orphans(): Promise<readonly Orphan[]>;
  reap(options: { readonly dryRun: boolean }): Promise<ReapSummary>;
  tasks(stack: string): Promise<readonly TaskRow[]>;
}
