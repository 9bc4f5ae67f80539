/** What the checks of `doctor` ask of the machine, and what they are. Types only. */
import type { Config } from '../../config.ts';
import type { DroneConfig, GiteaConfig } from '../../doors.ts';
import type { Forge } from '../../forge.ts';
import type { ServiceJoined } from '../../ports.ts';
import type { Finding } from './finding.ts';

/** Of the proxy's answer, verified; the fingerprint is of the leaf, SHA-256. */
export interface CertificateShown {
  readonly issuer: string;
  readonly validTo: Date;
  readonly fingerprint: string;
}

/** Of the leaf in a file. */
export interface CertificateSeen {
  /** DNS names that it is for. */
  readonly names: readonly string[];
  readonly validTo: Date;
  readonly fingerprint: string;
  readonly keyFits: boolean;
}

export interface RecipeSeen {
  readonly name: string;
  readonly problems: readonly string[];
  /** Where it is; null where the file cannot be used. */
  readonly repo: string | null;
}

export type ForgeProbes = Pick<Forge, 'me' | 'membership' | 'commentsSince'>;

export interface DockerSeen {
  readonly version: string;
  readonly apiVersion: string;
  /** Swarm's LocalNodeState: `active` is what is wanted. */
  readonly swarm: string;
  readonly manager: boolean;
}

export interface AbraSeen {
  readonly kind: 'abra' | 'builtin';
  readonly bin: string;
  readonly version: string;
  /** Commands and flags that a run needs and that it does not have. */
  readonly missing: readonly string[];
}

/** Each looks once; what cannot be reached throws. */
export interface Probes {
  readonly config: Config;
  readonly nodeVersion: string;
  stateDir(): Promise<{ readonly writable: string; readonly fileSystem: string }>;
  controller(): Promise<{ readonly pid: number; readonly alive: boolean } | null>;
  docker(): Promise<DockerSeen>;
  /** Subnets of a network by name, or null where there is none. */
  network(name: string): Promise<{ readonly driver: string; readonly subnets: readonly string[] } | null>;
  /** Who was told to join it, or null where there is none. */
  joined(name: string): Promise<readonly ServiceJoined[] | null>;
  /** Address that a name of the zone leads to. */
  address(host: string): Promise<string>;
  /** A verified TLS connection: throws with the reason where it cannot be verified. */
  certificate(address: string, host: string): Promise<CertificateShown>;
  abra(): Promise<AbraSeen>;
  /** First line of `<program> --version`. */
  version(program: string): Promise<string>;
  folder(path: string): Promise<boolean>;
  recipes(): Promise<readonly RecipeSeen[]>;
  /** What a command says on a host, by ssh; throws where it cannot be reached, or fails. */
  ssh(host: string, command: string): Promise<string>;
  /** `Running` where this machine is in its tailnet; another word where it is not; null where there is no tailscale. */
  tailnet(): Promise<string | null>;
  /** What `nixos-version` says here; null where this is no NixOS. */
  nixos(): Promise<string | null>;
  /** Nobody can have entered it by hand. */
  randomName(): string;
  certificateFile(files: { readonly file: string; readonly keyFile: string }): Promise<CertificateSeen>;
  /** Of the file system of a folder, in bytes. */
  space(path: string): Promise<{ readonly free: number; readonly total: number }>;
  giteaVersion(url: string): Promise<string>;
  forge(config: GiteaConfig): Promise<ForgeProbes>;
  drone(config: DroneConfig): Promise<{ readonly version: string }>;
  readonly now: () => Date;
}

export interface Check {
  readonly name: string;
  /** Null where it is not configured, and there is nothing to look at. */
  readonly look: (probes: Probes) => Promise<Finding | null>;
}
