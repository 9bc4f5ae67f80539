/** A real swarm for the tests of the Swarm port: stacks deployed by the docker CLI in the test sandbox. */
import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import type { SwarmOptions } from '../../controller/swarm/docker.ts';
import type { ContractFate, SwarmWorld } from '../simulation/swarm-contract.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

const COMMANDS: Record<ContractFate, string> = {
  healthy: 'echo one; echo two; echo three; exec sleep 3600',
  crash: 'exit 3',
  unschedulable: 'exec sleep 3600',
};

export interface ServiceWish {
  version: string;
  command: string;
  replicas?: number;
  image?: string;
  constraints?: string[];
  healthcheck?: object;
}

/** Compose is YAML, and JSON is YAML. */
export function composeOf(wish: ServiceWish): string {
  return JSON.stringify({
    version: '3.8',
    services: {
      app: {
        image: wish.image ?? 'ccci/busybox:1.35',
        command: ['sh', '-c', wish.command],
        init: true,
        environment: { VERSION: wish.version },
        volumes: ['data:/data'],
        healthcheck: wish.healthcheck ?? { test: ['CMD', 'true'], interval: '500ms', retries: 2 },
        deploy: {
          replicas: wish.replicas ?? 1,
          labels: { version: wish.version },
          placement: { constraints: wish.constraints ?? [] },
          restart_policy: { delay: '500ms' },
          update_config: { order: 'start-first', failure_action: 'rollback', monitor: '1s' },
        },
      },
    },
    volumes: { data: {} },
  });
}

export function dockerAt(sandbox: Sandbox) {
  return (args: readonly string[], input = '') =>
    execa('docker', [...args], { input, env: { DOCKER_HOST: sandbox.dockerHost } });
}

export function worldOf(sandbox: Sandbox, options: Partial<SwarmOptions> = {}) {
  const docker = dockerAt(sandbox);
  const swarm = makeSwarm({ dockerHost: sandbox.dockerHost, ...options });
  const deployService = async (stack: string, wish: ServiceWish): Promise<void> => {
    await docker(['stack', 'deploy', '--resolve-image=never', '-c', '-', stack], composeOf(wish));
  };
  const world: SwarmWorld = {
    swarm: () => swarm,
    deploy: (stack, { version, fate, replicas }) =>
      deployService(stack, {
        version,
        replicas,
        command: COMMANDS[fate],
        constraints: fate === 'unschedulable' ? ['node.labels.nonesuch==1'] : [],
      }),
    deployRolledBack: (stack, version) => deployService(stack, { version, command: 'exit 3' }),
    undeploy: async (stack) => void (await docker(['stack', 'rm', stack])),
    createSecret: async (name) => void (await docker(['secret', 'create', name, '-'], 'x')),
    createVolume: async (name) => void (await docker(['volume', 'create', name])),
    newStack: () => `swarmtest-${randomBytes(4).toString('hex')}_ci_test`,
    missingImage: `${sandbox.registry}/ccci/nonesuch:1`,
    presentImage: 'ccci/busybox:1.35',
  };
  return { ...world, docker, deployService };
}
