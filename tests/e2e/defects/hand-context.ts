/** What a stage's program gets to work with, made by hand: for a deploy that no run makes yet. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeAbra } from '../../../controller/abra/driver.ts';
import { RecipeSpecBody } from '../../../controller/api/recipe-spec.ts';
import type { StageRequest } from '../../../controller/api/stage.ts';
import { appNameOf } from '../../../controller/domain/run/names.ts';
import { systemClock } from '../../../controller/runtime/clock.ts';
import { type StageContext, waiterOf } from '../../../controller/stages/step/context.ts';
import { sidecarFile } from '../../../controller/store/sidecar.ts';
import { makeProber } from '../../../controller/stages/route/probe.ts';
import { openStageLog } from '../../../controller/stages/step/stage-log.ts';
import { makeSwarm } from '../../../controller/swarm/docker.ts';
import { makeSpecReader } from '../../../controller/swarm/specs.ts';
import type { RecipeRepo } from '../../sandbox/repos.ts';
import type { Installation } from '../installation.ts';

export interface ByHand {
  readonly uid: string;
  readonly recipe: string;
  readonly repo: RecipeRepo;
  /** The installation's key. */
  readonly key: string;
  /** One that no run of the installation has. */
  readonly slot: number;
}

export async function contextByHand(
  inst: Installation,
  { uid, recipe, repo, key, slot }: ByHand,
): Promise<StageContext> {
  const { config, layout } = inst;
  const signal = new AbortController().signal;
  const app = appNameOf({ recipe, pr: null, uid, attempt: 1, zone: config.zone }, key);
  const request: StageRequest = {
    run: recipe,
    uid,
    attempt: 1,
    step: 'install',
    round: 1,
    limitMs: 120_000,
    server: { name: 'default', abraServer: 'default' },
    recipe,
    source: { repo: repo.path, ref: repo.head },
    app,
    slot,
    stages: ['install'],
    settings: RecipeSpecBody.parse({ category: 'simple', source: { repo: repo.path } }),
    earlier: [],
  };
  await mkdir(layout.artifactsDir(uid), { recursive: true });
  await mkdir(join(layout.abraDir(uid), 'recipes', recipe), { recursive: true });
  return {
    request,
    config,
    layout,
    clock: systemClock,
    log: openStageLog(join(layout.runDir(uid), 'log.ndjson'), systemClock),
    signal,
    deployer: { kind: 'builtin', version: '0', bin: '' },
    swarm: makeSwarm({ dockerHost: config.dockerHost }),
    specs: makeSpecReader({ dockerHost: config.dockerHost }),
    abra: makeAbra({
      bin: config.abraBin,
      kind: 'builtin',
      abraDir: layout.abraDir(uid),
      dockerHost: config.dockerHost,
      env: { ...config.baseEnv, CCCI_RESOLVE_IMAGE: config.resolveImage },
    }),
    prober: makeProber({ address: config.proxyAddress, caFile: config.caFile }),
    checkout: join(layout.abraDir(uid), 'recipes', recipe),
    artifacts: layout.artifactsDir(uid),
    sidecar: sidecarFile(layout, uid),
    env: config.baseEnv,
    substep: (_name, work) => work(),
    limited: () => undefined,
    wait: waiterOf(signal),
  };
}
