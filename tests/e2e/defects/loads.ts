/** Apps that take all they can get of the machine: each ends red by the name of its limit. */
import { replaceIn, SERVES } from './defect.ts';
import type { MatrixDefect } from './matrix-defect.ts';

/** What the operator's settings are in that installation: little, so that it is reached soon. */
export const LITTLE = {
  CCCI_LIMIT_MEMORY: '128m/128m',
  CCCI_LIMIT_CPUS: '0.5/1',
  CCCI_LIMIT_PIDS: '100/100',
  CCCI_LIMIT_LOG: '1m/1m',
  CCCI_LIMIT_DISK: '50m',
};

/** A minute is enough for an app that serves, and more than a load deserves. */
const own = { settings: { health: { path: '/healthz', timeout: '60s' } } };
/** Docker counts every half minute: one that answers sooner would be over. */
const waiting = {
  settings: {
    health: { path: '/healthz', timeout: '3m' },
    readyProbe: { why: 'it never is', path: '/healthz', contains: 'never' },
  },
};

const runs =
  (command: string): MatrixDefect['edit'] =>
  (dir) =>
    replaceIn(dir, 'compose.yml', [SERVES, command]);

const installFails = (cause: NonNullable<MatrixDefect['want']['cause']>): MatrixDefect['want'] => ({
  verdict: 'Failed',
  level: 0,
  notPassed: [['install', 'failed']],
  cause,
});

export const forkBomb: MatrixDefect = {
  name: 'fork-bomb',
  because: 'processes without end stop at CCCI_LIMIT_PIDS, and the app has none left to answer with',
  stages: ['install'],
  own,
  edit: runs(`exec awk 'BEGIN { while (1) system("sleep 1000 &") }'`),
  want: installFails({
    reason: 'ProcessLimit',
    service: 'app',
    message: /^Service "app" had all of its 100 processes, and could start no other\./,
  }),
};

export const memoryEater: MatrixDefect = {
  name: 'memory-eater',
  because: 'memory without end is killed at CCCI_LIMIT_MEMORY, which the cause names',
  stages: ['install'],
  own,
  edit: runs(`exec awk 'BEGIN { eaten = "x"; while (1) eaten = eaten eaten }'`),
  want: installFails({
    reason: 'OutOfMemory',
    service: 'app',
    message: /more memory than .*128 MiB/,
  }),
};

export const diskFiller: MatrixDefect = {
  name: 'disk-filler',
  because: 'a volume that grows past CCCI_LIMIT_DISK ends the step, while the app would go on',
  stages: ['install'],
  own: waiting,
  edit: runs(`dd if=/dev/zero of=/content/fill bs=1M count=200; ${SERVES}`),
  want: installFails({
    reason: 'DiskLimit',
    message: /holds 2\d\d MiB on the disk and may hold 50 MiB \(CCCI_LIMIT_DISK\).*volume "content"/,
  }),
};

export const logFlooder: MatrixDefect = {
  name: 'log-flooder',
  because: 'a log without end is kept to CCCI_LIMIT_LOG a file, and an app that does nothing else is red',
  stages: ['install'],
  own,
  edit: runs('exec yes flood of the log, which is longer than a word'),
  want: installFails({
    reason: 'HealthcheckFailing',
    service: 'app',
    message: /health check/,
  }),
};

export const sparseFile: MatrixDefect = {
  name: 'sparse-file',
  because: 'a file of 100 GB that holds nothing counts by its size: it would be one in a backup',
  stages: ['install'],
  own: waiting,
  edit: runs(`truncate -s 100G /content/sparse; ${SERVES}`),
  want: installFails({
    reason: 'DiskLimit',
    message: /holds 100 GiB on the disk and may hold 50 MiB \(CCCI_LIMIT_DISK\).*volume "content"/,
  }),
};

export const LOADS: readonly MatrixDefect[] = [forkBomb, memoryEater, diskFiller, logFlooder, sparseFile];
