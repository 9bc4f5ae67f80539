/** The controller's process: reads the configuration, builds the adapters, and nothing else. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, ConfigError, environmentOf, readConfig, ROOT } from './config.ts';
import { runController, type RunKey, runKey } from './controller.ts';
import { openDoors } from './open-doors.ts';
import { diskBounds } from './domain/run/disk-limit.ts';
import { makeRoom } from './reconcilers/room.ts';
import { GIT_AUTHORITIES, trustAuthority, trustedAuthorities } from './runtime/authorities.ts';
import { systemClock } from './runtime/clock.ts';
import { messageOf, Terminal } from './runtime/errors.ts';
import { installationOf, newUid } from './runtime/identity.ts';
import { makeLogOutput, writerTo } from './runtime/log-output.ts';
import { makePulse } from './runtime/pulse.ts';
import { makeWorkQueue } from './runtime/work-queue.ts';
import { makeStages } from './host/runner.ts';
import { readIfThere, writeAtomic } from './store/atomic.ts';
import { openStore } from './store/file-store.ts';
import { installationKey } from './store/state-dir.ts';
import { makeLayout } from './store/layout.ts';
import { takeLock } from './store/lock.ts';
import { makeRecords } from './store/records.ts';
import { makeDiskMeter } from './swarm/meter.ts';
import { serversOf } from './swarm/servers.ts';

/** A few letters and digits that nobody else has. */
const newId = (): string => randomBytes(3).toString('hex');

/** What git, which the steps start, is told of CCCI_CA_FILE; no write where it is there, so that a full disk does not matter. */
async function gitTrust({ caFile, stateDir }: Config): Promise<Record<string, string>> {
  if (caFile === null) return {};
  const [file, text] = [join(stateDir, 'authorities.pem'), trustedAuthorities(caFile).join('\n')];
  if ((await readIfThere(file)) !== text) await writeAtomic(file, text);
  return { [GIT_AUTHORITIES]: file };
}

/** On a full disk, or with nobody who reads, the controller works on. */
function makeLog(level: string): pino.Logger {
  const said = (dropped: number, problem: string): string =>
    `${JSON.stringify({ level: pino.levels.values['warn'], time: systemClock.now().getTime(), dropped, problem, msg: 'lines of the log could not be written' })}\n`;
  return pino({ level, base: null }, makeLogOutput(said, writerTo(process.stdout.fd)));
}

async function main(): Promise<void> {
  const config = readConfig();
  trustAuthority(config.caFile);
  const log = makeLog(config.logLevel);
  const layout = makeLayout(config.stateDir);
  // Before the first write. Told twice, it ends at once, and the next one sweeps up.
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  const key = await installationKey(layout, () => randomBytes(32).toString('hex'));
  const release = await takeLock(layout.lockFile, systemClock);
  const queue = makeWorkQueue<RunKey>();
  const store = await openStore(layout, { recipesDir: config.recipesDir });
  const pulse = makePulse(systemClock);
  const installation = installationOf(key);
  const doors = { config, layout, store, installation, pulse, clock: systemClock, log, signal: stop.signal };
  const stages = makeStages({
    layout,
    clock: systemClock,
    installation,
    program: [process.execPath, join(ROOT, 'controller', 'stages', 'main.ts')],
    env: {
      ...environmentOf(config),
      ...(await gitTrust(config)),
      NODE_COMPILE_CACHE: join(config.stateDir, 'compile-cache'),
    },
    onExit: (run) => queue.add(runKey(run)),
  });
  try {
    await runController(
      {
        layout,
        recipesDir: config.recipesDir,
        store,
        servers: serversOf(config),
        stages,
        records: makeRecords(layout, systemClock),
        queue,
        clock: systemClock,
        log,
        key,
        maxTests: config.maxTests,
        reapMinAgeMs: config.reapMinAgeMs,
        newUid: () => newUid(systemClock.now()),
        room: makeRoom({
          disk: makeDiskMeter(config),
          bounds: diskBounds(config.disk),
          stateDir: config.stateDir,
          log,
        }),
        pulse,
        openDoors: (controllers) => openDoors(controllers, { ...doors, newId }),
      },
      stop.signal,
    );
  } finally {
    await release();
  }
}

try {
  await main();
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof Terminal;
  process.stderr.write(
    `cc-ci: ${expected || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)}\n`,
  );
  process.exitCode = 1;
}
