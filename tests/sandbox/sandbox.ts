import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Group } from '../images/manifest.ts';
import { ensureCertificates } from './certificates.ts';
import { removeCgroups } from './cgroups.ts';
import {
  type Engine,
  dockerAt,
  findEngine,
  isAnswering,
  killDaemon,
  killEngine,
  startEngine,
} from './engine.ts';
import { externalSandbox } from './external.ts';
import { cloneImages, loadImages } from './image-store.ts';
import { hasIpvs } from './ipvs.ts';
import { withLock } from './lock.ts';
import { say, step } from './log.ts';
import { createNetwork, findSubnet, removeNetwork } from './network.ts';
import { ensurePackages } from './packages.ts';
import { type Layout, layoutOf } from './paths.ts';
import { waitUntil } from './processes.ts';
import { REGISTRY_PORT, registryConfig } from './registry.ts';
import { PROXY_SUBNET, type Subnet } from './subnet.ts';
import { ensureProxyNetwork, ensureSwarm, isReady } from './swarm.ts';

export const ZONE = 'ci.test';
/** A daemon that was just killed is back within this; one that is not gets started anew. */
const COMES_BACK_MS = 15_000;

export interface Sandbox {
  name: string;
  /** `unix:///.../docker.sock`. */
  dockerHost: string;
  /** Where ports 80 and 443 of the node answer, reachable from the host. */
  address: string;
  /** The host's address as containers in the sandbox see it. */
  gateway: string;
  zone: string;
  caFile: string;
  certFile: string;
  keyFile: string;
  /** `host:port` of a plain HTTP registry which this Docker trusts; it is empty at first. */
  registry: string;
  dir: string;
}

export interface SandboxOptions {
  name?: string;
  dir?: string;
  /** Groups of tests/images to have; `core` by default. */
  groups?: readonly Group[];
}

/** A private Docker Swarm that is up, has its images, its `proxy` network and a certificate: made so where it is not. */
export async function ensureSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const groups = options.groups ?? ['core'];
  const dockerHost = process.env['CCCI_DOCKER_HOST'];
  const layout = layoutOf(options);
  if (dockerHost) return externalSandbox({ dockerHost, layout, zone: ZONE, groups });
  await ensurePackages(['sandbox']);
  return withLock(`the sandbox in ${layout.dir}`, async () => {
    await mkdir(layout.dir, { recursive: true });
    const certificates = await ensureCertificates(layout.dir, ZONE);
    const subnet = (await runningSubnet(layout)) ?? (await start(layout, groups));
    await ensureProxyNetwork(dockerAt(hostOf(layout)), PROXY_SUBNET);
    await loadImages(groups, hostOf(layout));
    return sandboxOf(layout, subnet, certificates);
  });
}

/** Removes everything of a sandbox: processes, containers, network devices, cgroups, files. */
export async function removeSandbox(options: { name?: string; dir?: string } = {}): Promise<void> {
  const layout = layoutOf(options);
  await withLock(`the sandbox in ${layout.dir}`, async () => {
    await stop(layout);
    await rm(layout.dir, { recursive: true, force: true });
  });
}

/** Kills dockerd, as a crash of the node would: its containers end too. It is back within two seconds, with its swarm. */
export async function killDockerd(sandbox: Pick<Sandbox, 'name' | 'dir'>): Promise<void> {
  await killDaemon(engineOf(layoutOf(sandbox)));
}

export interface SandboxStatus {
  name: string;
  dir: string;
  state: 'up' | 'starting' | 'dead' | 'absent';
  sandbox?: Sandbox;
}

/** Looks, and changes nothing. */
export async function inspectSandbox(options: { name?: string; dir?: string } = {}): Promise<SandboxStatus> {
  const layout = layoutOf(options);
  const { name, dir } = layout;
  const subnet = await readSubnet(layout);
  if (!subnet) return { name, dir, state: 'absent' };
  const files = {
    caFile: join(dir, 'ca.pem'),
    certFile: join(dir, 'cert.pem'),
    keyFile: join(dir, 'key.pem'),
  };
  const sandbox = sandboxOf(layout, subnet, files);
  if (!(await findEngine(engineOf(layout)))) return { name, dir, state: 'dead', sandbox };
  return { name, dir, state: (await isHealthy(layout)) ? 'up' : 'starting', sandbox };
}

function sandboxOf(
  layout: Layout,
  subnet: Subnet,
  files: Pick<Sandbox, 'caFile' | 'certFile' | 'keyFile'>,
): Sandbox {
  return {
    name: layout.name,
    dockerHost: hostOf(layout),
    address: subnet.address,
    gateway: subnet.gateway,
    zone: ZONE,
    ...files,
    registry: `${subnet.address}:${REGISTRY_PORT}`,
    dir: layout.dir,
  };
}

function hostOf({ socket }: Layout): string {
  return `unix://${socket}`;
}

function engineOf({ dir, socket, cgroup }: Layout): Engine {
  return { dir, socket, cgroup };
}

async function isHealthy(layout: Layout): Promise<boolean> {
  return (await isAnswering(layout.socket)) && (await isReady(dockerAt(hostOf(layout))));
}

/** The network of a sandbox that runs and works; a dockerd that is on its way back is waited for. */
async function runningSubnet(layout: Layout): Promise<Subnet | undefined> {
  const subnet = await readSubnet(layout);
  if (!subnet || !(await findEngine(engineOf(layout)))) return undefined;
  if (await waitUntil(() => isHealthy(layout), COMES_BACK_MS)) return subnet;
  say(`the Docker of ${layout.name} does not answer: starting it anew`);
  return undefined;
}

async function start(layout: Layout, groups: readonly Group[]): Promise<Subnet> {
  const last = await readSubnet(layout);
  await stop(layout);
  const subnet = await findSubnet(layout, last);
  // A swarm cannot move to another address, so what another network's swarm left is of no use.
  const isKept = existsSync(layout.data) && last?.prefix === subnet.prefix;
  try {
    if (!isKept) await freshData(layout, groups);
    await startSwarm(layout, subnet);
  } catch (error) {
    if (!isKept) throw error;
    say(
      `what the last Docker of ${layout.name} left cannot be used (${String(error)}): starting from nothing`,
    );
    await stop(layout);
    await freshData(layout, groups);
    await startSwarm(layout, subnet);
  }
  return subnet;
}

async function freshData(layout: Layout, groups: readonly Group[]): Promise<void> {
  await rm(layout.data, { recursive: true, force: true });
  await cloneImages(groups, layout.data);
}

async function startSwarm(layout: Layout, subnet: Subnet): Promise<void> {
  await step(`Starting the swarm ${layout.name} at ${subnet.address}`, async () => {
    await rm(join(layout.dir, 'registry'), { recursive: true, force: true });
    await writeFile(subnetFile(layout), JSON.stringify(subnet));
    await createNetwork(layout, subnet);
    await startEngine(engineOf(layout), {
      settings: { 'insecure-registries': [`${subnet.address}:${REGISTRY_PORT}`], 'userland-proxy': false },
      // Every name asked for outside the swarm is refused at once instead of after a timeout.
      resolvConf: `nameserver ${subnet.gateway}\noptions timeout:1 attempts:1\n`,
      netns: layout.netns,
      hostname: layout.netns,
      registryConfig: registryConfig(subnet.address, layout.dir),
      vipd: !(await hasIpvs()),
    });
    await ensureSwarm(dockerAt(hostOf(layout)), subnet.address);
  });
}

async function stop(layout: Layout): Promise<void> {
  await killEngine(engineOf(layout));
  await removeNetwork(layout);
  await removeCgroups(layout.cgroup);
}

function subnetFile({ dir }: Layout): string {
  return join(dir, 'subnet.json');
}

async function readSubnet(layout: Layout): Promise<Subnet | undefined> {
  const text = await readFile(subnetFile(layout), 'utf8').catch(() => '');
  return text === '' ? undefined : (JSON.parse(text) as Subnet);
}
