/** What only the death of a service shows, in apps that install well and pass their tests. */
import { expect } from 'vitest';
import { compose, replaceIn, SERVES } from './defect.ts';
import type { MatrixDefect } from './matrix-defect.ts';

const stages = ['install', 'test'] as const;
const passed = { verdict: 'Passed', level: 1, notPassed: [], cause: null } as const;
const failed = { verdict: 'Failed', level: 1, notPassed: [['test', 'failed']] } as const;
const seconds: unknown = expect.any(Number);

/** Beside the app: one that has no health check, and one that has done its work. */
const WITH_OTHERS = `services:
  migrate:
    image: ccci/busybox:1.37
    command: ["true"]
    deploy:
      restart_policy:
        condition: none
  worker:
    image: ccci/busybox:1.37
    init: true
    stop_grace_period: 1s
    command: ["sleep", "100000"]
    deploy:
      restart_policy:
        delay: 1s
  app:`;

export const comesBack: MatrixDefect = {
  name: 'comes-back',
  core: true,
  because: 'an app whose services come back with its data is green, and a one-shot that has ended is left alone',
  stages,
  edit: compose('services:\n  app:', WITH_OTHERS),
  want: {
    ...passed,
    data: {
      test: {
        resilience: [
          { service: 'app', outcome: 'recovered', seconds },
          { service: 'worker', outcome: 'recovered', seconds },
        ],
      },
    },
  },
}; // oxfmt-ignore

export const noRestart: MatrixDefect = {
  name: 'no-restart',
  core: true,
  because: 'a service that nothing starts again is gone after its first crash, which no other stage can see',
  stages,
  edit: compose('condition: on-failure', 'condition: none'),
  want: {
    ...failed,
    cause: {
      reason: 'NotResilient',
      service: 'app',
      message: /^Service "app" was killed once, and swarm starts no other task in its place\.$/,
      evidence: /^task [a-z0-9]{25}: task: non-zero exit \(137\)/,
    },
    data: { test: { resilience: [{ service: 'app', outcome: 'notRecovered', seconds: null }] } },
  },
};

export const dataInContainer: MatrixDefect = {
  name: 'data-in-container',
  core: true,
  because: 'data that lies beside the volume goes with the container, although every page answers 200',
  stages,
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['"content:/content"', '"content:/data"']);
    const page = 'echo "tiny-web $$VERSION" > /content/index.html';
    await replaceIn(dir, 'compose.yml', [page, `mkdir -p /content\n        ${page}`]);
  },
  want: {
    ...failed,
    cause: {
      reason: 'DataLost',
      message: /^Of 2 things in the ledger 2 are not as they were after service "app" was killed once: "ccci-ledger-a\.txt" is gone/,
      evidence: /"ccci-ledger-b\.txt" is gone/,
    },
    data: { test: { resilience: [{ service: 'app', outcome: 'dataLost', seconds }] } },
  },
}; // oxfmt-ignore

export const staleLock: MatrixDefect = {
  name: 'stale-lock',
  because: 'a lock that only a clean stop removes keeps the app from starting again, in its own words',
  stages,
  edit: compose(
    SERVES,
    `test -e /content/.lock && { echo "another instance holds the lock"; exit 5; }\n        touch /content/.lock\n        ${SERVES}`,
  ),
  want: {
    ...failed,
    cause: {
      reason: 'NotResilient',
      service: 'app',
      message: /^Service "app" was killed once, and the app did not come back as it was: .*exited with code 5.* It said last: "another instance holds the lock"\.$/,
      evidence: /^TaskExited: task: non-zero exit \(5\)/,
    },
    data: { test: { resilience: [{ service: 'app', outcome: 'notRecovered', seconds: null }] } },
  },
}; // oxfmt-ignore

export const RESILIENCE: readonly MatrixDefect[] = [comesBack, noRestart, dataInContainer, staleLock];
