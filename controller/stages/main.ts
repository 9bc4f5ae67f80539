/** A stage's process with the real adapters. Started detached by the runner with the step's folder. */
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { makeAbra } from '../abra/driver.ts';
import { resolveAbraBin } from '../abra/resolve.ts';
import { StepName } from '../api/stage.ts';
import type { DeployerInfo } from '../api/stage-data.ts';
import { type Config, readConfig, ROOT } from '../config.ts';
import { diskBounds } from '../domain/run/disk-limit.ts';
import { makeSteadyClock, systemClock } from '../runtime/clock.ts';
import { type Layout, makeLayout } from '../store/layout.ts';
import { readSidecar, sidecarFile } from '../store/sidecar.ts';
import { makeSwarm } from '../swarm/docker.ts';
import { serversOf } from '../swarm/servers.ts';
import { makeDiskMeter, makeMeter } from '../swarm/meter.ts';
import { makeSpecReader } from '../swarm/specs.ts';
import {
  type Earlier,
  earlierOf,
  readEarlier,
  type StageContext,
  type StageProgram,
  waiterOf,
} from './step/context.ts';
import { withLastWords } from './step/last-words.ts';
import { makeProber } from './route/probe.ts';
import { runToReport, type StageReport } from './step/report.ts';
import { endAtDiskLimit } from './step/disk-watch.ts';
import { measureWhile } from './step/memory-meter.ts';
import { orGoOn } from './step/go-on.ts';
import { onSteadySwarm } from './step/steady-swarm.ts';
import { isToBegin } from '../host/when-told.ts';
import { type Running, runStepProcess } from './step/step-process.ts';
import { ensureOwn, withTmp } from './step/tmp.ts';

/** Loaded when it is its turn: a teardown needs no browser. */
const PROGRAMS: { readonly [S in StepName]: () => Promise<StageProgram<S>> } = {
  prepare: async () => (await import('./programs/prepare.ts')).prepare,
  lint: async () => (await import('./programs/lint.ts')).lint,
  install: async () => (await import('./programs/install.ts')).install,
  upgrade: async () => (await import('./programs/upgrade.ts')).upgrade,
  backup: async () => (await import('./programs/backup.ts')).backup,
  restore: async () => (await import('./programs/restore.ts')).restore,
  test: async () => (await import('./programs/test.ts')).functional,
  evidence: async () => (await import('./programs/evidence.ts')).evidence,
  teardown: async () => (await import('./programs/teardown.ts')).teardown,
};

async function programOf(stepDir: string): Promise<StageProgram<StepName>> {
  return PROGRAMS[StepName.parse(stepDir.split('-')[1])]();
}

/** What a stage waits for is measured by it, whatever becomes of the wall clock. */
const steadyClock = makeSteadyClock();
const drift = (): number => systemClock.now().getTime() - steadyClock.now().getTime();

const BUILTIN = join(ROOT, 'bin', 'abra-builtin');
/** The sweep needs none. */
const NO_DEPLOYER: DeployerInfo = { kind: 'builtin', bin: BUILTIN, version: '' };

/** Found once, in `prepare`: a run is deployed by one executable from its first step to its last. */
async function deployerOf(config: Config, earlier: Earlier): Promise<DeployerInfo> {
  const prepared = earlier.of('prepare')?.data ?? null;
  if (prepared !== null) return prepared.deployer;
  const places = { path: config.baseEnv['PATH'] ?? '', builtin: BUILTIN };
  const { bin, kind, version } = await resolveAbraBin(config.abraBin, places);
  return { bin, kind, version };
}

interface Given {
  readonly config: Config;
  readonly layout: Layout;
  readonly earlier: Earlier;
}

async function contextOf({ config, layout, earlier }: Given, running: Running): Promise<StageContext> {
  const { request, log, signal, substeps, limits } = running;
  const abraDir = layout.abraDir(request.uid);
  const sidecar = sidecarFile(layout, request.uid);
  const secrets = await orGoOn(running, () => readSidecar(sidecar), {
    what: 'The app’s secrets cannot be read, so that they are not redacted',
    otherwise: {},
  });
  log.hide(Object.values(secrets));
  const deployer = await orGoOn(running, () => deployerOf(config, earlier), {
    what: 'There is no deployer',
    otherwise: NO_DEPLOYER,
  });
  const { bin } = deployer;
  const kind = deployer.kind === 'abra' ? 'abra' : 'builtin';
  const say = log.from('abra');
  return {
    request,
    config,
    layout,
    clock: steadyClock,
    log,
    signal,
    swarm: makeSwarm({ dockerHost: config.dockerHost }),
    specs: makeSpecReader({ dockerHost: config.dockerHost }),
    deployer,
    abra: makeAbra({
      bin,
      kind,
      takes: config.deployerTakes,
      abraDir,
      dockerHost: config.dockerHost,
      env: { ...config.baseEnv, CCCI_RESOLVE_IMAGE: config.resolveImage },
      signal,
      onLine: (_stream, line) => say(line),
    }),
    prober: makeProber({ address: config.proxyAddress, caFile: config.caFile }),
    checkout: join(abraDir, 'recipes', request.recipe),
    artifacts: layout.artifactsDir(request.uid),
    sidecar,
    env: config.baseEnv,
    substep: async (name, work) => {
      const began = performance.now();
      log.say(`- ${name}`);
      try {
        return await work();
      } finally {
        substeps.push({ name, seconds: Math.round((performance.now() - began) / 10) / 100 });
      }
    },
    limited: (put) => {
      for (const limit of put) if (!limits.some((each) => isDeepStrictEqual(each, limit))) limits.push(limit);
    },
    wait: waiterOf(signal),
  };
}

const [, , dir, flag] = process.argv;
if (dir === undefined) throw new Error('usage: stages/main.ts <step folder> [--when-told]');
const given = readConfig();
// Loaded before it is told, if it is to wait.
const program = await programOf(basename(dir));
if (await isToBegin(flag))
  await runStepProcess({
    dir,
    stateDir: given.stateDir,
    clock: steadyClock,
    run: async (running) => {
      const layout = makeLayout(given.stateDir);
      const makeTmp = (own: string): Promise<string> =>
        orGoOn(running, () => ensureOwn(own), {
          what: 'There is no folder for temporary files',
          otherwise: tmpdir(),
        });
      const inTmp = async (TMPDIR: string): Promise<StageReport> => {
        // Libraries ask for it.
        process.env['TMPDIR'] = TMPDIR;
        const { dockerHost, zone } = serversOf(given).of(running.request.server.name);
        const config = { ...given, dockerHost, zone, baseEnv: { ...given.baseEnv, TMPDIR } };
        const earlier = await orGoOn(running, () => readEarlier({ layout, request: running.request }), {
          what: 'What earlier steps left cannot be read',
          otherwise: earlierOf([]),
        });
        const disk = {
          disk: makeDiskMeter(config),
          bounds: diskBounds(config.disk),
          stateDir: config.stateDir,
        };
        return endAtDiskLimit({ ...running, ...disk }, async (signal) => {
          const context = await contextOf({ config, layout, earlier }, { ...running, signal });
          const measuring = { ...context, meter: makeMeter(config) };
          const work = (): Promise<StageReport> => runToReport(() => program(context, earlier), context.log);
          return onSteadySwarm({ ...context, drift }, async () =>
            withLastWords(context, await measureWhile(measuring, work)),
          );
        });
      };
      return withTmp(layout.tmpDir(running.request.uid), inTmp, makeTmp);
    },
  });
