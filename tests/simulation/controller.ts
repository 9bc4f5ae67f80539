/** The real controller on a simulated swarm. Told so, it kills itself with SIGKILL right after its n-th write. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { runController, type RunKey, runKey } from '../../controller/controller.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { installationOf, newUid } from '../../controller/runtime/identity.ts';
import { makeServers } from '../../controller/runtime/servers.ts';
import { makeWorkQueue } from '../../controller/runtime/work-queue.ts';
import { makeStages } from '../../controller/host/runner.ts';
import { openStore } from '../../controller/store/file-store.ts';
import { installationKey } from '../../controller/store/state-dir.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import { takeLock } from '../../controller/store/lock.ts';
import { makeRecords } from '../../controller/store/records.ts';
import { addForge, type ForgeOptions } from './doors.ts';
import { makeSimulatedSwarm, swarmFileOf } from './simulated-swarm.ts';

interface Options {
  /** The stage's program. */
  readonly stage: string;
  readonly stateDir: string;
  readonly recipesDir: string;
  readonly swarmFile: string;
  readonly fate: string;
  /** 0 for never. */
  readonly killAfter: number;
  readonly maxTests: number;
  readonly servers: readonly string[];
  readonly forge?: ForgeOptions;
}

const options = JSON.parse(process.argv[2] ?? '{}') as Options;
const layout = makeLayout(options.stateDir);
// As in controller/main.ts: before the first write.
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const key = await installationKey(layout, () => '0'.repeat(64));
const release = await takeLock(layout.lockFile, systemClock);

let writes = 0;
const afterWrite = (what: string): void => {
  writes++;
  appendFileSync(join(options.stateDir, 'writes.log'), `${what}\n`);
  if (writes === options.killAfter) process.kill(process.pid, 'SIGKILL');
};
const moments: string[] = [];
const tell = (what: string): void => {
  moments.push(what);
  appendFileSync(join(options.stateDir, 'moments.log'), `${what}\n`);
  const { killAt } = options.forge ?? {};
  const isLast = what === killAt?.what && moments.filter((each) => each === what).length === killAt.nth;
  if (isLast) process.kill(process.pid, 'SIGKILL');
};
const log = pino(
  { level: 'debug', base: null },
  pino.destination({ dest: join(options.stateDir, 'controller.log'), sync: true }),
);
const queue = makeWorkQueue<RunKey>();
const store = await openStore(layout, { recipesDir: options.recipesDir, afterWrite });
await runController(
  {
    layout,
    recipesDir: options.recipesDir,
    store,
    servers: makeServers(
      options.servers.map((name) => ({
        name,
        swarm: makeSimulatedSwarm(swarmFileOf(options.swarmFile, name)),
        zone: name === 'default' ? 'ci.test' : `${name}.test`,
        dockerHost: '',
        abraServer: name,
      })),
    ),
    stages: makeStages({
      layout,
      clock: systemClock,
      installation: installationOf(key),
      program: [process.execPath, options.stage, options.stateDir, options.swarmFile, options.fate],
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '' },
      onExit: (run) => queue.add(runKey(run)),
      afterWrite,
    }),
    records: makeRecords(layout, systemClock, afterWrite),
    queue,
    clock: systemClock,
    log,
    key,
    maxTests: options.maxTests,
    reapMinAgeMs: 120_000,
    newUid: () => newUid(systemClock.now()),
    openDoors: (controllers) => {
      const { forge, recipesDir } = options;
      const { signal } = stop;
      if (forge !== undefined)
        addForge(controllers, { options: forge, layout, recipesDir, store, log, signal, tell });
      return Promise.resolve(() => Promise.resolve());
    },
    counted: (name) => appendFileSync(join(options.stateDir, 'reconciles.log'), `${name}\n`),
  },
  stop.signal,
);
await release();
