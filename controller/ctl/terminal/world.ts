/** What the commands need from the world: `main.ts` builds it, tests make their own. */
import type { Config } from '../../config.ts';
import type { Probes } from '../doctor/checks.ts';
import type { Style } from './style.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where text goes; stdout carries data, stderr messages. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY: boolean;
}

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

/** What needs Docker. A failure to reach it is a CtlError with code 7. */
export interface Cluster {
  apps(): Promise<readonly LiveApp[]>;
  orphans(): Promise<readonly Orphan[]>;
  reap(options: { readonly dryRun: boolean }): Promise<ReapSummary>;
  tasks(stack: string): Promise<readonly TaskRow[]>;
}

/** The process as it is, before any option was read. */
/** What the proxy should be. Files are PEM. */
export interface ProxyWanted {
  readonly repo: string;
  readonly ref: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface World {
  readonly out: Sink;
  readonly err: Sink;
  readonly env: Environment;
  readonly cwd: string;
  readonly nodeVersion: string;
  readonly now: () => Date;
  /** Resolves after so many milliseconds; rejects with Interrupted when the person gives up. */
  readonly pause: (ms: number) => Promise<void>;
  readonly stdin: () => Promise<string>;
  /** A few letters and digits that nobody else has. */
  readonly newId: () => string;
  /** The full commit that a branch, a tag or a commit names. */
  readonly resolveRef: (repo: string, ref: string) => Promise<string>;
  /** How many files of a work tree are not committed; they are not tested. */
  readonly uncommitted: (repo: string) => Promise<number>;
  /** Built on first use: they load libraries that `get` never needs. */
  readonly cluster: (config: Config) => Promise<Cluster>;
  readonly probes: (config: Config) => Promise<Probes>;
  /** Deploys the proxy where it is not as wanted; `unchanged` if nothing had to be done. */
  readonly proxy: (
    config: Config,
    wanted: ProxyWanted,
    say: (text: string) => void,
  ) => Promise<'unchanged' | 'deployed'>;
}

export interface Ctl extends World {
  readonly config: Config;
  /** For stdout and stderr each: one may be a pipe. */
  readonly style: Style;
  readonly errStyle: Style;
}

/** Who calls, as far as the system says. */
export function userOf({ env }: Pick<Ctl, 'env'>): string | undefined {
  return [env['USER'], env['LOGNAME']].find((name) => name !== undefined && name !== '');
}

/** A message for people; data goes to `ctl.out`. */
export function say(ctl: Pick<Ctl, 'err'>, text: string): void {
  ctl.err.write(`${text}\n`);
}

export function print(ctl: Pick<Ctl, 'out'>, text: string): void {
  ctl.out.write(`${text}\n`);
}
