/** What policy, private network and limits cost a run: the shares of a real one that are theirs, and what swarm takes longer because of them. */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunResults } from '../../controller/api/results.ts';
import { deployLimits, limitedTree } from '../../controller/domain/policy/deployed-limits.ts';
import { withOwnNetwork } from '../../controller/domain/policy/own-network.ts';
import { slotNetwork } from '../../controller/domain/swarm/slot-networks.ts';
import type { Tree } from '../../controller/domain/recipe/compose-tree.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { type Installation, makeInstallation } from '../e2e/installation.ts';
import { dockerAt } from '../integration/swarm-world.ts';
import { ours, RECIPES } from './bare.ts';
import { median, spread } from './figures.ts';

const WANTED = 1.02;
/** Substeps in which a run judges, and holds the swarm against what was judged. */
const SHARES = ['policy', 'gate', 'held'];

/** An app like those of the recipes: in the network to the proxy and in one of its own, healthy once it is asked. */
const APP: Tree = {
  services: {
    app: {
      image: 'ccci/busybox:1.35',
      command: ['sleep', '999'],
      networks: { proxy: null, inner: null },
      healthcheck: { test: ['CMD', 'true'], interval: '500ms' },
    },
  },
  networks: { proxy: { external: true }, inner: {} },
};

export async function benchGuard(times: number, out: (line: string) => void): Promise<void> {
  const installation = await makeInstallation();
  try {
    void installation.startController();
    const slower = await swarmSide(installation, times, out);
    for (const recipe of RECIPES) {
      await ours(installation, { recipe, name: `warm-${recipe}`, stages: ['install'] });
      const ratios: number[] = [];
      const shares: number[] = [];
      for (let i = 0; i < times; i++) {
        const name = `guard${i}-${recipe}`;
        const { total } = await ours(installation, { recipe, name, stages: ['install'] });
        const share = shareOf(await installation.results(name));
        shares.push(share);
        ratios.push(total / (total - share - Math.max(0, slower)));
      }
      out(`${recipe}: judging, and holding the swarm against it, ${spread(shares, 3)} s of a run`);
      const fits = median(ratios) <= WANTED ? 'yes' : 'NO';
      out(`${recipe}: ratio ${spread(ratios, 3)} (at most ${WANTED} wanted: ${fits})`);
    }
  } finally {
    await installation.destroy();
  }
}

function shareOf({ steps }: RunResults): number {
  const all = steps.flatMap(({ substeps }) => substeps).filter(({ name }) => SHARES.includes(name));
  const found = new Set(all.map(({ name }) => name));
  const missing = SHARES.filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`The run has no substep ${missing.join(', ')}.`);
  return all.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** Seconds by which an app is healthy later with limits and in a network of its slot: the median over rounds, in turn. */
async function swarmSide(inst: Installation, times: number, out: (line: string) => void): Promise<number> {
  const limits = deployLimits(inst.config.limits, availableParallelism());
  const own = withOwnNetwork(APP, slotNetwork(1, 'open'));
  const variants = {
    neither: APP,
    limits: limitedTree(APP, limits).tree,
    network: own,
    both: limitedTree(own, limits).tree,
  };
  await startTime(inst, APP);
  const names = ['neither', 'limits', 'network', 'both'] as const;
  const rounds: Record<keyof typeof variants, number>[] = [];
  for (let i = 0; i < times; i++) {
    const took = { neither: 0, limits: 0, network: 0, both: 0 };
    // Each has every place in a round: what came before may still be going.
    for (const name of [...names.slice(i % 4), ...names.slice(0, i % 4)])
      took[name] = await startTime(inst, variants[name]);
    rounds.push(took);
  }
  out(
    `an app without limits in the shared network is healthy after ${spread(rounds.map((each) => each.neither))} s`,
  );
  const later = (which: keyof typeof variants): number[] => rounds.map((each) => each[which] - each.neither);
  out(`with limits ${spread(later('limits'))} s later`);
  out(`in its slot’s network ${spread(later('network'))} s later`);
  out(`with both ${spread(later('both'))} s later`);
  return median(later('both'));
}

const LOOK_MS = 20;

async function startTime(inst: Installation, tree: Tree): Promise<number> {
  const docker = dockerAt(inst.sandbox);
  const swarm = makeSwarm({ dockerHost: inst.sandbox.dockerHost });
  const stack = `bench-${randomBytes(4).toString('hex')}_ci_test`;
  const began = performance.now();
  await docker(['stack', 'deploy', '--resolve-image=never', '-c', '-', stack], JSON.stringify(tree));
  const isUp = async (): Promise<boolean> =>
    (await swarm.observe(stack)).services.some(({ tasks }) =>
      tasks.some(({ state, health }) => state === 'running' && health === 'healthy'),
    );
  while (!(await isUp())) await delay(LOOK_MS);
  const took = (performance.now() - began) / 1000;
  await docker(['stack', 'rm', stack]);
  while ((await swarm.observe(stack)).things.length > 0) await delay(LOOK_MS);
  return took;
}
