/** What goes wrong on the way from a published version to the head, in an app that installs well. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE, replaceIn } from './defect.ts';
import { type MatrixDefect, publish, setVersion, unpublish } from './matrix-defect.ts';

const failed = { verdict: 'Failed', level: 1, notPassed: [['upgrade', 'failed']] } as const;

export const dataLost: MatrixDefect = {
  name: 'data-lost',
  core: true,
  because: 'a start that empties the volume is red, although every page answers 200',
  stages: ['install', 'upgrade'],
  own: { settings: {} },
  edit: (dir) =>
    replaceIn(dir, 'compose.yml', [
      'echo "tiny-web $$VERSION" > /content/index.html',
      'rm -rf /content/* /content/.[!.]*\n        echo "tiny-web $$VERSION" > /content/index.html',
    ]),
  want: {
    ...failed,
    cause: {
      reason: 'DataLost',
      message: /2 are not as they were after the upgrade: "volume content: \.ccci-ledger-a" is gone/,
      evidence: /sha256 [0-9a-f]{64} before, absent after/,
    },
  },
};

export const volumeRenamed: MatrixDefect = {
  name: 'volume-renamed',
  because: 'a volume that has another name in the new version leaves the data behind',
  stages: ['install', 'upgrade'],
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['"content:/content"', '"data:/content"']);
    await replaceIn(dir, 'compose.yml', ['\nvolumes:\n  content:', '\nvolumes:\n  data:']);
  },
  want: {
    ...failed,
    cause: {
      reason: 'DataLost',
      message: /volume "content" .*not mounted any more; new is "data" \(compose\.yml:\d+\)/,
      evidence: /_content was in use before the upgrade/,
    },
  },
};

export const rolledBack: MatrixDefect = {
  name: 'rolled-back',
  core: true,
  because: 'a new version that cannot live with old data is taken back by swarm, which still answers',
  stages: ['install', 'upgrade'],
  edit: (dir) =>
    replaceIn(dir, 'compose.yml', [
      'echo "tiny-web $$VERSION" > /content/index.html',
      'grep -q 1.1.0 /content/index.html && exit 3\n        echo "tiny-web $$VERSION" > /content/index.html',
    ]),
  want: {
    ...failed,
    cause: {
      reason: 'SwarmRollback',
      service: 'app',
      message: /took back the update of service "app": the new task exited with code 3/,
      evidence: /task [a-z0-9]{25}/,
    },
  },
};

export const configNotVersioned: MatrixDefect = {
  name: 'config-same-version',
  because: 'a config that changed under its old version is named',
  base: 'custom-html',
  stages: ['install', 'upgrade'],
  edit: (dir) => replaceIn(dir, 'abra.sh', ['DEFAULT_CONF_VERSION=v3', 'DEFAULT_CONF_VERSION=v2']),
  want: {
    ...failed,
    cause: {
      reason: 'ConfigNotVersioned',
      message: /content of the config "default_conf" changed/,
      evidence: /only updates to Labels are allowed/,
    },
  },
};

export const newVariable: MatrixDefect = {
  name: 'new-variable',
  core: true,
  because: 'a variable that no old .env has, and that has no default, is named with its line',
  stages: ['install', 'upgrade'],
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['- DOMAIN\n', '- DOMAIN\n      - MODE=${MODE}\n']);
    await replaceIn(dir, '.env.sample', ['TIMEOUT=60\n', 'TIMEOUT=60\nMODE=fast\n']);
  },
  want: {
    ...failed,
    cause: {
      reason: 'NewVariableWithoutDefault',
      message: /needs the variable MODE, which an \.env of the version before does not have/,
      evidence: /^compose\.yml:13$/,
    },
  },
};

const HELPER = `services:
  helper:
    image: ccci/busybox:1.37
    init: true
    stop_grace_period: 1s
    command: ["sleep", "100000"]
    healthcheck:
      test: ["CMD", "true"]
      interval: 1s
  app:`;

export const orphanService: MatrixDefect = {
  name: 'orphan-service',
  because: 'a service that the new version dropped goes on running, because nothing prunes it',
  stages: ['install', 'upgrade'],
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['services:\n  app:', HELPER]);
    await publish(dir, '1.1.1+1.37', 'annotated');
    await replaceIn(dir, 'compose.yml', [HELPER, 'services:\n  app:']);
    await setVersion(dir, '1.1.2+1.37');
  },
  want: {
    ...failed,
    cause: {
      reason: 'OrphanService',
      service: 'helper',
      message: /no service "helper", and after the upgrade it still runs/,
      evidence: /services of the stack: .*helper/,
    },
  },
};

export const previousImageMissing: MatrixDefect = {
  name: 'previous-image-missing',
  core: true,
  because:
    'an upgrade goes on from the nearest version that can be had, by its commit where a tag is lightweight, and says so',
  stages: ['install', 'upgrade'],
  edit: async (dir, { registry }) => {
    await replaceIn(dir, 'compose.yml', [IMAGE, `image: ${registry}/ccci/none:1`]);
    await publish(dir, '1.1.1+1.37', 'lightweight');
    await replaceIn(dir, 'compose.yml', [`image: ${registry}/ccci/none:1`, IMAGE]);
    await setVersion(dir, '1.1.2+1.37');
    await replaceIn(dir, 'compose.yml', [
      'failure_action: rollback\n        order: start-first',
      'failure_action: rollback\n        order: stop-first',
    ]);
  },
  want: {
    verdict: 'Passed',
    level: 2,
    notPassed: [],
    cause: null,
    data: {
      upgrade: {
        from: { version: '1.1.0+1.37', deployed: 'chaos' },
        fromSelection: {
          wanted: '1.1.1+1.37',
          taken: '1.1.0+1.37',
          reason: 'NearestDeployable',
          tried: [{ version: '1.1.1+1.37', reason: 'ImageMissing' }],
        },
      },
    },
  },
};

export const noBase: MatrixDefect = {
  name: 'no-base',
  core: true,
  because: 'where no published version can be had, the upgrade is not judged, and the rest still is',
  stages: ['install', 'upgrade', 'backup'],
  edit: async (dir, { registry }) => {
    await unpublish(dir);
    await replaceIn(dir, 'compose.yml', [IMAGE, `image: ${registry}/ccci/none:1`]);
    await publish(dir, '1.1.1+1.37', 'annotated');
    await replaceIn(dir, 'compose.yml', [`image: ${registry}/ccci/none:1`, IMAGE]);
    await setVersion(dir, '1.1.2+1.37');
  },
  want: {
    verdict: 'Errored',
    level: 1,
    notPassed: [['upgrade', 'unverified']],
    cause: {
      reason: 'BaseNotDeployable',
      message: /None of the versions before 1\.1\.2\+1\.37 can be deployed/,
      evidence: /1\.1\.1\+1\.37: ImageMissing/,
    },
    data: { upgrade: { from: null, fromSelection: { wanted: '1.1.1+1.37', taken: null } } },
  },
};

const ONE_FILE = 'COMPOSE_FILE="compose.yml"';
const TWO_FILES = 'COMPOSE_FILE="compose.yml:compose.extra.yml"';
const extra = (dir: string, app: string): Promise<void> =>
  writeFile(join(dir, 'compose.extra.yml'), `version: "3.8"\nservices:\n  app:\n    ${app}\n`);

export const oldEnvNamesFile: MatrixDefect = {
  name: 'old-env-names-file',
  core: true,
  because: 'a file that only the .env of the published version names is judged where it would be deployed',
  stages: ['install', 'upgrade'],
  edit: async (dir) => {
    await replaceIn(dir, '.env.sample', [ONE_FILE, TWO_FILES]);
    await extra(dir, 'environment: [EXTRA=1]');
    await setVersion(dir, '1.2.0+1.37');
    await publish(dir, '1.2.0+1.37', 'annotated');
    await replaceIn(dir, '.env.sample', [TWO_FILES, ONE_FILE]);
    await extra(dir, 'volumes: ["/srv/planted:/x"]');
    await setVersion(dir, '1.2.1+1.37', '1.2.0+1.37');
  },
  want: {
    ...failed,
    cause: {
      reason: 'HostBind',
      message: /This may not be deployed: .*\/srv\/planted/,
      evidence: /compose\.extra\.yml:4/,
    },
  },
};

export const UPGRADE_DEFECTS: readonly MatrixDefect[] = [
  previousImageMissing,
  dataLost,
  noBase,
  rolledBack,
  orphanService,
  configNotVersioned,
  volumeRenamed,
  newVariable,
  oldEnvNamesFile,
];
