/** A stage's process on the simulated swarm: real process, real files, real protocol; only Docker and abra are not there. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { StageResources } from '../../controller/api/resources.ts';
import type { PreparedData } from '../../controller/api/stage-data.ts';
import { StageRequest, type StepName } from '../../controller/api/stage.ts';
import { convergenceOf } from '../../controller/domain/swarm/convergence.ts';
import { scanCause } from '../../controller/domain/secrets/leaks.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { sidecarFile } from '../../controller/store/sidecar.ts';
import { StageFailure, type StageReport } from '../../controller/stages/step/report.ts';
import { scanForSecrets } from '../../controller/stages/secrets/secret-scan.ts';
import { isToBegin } from '../../controller/host/when-told.ts';
import { type Running, runStepProcess } from '../../controller/stages/step/step-process.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import { SECRET } from './secret.ts';
import { makeSimulatedSwarm, type SimulatedSwarm, swarmFileOf } from './simulated-swarm.ts';

const [, , stateDir = '', swarmFile = '', fate = 'healthy', dir = '', flag] = process.argv;
const layout = makeLayout(stateDir);
/** How many rounds of teardown a thing of the app survives. */
const undeploys = fate === 'stubborn' ? 1 : fate === 'stuck' ? 5 : 0;
const COMMIT = 'a'.repeat(40);

interface Sim extends Running {
  readonly swarm: SimulatedSwarm;
}

/** A test holds a step back with this file, to do something in the middle of it. */
async function held(where: string, { signal }: Pick<Sim, 'signal'>): Promise<void> {
  while (existsSync(`${swarmFile}.hold-${where}`)) await delay(5, undefined, { signal });
}

/** What no redactor here keeps from anything: a file of bytes, a line, a message. */
async function leak({ request, log }: Sim): Promise<StageReport> {
  const file = join(layout.artifactsDir(request.uid), 'kept.bin');
  await writeFile(file, Buffer.from(SECRET).toString('base64'));
  log.from('app')(`the password is ${SECRET}`);
  return { outcome: 'passed', message: `Recorded ${SECRET}.` };
}

/** A run of that name takes twice the memory of the others. */
function measuredBy(run: string): StageResources {
  const peakBytes = (run === 'grown' ? 200 : 100) * 1024 * 1024;
  const memory = [{ service: 'app', peakBytes }];
  return { memory, totalPeakBytes: peakBytes, looks: 1, failedLooks: 0, problem: '', volumes: null };
}

const steps: Partial<Record<StepName, (sim: Sim) => Promise<StageReport>>> = {
  prepare: async ({ request }) => {
    await mkdir(layout.abraDir(request.uid), { recursive: true });
    await mkdir(layout.secretsDir(request.uid), { recursive: true });
    const data = {
      commit: COMMIT,
      subject: 'simulated',
      version: '1.0.0+1',
      previousVersion: null,
      images: [],
      imageChanges: [],
      findings: [],
      warnings: [],
      overlay: null,
      deployer: { kind: 'simulated', version: '0', bin: '' },
    } satisfies PreparedData;
    return { outcome: 'passed', message: 'Prepared.', data };
  },
  install: async ({ request, swarm, signal }) => {
    if (fate === 'errors')
      throw new StageFailure('infra', { reason: 'DiskFull', message: 'No space is left on this machine.' });
    if (fate === 'hangs') await delay(600_000, undefined, { signal });
    await swarm.create('secret', `${request.app.stack}_pw_v1`);
    await writeFile(sidecarFile(layout, request.uid), JSON.stringify({ pw: SECRET }));
    await swarm.deploy(request.app.stack, {
      services: { app: { fate: fate === 'crashes' ? { kind: 'crash' } : { kind: 'healthy' } } },
      volumes: ['data'],
      stubborn: undeploys > 0 ? [{ kind: 'config', name: 'sticky', undeploys }] : [],
    });
    for (;;) {
      const now = convergenceOf(
        await swarm.observe(request.app.stack),
        { since: new Date(0), crashLoop: { restarts: 3, withinMs: 60_000 } },
        systemClock.now(),
      );
      if (now.state === 'failed' && now.cause !== null) throw new StageFailure('recipe', now.cause);
      if (now.state === 'converged')
        return { outcome: 'passed', message: 'Installed.', resources: measuredBy(request.run) };
      await delay(5, undefined, { signal });
    }
  },
  evidence: async (sim) => (fate === 'leaks' ? leak(sim) : { outcome: 'passed', message: 'Recorded.' }),
  teardown: async (sim) => {
    const { request, swarm } = sim;
    await swarm.undeploy(request.app.stack);
    for (let look = 0; look < 50; look++) {
      const { things } = await swarm.observe(request.app.stack);
      for (const thing of things.filter((each) => each.kind === 'volume' || each.kind === 'secret'))
        await swarm.ensureAbsent(thing).catch(() => undefined);
      if (things.length === 0) break;
    }
    const sidecar = sidecarFile(layout, request.uid);
    const scan = await scanForSecrets({ ...sim, clock: systemClock, layout, sidecar });
    await held('teardown-scanned', sim);
    for (const path of [layout.abraDir(request.uid), layout.secretsDir(request.uid)])
      await rm(path, { recursive: true, force: true });
    await held('teardown-removed', sim);
    const left = (await swarm.observe(request.app.stack)).things;
    const message = `${left.length} things are left.`;
    if (left.length > 0) return { outcome: 'failed', message, cause: { reason: 'Leftovers', message } };
    const cause = scanCause(scan);
    return cause === null
      ? { outcome: 'passed', message }
      : { outcome: 'errored', message: cause.message, cause };
  },
};

/** A program that cannot even start: it dies before it claims its step, as long as a test says so. */
function diesAtOnce(): boolean {
  const file = join(dir, 'request.json');
  if (!existsSync(file)) return false;
  const { run, step } = StageRequest.parse(JSON.parse(readFileSync(file, 'utf8')));
  return existsSync(`${swarmFile}.hold-${run}-${step}`);
}

if ((await isToBegin(flag)) && !diesAtOnce())
  await runStepProcess({
    dir,
    stateDir,
    clock: systemClock,
    run: async (running) => {
      const swarm = makeSimulatedSwarm(swarmFileOf(swarmFile, running.request.server.name));
      const step = steps[running.request.step];
      await held(running.request.step, running);
      return step === undefined
        ? { outcome: 'unverified', message: 'not simulated' }
        : step({ ...running, swarm });
    },
  });
