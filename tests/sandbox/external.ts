import { mkdir } from 'node:fs/promises';
import type { Group } from '../images/manifest.ts';
import { ensureCertificates } from './certificates.ts';
import { dockerAt } from './engine.ts';
import { buildImages, imagesOf } from './images.ts';
import type { Layout } from './paths.ts';
import type { Sandbox } from './sandbox.ts';
import { ensureProxyNetwork, swarmState } from './swarm.ts';

interface ExternalOptions {
  dockerHost: string;
  layout: Layout;
  zone: string;
  groups: readonly Group[];
}

/**
 * Somebody's own Docker instead of a private one: CCCI_DOCKER_HOST.
 * It is used as it is. Images and the `proxy` network are added where they are missing; nothing is started or stopped.
 */
export async function externalSandbox({
  dockerHost,
  layout,
  zone,
  groups,
}: ExternalOptions): Promise<Sandbox> {
  const docker = dockerAt(dockerHost);
  const state = await swarmState(docker).catch((error: unknown) => {
    throw new Error(`No Docker answers at CCCI_DOCKER_HOST=${dockerHost}: ${String(error)}`, {
      cause: error,
    });
  });
  if (state !== 'active') {
    throw new Error(
      `The Docker at CCCI_DOCKER_HOST=${dockerHost} is no swarm manager ("${state}"): run \`docker swarm init\` there.`,
    );
  }
  await ensureProxyNetwork(docker);
  await buildImages(docker, imagesOf(groups));
  await mkdir(layout.dir, { recursive: true });
  const address = process.env['CCCI_PROXY_ADDRESS'] ?? '127.0.0.1';
  return {
    name: layout.name,
    dockerHost,
    address,
    gateway: process.env['CCCI_PROXY_GATEWAY'] ?? address,
    zone,
    ...(await ensureCertificates(layout.dir, zone)),
    registry: process.env['CCCI_REGISTRY'] ?? `${address}:5000`,
    dir: layout.dir,
  };
}
