/** What the commands need from the world: `main.ts` builds it, tests make their own. */
import type { Wishes } from '../../client/wishes.ts';
import type { Config } from '../../config.ts';
import type { Line as MirrorLine, MirrorWanted } from '../../mirror/mirror.ts';
import type { Probes } from '../doctor/port.ts';
import type { ExitCode } from './exit.ts';
import type { Environment, Style } from './style.ts';
import type { Cluster } from '../../views/cluster.ts';
import type { Viewer } from '../../views/reading.ts';
import { type Layout, makeLayout } from '../../store/layout.ts';

/** Where text goes; stdout carries data, stderr messages. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY: boolean;
}

/** The wildcard certificate with its chain, and its key: PEM files. */
export interface CertificateWanted {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What the proxy should be. */
export interface ProxyWanted extends CertificateWanted {
  readonly repo: string;
  readonly ref: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Names that lead to a program of this machine. */
  readonly routes: readonly { readonly host: string; readonly url: string }[];
}

/** The process as it is, before any option was read. */
export interface World {
  readonly out: Sink;
  readonly err: Sink;
  readonly env: Environment;
  readonly cwd: string;
  readonly nodeVersion: string;
  readonly now: () => Date;
  /** Resolves after so many milliseconds; rejects with Interrupted when the person gives up. */
  readonly pause: (ms: number) => Promise<void>;
  /** From the first call on, SIGTERM ends the process no more, but this. */
  readonly terminated: () => AbortSignal;
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
  /** Gives the proxy as it is deployed another certificate. */
  readonly rotateProxy: (
    config: Config,
    files: CertificateWanted,
    say: (text: string) => void,
  ) => Promise<'unchanged' | 'rotated'>;
  /** Makes Docker a swarm with the network `proxy` where it is not; throws Terminal where a person must act. */
  readonly ground: (
    config: Config,
    wish: { readonly address: string | null; readonly subnet: string },
    say: (text: string) => void,
  ) => Promise<'unchanged' | 'changed'>;
  /** Throws Terminal where a person must act. */
  readonly mirror: (config: Config, wanted: MirrorWanted) => Promise<readonly MirrorLine[]>;
}

export interface Ctl extends World, Viewer {
  readonly config: Config;
  /** Of the configured installation. */
  readonly cluster: () => Promise<Cluster>;
  readonly wishes: Wishes;
  /** For stdout and stderr each: one may be a pipe. */
  readonly style: Style;
  readonly errStyle: Style;
}

/** Who calls, as far as the system says. */
export function userOf({ env }: Pick<Ctl, 'env'>): string | undefined {
  return [env['USER'], env['LOGNAME']].find((name) => name !== undefined && name !== '');
}

/** Runs an action with everything built, and keeps its exit code. */
export type Act = (action: (ctl: Ctl) => Promise<ExitCode> | ExitCode) => Promise<void>;

/** A message for people; data goes to `ctl.out`. */
export function say(ctl: Pick<Ctl, 'err'>, text: string): void {
  ctl.err.write(`${text}\n`);
}

export function print(ctl: Pick<Ctl, 'out'>, text: string): void {
  ctl.out.write(`${text}\n`);
}

export function layoutOf(ctl: Pick<Ctl, 'config'>): Layout {
  return makeLayout(ctl.config.stateDir);
}
