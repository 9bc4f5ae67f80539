/** What only an app of the version before, with its old .env and its data, can show of the head. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { replaceIn, SERVES } from './defect.ts';
import { orphanService } from './matrix-upgrade.ts';
import { type MatrixDefect, publish, setVersion } from './matrix-defect.ts';

const failed = { verdict: 'Failed', level: 1, notPassed: [['upgrade', 'failed']] } as const;
const stages = ['install', 'upgrade'] as const;

/** What the head does only where the version before has run: its page is still there. */
const afterOld = (work: string): readonly [string, string] => [
  'echo "tiny-web $$VERSION" > /content/index.html',
  `if grep -q 1.1.0 /content/index.html; then ${work}; fi\n        echo "tiny-web $$VERSION" > /content/index.html`,
];
const inSample = (dir: string, line: string): Promise<void> =>
  replaceIn(dir, '.env.sample', ['TIMEOUT=60\n', `TIMEOUT=60\n${line}\n`]);

export const bareVariable: MatrixDefect = {
  name: 'new-bare-variable',
  because:
    'a variable that is passed through, and that no old .env has, explains why the new version does not start',
  stages,
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['- DOMAIN\n', '- DOMAIN\n      - MODE\n']);
    await replaceIn(dir, 'compose.yml', [
      SERVES,
      `test -n "$$MODE" || { echo "MODE is not set"; exit 4; }\n        ${SERVES}`,
    ]);
    await inSample(dir, 'MODE=fast');
  },
  want: {
    ...failed,
    cause: {
      reason: 'NewVariableWithoutDefault',
      service: 'app',
      message: /is given MODE, .* does not have\. .* exited with code 4\. It said last: "MODE is not set"\.$/,
      evidence: /^compose\.yml:13\n.*task [a-z0-9]{25}/,
    },
  },
};

export const reseedsMovedVolume: MatrixDefect = {
  name: 'reseeds-moved-volume',
  because: 'an app that makes its pages anew looks fine without its volume, and the data is gone',
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
      message: /2 are not as they were after the upgrade: "ccci-ledger-a\.txt" is gone/,
      evidence: /sha256 [0-9a-f]{64} before, absent after/,
    },
  },
};

export const oldFormatUnread: MatrixDefect = {
  name: 'old-format-unread',
  because: 'data in a format that the new version does not read is there, and lost to the visitor',
  stages,
  edit: (dir) =>
    replaceIn(
      dir,
      'compose.yml',
      afterOld('mkdir -p /content/.format-1 && mv /content/*.txt /content/.format-1/'),
    ),
  want: {
    ...failed,
    cause: { reason: 'DataLost', message: /"ccci-ledger-a\.txt" is gone/, evidence: /"ccci-ledger-b\.txt" is gone/ },
  },
}; // oxfmt-ignore

export const migrationHangs: MatrixDefect = {
  name: 'migration-hangs',
  because: 'a migration that does not end within the limit is said with the app’s own last words',
  stages,
  own: { settings: { health: { path: '/healthz', status: 200, timeout: '20s' } } },
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', afterOld('echo "migrating table 1 of 9"; sleep 3600'));
    await replaceIn(dir, 'compose.yml', ['start_period: 5s', 'start_period: 1h']);
  },
  want: {
    ...failed,
    cause: {
      reason: 'HealthcheckFailing',
      service: 'app',
      message: /its health check does not succeed\. It said last: "migrating table 1 of 9"\.$/,
      evidence: /refused/,
    },
  },
};

export const routeLost: MatrixDefect = {
  name: 'route-lost',
  because: 'a host that only a new .env names is no route for an old one: the label is named, at once',
  stages,
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['Host(`${DOMAIN}`', 'Host(`${APP_HOST:-app.example.com}`']);
    await inSample(dir, 'APP_HOST=$DOMAIN');
  },
  want: {
    ...failed,
    cause: {
      reason: 'RouteMissing',
      service: 'app',
      message: /The label traefik\.http\.routers\.\S+\.rule=Host\(`app\.example\.com`\) of service "app" is for another host\.$/,
      evidence: /404 page not found/,
    },
  },
}; // oxfmt-ignore

export const portLost: MatrixDefect = {
  name: 'port-lost',
  because: 'a port that only a new .env names is a bad gateway for an old one: the label is named, at once',
  stages,
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['loadbalancer.server.port=80"', 'loadbalancer.server.port=${PORT:-8080}"']);
    await inSample(dir, 'PORT=80');
  },
  want: {
    ...failed,
    cause: {
      reason: 'RouteBadGateway',
      service: 'app',
      message: /loadbalancer\.server\.port=8080 of service "app" says where to look\.$/,
      evidence: /HTTP 502/,
    },
  },
}; // oxfmt-ignore

export const redeployRestarts: MatrixDefect = {
  name: 'redeploy-restarts',
  core: true,
  because: 'a value that every deploy changes restarts what has not changed',
  stages,
  edit: (dir) => replaceIn(dir, 'compose.yml', ['- DOMAIN\n', '- DOMAIN\n      - STARTED_AS=${TYPE}\n']),
  want: {
    ...failed,
    cause: {
      reason: 'RedeployRestarts',
      service: 'app',
      message: /deployed over itself restarted service "app"/,
      evidence: /tasks before: [a-z0-9]{25}; after: [a-z0-9]{25}/,
    },
  },
};

const KEY = `
  site_key:
    file: key.txt
    name: \${STACK_NAME}_site_key_\${SITE_KEY_VERSION}
  admin_token:`;
const inAbraSh = (dir: string, line: string): Promise<void> =>
  replaceIn(dir, 'abra.sh', ['#!/bin/bash\n', `#!/bin/bash\nexport ${line}\n`]);

export const secretChanged: MatrixDefect = {
  name: 'secret-changed',
  core: true,
  because: 'a secret that comes with the recipe and is another one now locks the data, and is found by the value in the container',
  stages,
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['      - admin_token\n', '      - admin_token\n      - site_key\n']);
    await replaceIn(dir, 'compose.yml', ['\nsecrets:\n  admin_token:', `\nsecrets:${KEY}`]);
    await writeFile(join(dir, 'key.txt'), 'the first key of this app');
    await inAbraSh(dir, 'SITE_KEY_VERSION=v1');
    await publish(dir, '1.1.1+1.37', 'annotated');
    await writeFile(join(dir, 'key.txt'), 'another key of this app');
    await replaceIn(dir, 'abra.sh', ['SITE_KEY_VERSION=v1', 'SITE_KEY_VERSION=v2']);
    await setVersion(dir, '1.1.2+1.37');
  },
  want: {
    ...failed,
    cause: {
      reason: 'SecretChanged',
      service: 'app',
      message: /"site_key" of service "app" has another value after the upgrade than before \(site_key_v1/,
      evidence: /sha256 of site_key_v2 is [0-9a-f]{64}/,
    },
  },
}; // oxfmt-ignore

const newToken = (dir: string): Promise<void> => inAbraSh(dir, 'SECRET_ADMIN_TOKEN_VERSION=v2');
const note = async (dir: string, text: string): Promise<void> => {
  await mkdir(join(dir, 'release'), { recursive: true });
  await writeFile(join(dir, 'release', 'next'), text);
};

export const secretNew: MatrixDefect = {
  name: 'secret-new',
  because: 'a secret in a version that no operator has is red before the deploy, which would be refused',
  stages,
  edit: newToken,
  want: {
    ...failed,
    cause: {
      reason: 'NewSecret',
      message: /needs the secret "admin_token", which no app of the version before has/,
      evidence: /^compose\.yml:\d+: \S+_admin_token_v2$/,
    },
  },
};

export const secretTold: MatrixDefect = {
  name: 'secret-told',
  because: 'where the release note says that operators generate it, that is done, shown and green',
  stages,
  edit: async (dir) => {
    await newToken(dir);
    await note(dir, 'Run `abra app secret generate <domain> admin_token v2` before you upgrade.\n');
  },
  want: {
    verdict: 'Passed',
    level: 2,
    notPassed: [],
    cause: null,
    data: { upgrade: { notes: expect.arrayContaining([expect.stringMatching(/^release\/next tells operators to generate the secret "admin_token"/)]) as unknown } },
  },
}; // oxfmt-ignore

export const serviceTold: MatrixDefect = {
  name: 'service-told',
  because: 'a service that is dropped, and that the release note tells operators to remove, is removed, shown and green',
  stages,
  edit: async (dir) => {
    await orphanService.edit(dir, { registry: '', hostFile: '' });
    await note(dir, 'After the upgrade, run `docker service rm <stack>_helper`: helper is not needed any more.\n');
  },
  want: {
    verdict: 'Passed',
    level: 2,
    notPassed: [],
    cause: null,
    data: { upgrade: { notes: expect.arrayContaining(['release/next tells operators to remove the service "helper", which was done.']) as unknown } },
  },
}; // oxfmt-ignore

const OTHERS = `services:
  migrate:
    image: ccci/busybox:1.37
    command: ["sh", "-c", "sleep 2; echo migrated"]
    deploy: { mode: replicated-job, restart_policy: { condition: none } }
  everywhere:
    image: ccci/busybox:1.37
    command: ["sh", "-c", "echo prepared"]
    deploy: { mode: global-job, restart_policy: { condition: none } }
  once:
    image: ccci/busybox:1.37
    command: ["sh", "-c", "echo done"]
    deploy: { restart_policy: { condition: on-failure, delay: 1s } }
  hourly:
    image: ccci/busybox:1.37
    command: ["sh", "-c", "echo cleaned"]
    deploy: { restart_policy: { condition: any, delay: 1h } }
  nightly:
    image: ccci/busybox:1.37
    command: ["sh", "-c", "echo cleaned"]
    deploy: { replicas: 0, restart_policy: { condition: none } }
  agent:
    image: ccci/busybox:1.37
    init: true
    command: ["sleep", "100000"]
    deploy: { mode: global, placement: { constraints: ["node.role == manager"] } }
  app:`;

export const jobsAndOthers: MatrixDefect = {
  name: 'jobs-and-others',
  because: 'jobs, a one-shot, a periodic service, one that nobody wants yet and a global one are judged by swarm’s own policy, and go',
  stages: ['install', 'upgrade', 'backup'],
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['services:\n  app:', OTHERS]);
    await publish(dir, '1.1.1+1.37', 'annotated');
    await replaceIn(dir, 'compose.yml', ['sleep 2; echo migrated', 'sleep 3; echo migrated again']);
    await setVersion(dir, '1.1.2+1.37');
  },
  want: { verdict: 'Passed', level: 2, notPassed: [], cause: null },
}; // oxfmt-ignore

export const labelNotRaised: MatrixDefect = {
  name: 'label-not-raised',
  because: 'a change whose label is that of the newest version is upgraded from that version, which is proven',
  stages,
  edit: async (dir) => {
    await publish(dir, '1.1.1+1.37', 'annotated');
    await replaceIn(dir, 'compose.yml', ['start_period: 5s', 'start_period: 6s']);
  },
  want: {
    verdict: 'Passed',
    level: 2,
    notPassed: [],
    cause: null,
    data: {
      upgrade: {
        from: {
          version: '1.1.1+1.37',
          deployed: 'pinned',
          proof: { label: '1.1.1+1.37', services: [{ name: 'app', image: expect.stringMatching(/^ccci\/busybox:1\.37/) as unknown, configs: [] }] },
        },
      },
    },
  },
}; // oxfmt-ignore

export const composeFileGone: MatrixDefect = {
  name: 'compose-file-gone',
  because: 'an old .env names a compose file that the new version does not have',
  stages,
  edit: async (dir) => {
    const file = 'services:\n  app:\n    environment: [SIDE=yes]\n';
    await writeFile(join(dir, 'compose.side.yml'), `version: "3.8"\n${file}`);
    await replaceIn(dir, '.env.sample', ['"compose.yml"', '"compose.yml:compose.side.yml"']);
    await publish(dir, '1.1.1+1.37', 'annotated');
    await rm(join(dir, 'compose.side.yml'));
    await replaceIn(dir, '.env.sample', ['"compose.yml:compose.side.yml"', '"compose.yml"']);
    await setVersion(dir, '1.1.2+1.37');
  },
  want: {
    ...failed,
    cause: {
      reason: 'FileMissing',
      message: /no file "compose\.side\.yml", which COMPOSE_FILE of the \.env names/,
      evidence: /^compose\.side\.yml$/,
    },
  },
};

export const lyingHealth: MatrixDefect = {
  name: 'lying-health',
  because:
    'a health check that is fine while the app is broken is found by the app’s own test, which is named',
  stages: ['install'],
  edit: (dir) => replaceIn(dir, 'compose.yml', ['echo "tiny-web $$VERSION" >', 'echo "database is gone" >']),
  want: {
    verdict: 'Failed',
    level: 0,
    notPassed: [['install', 'failed']],
    cause: {
      reason: 'TestFailed',
      message: /tiny-web\/install\.test\.ts: "the front page says the version that was deployed" failed/,
      evidence: /database is gone/,
    },
  },
};

export const versionUnparsable: MatrixDefect = {
  name: 'version-unparsable',
  because: 'a version that abra cannot order is an error of lint, and what the other stages say is shown',
  stages: ['lint', ...stages],
  edit: (dir) => setVersion(dir, 'next'),
  want: {
    verdict: 'Failed',
    level: 2,
    notPassed: [['lint', 'failed']],
    cause: {
      reason: 'VersionUnparsable',
      message: /The version label "next" is not a version/,
      evidence: /^compose\.yml:\d+$/,
    },
  },
};

export const OPERATOR_DEFECTS: readonly MatrixDefect[] = [
  migrationHangs,
  bareVariable,
  redeployRestarts,
  secretChanged,
  secretNew,
  secretTold,
  serviceTold,
  labelNotRaised,
  jobsAndOthers,
  routeLost,
  portLost,
  reseedsMovedVolume,
  oldFormatUnread,
  composeFileGone,
  lyingHealth,
  versionUnparsable,
];
