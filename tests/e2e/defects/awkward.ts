/** Recipes that are unlike most and right all the same: each stays green. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE, replaceIn, SERVES } from './defect.ts';
import { withoutLabel } from './matrix-backup.ts';
import { type MatrixDefect, publish, setVersion, unpublish } from './matrix-defect.ts';

const everything = ['install', 'upgrade', 'backup', 'restore', 'test'] as const;
const green = { verdict: 'Passed', level: 4, notPassed: [], cause: null } as const;
/** Enrolled under its own name, so that the floor alone stands on the rung `test`: superficial. */
const floor = { ...green, level: 3 } as const;

const from = (version: string, deployed = 'pinned') => ({ upgrade: { from: { version, deployed } } });

/** What lies in the folder becomes 1.1.1 under this tag, and the head comes after it. */
async function published(dir: string, tag: string): Promise<void> {
  await publish(dir, tag, 'annotated');
  await setVersion(dir, '1.1.2+1.37');
}

export const prefixOnly: MatrixDefect = {
  name: 'prefix-only',
  core: true,
  because: 'an app that answers under its path alone is asked there, and the proxy’s 404 at / is nobody’s fault',
  stages: everything,
  own: { settings: { health: { path: '/app/healthz', status: 200, timeout: '60s' } } },
  edit: async (dir) => {
    const compose = (from: string, to: string) => replaceIn(dir, 'compose.yml', [from, to]);
    await compose('rule=Host(`${DOMAIN}`${EXTRA_DOMAINS})', 'rule=Host(`${DOMAIN}`) && PathPrefix(`/app`)');
    await compose('echo "tiny-web $$VERSION" > /content/', 'mkdir -p /content/app\n        echo "tiny-web $$VERSION" > /content/app/');
    await compose('$$VERSION" > /content/healthz', '$$VERSION" > /content/app/healthz');
    await compose('http://localhost/healthz', 'http://localhost/app/healthz');
    await published(dir, '1.1.1+1.37');
  },
  want: { ...floor, data: from('1.1.1+1.37') },
}; // oxfmt-ignore

const SIDE = `
  side:
    ${IMAGE}
    init: true
    command: sleep 100000
    stop_grace_period: 1s
    healthcheck: { test: ["CMD", "true"], interval: 1s }
    deploy:
      labels:
        example.number: 80
        example.flag: true
        coop-cloud.\${STACK_NAME}.side: "a key that docker does not fill in"

networks:
  proxy:`;

export const labelsAsMap: MatrixDefect = {
  name: 'labels-as-map',
  because:
    'labels may be a mapping in one service and a list in another, with a number for a value, and a key that docker does not fill in',
  stages: everything,
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['\nnetworks:\n  proxy:', SIDE]);
    await published(dir, '1.1.1+1.37');
  },
  want: { ...green, data: from('1.1.1+1.37') },
};

export const appendsToItself: MatrixDefect = {
  name: 'compose-file-appends',
  because: 'COMPOSE_FILE of .env.sample may name itself, and both files are deployed',
  stages: everything,
  edit: async (dir) => {
    await replaceIn(dir, '.env.sample', [
      'COMPOSE_FILE="compose.yml"\n',
      'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:compose.side.yml"\n',
    ]);
    const side = `services:\n  side:\n    ${IMAGE}\n    init: true\n    command: sleep 100000\n    stop_grace_period: 1s\n`;
    const check = '    healthcheck:\n      test: ["CMD", "true"]\n      interval: 1s\n';
    await writeFile(join(dir, 'compose.side.yml'), `version: "3.8"\n${side}${check}`);
    await published(dir, '1.1.1+1.37');
  },
  want: {
    ...green,
    data: {
      install: { proof: { services: [{ name: 'app' }, { name: 'side' }] } },
      upgrade: { proof: { services: [{ name: 'app' }, { name: 'side' }] } },
    },
  },
};

export const tagWithV: MatrixDefect = {
  name: 'tag-with-v',
  because: 'a published version may be tagged with a v that its label does not have',
  stages: ['lint', ...everything],
  edit: (dir) => published(dir, 'v1.1.1+1.37'),
  want: { ...green, level: 5, data: from('v1.1.1+1.37') },
};

export const slowStart: MatrixDefect = {
  name: 'slow-start',
  because: 'an app that takes most of its time is not broken',
  stages: ['install', 'upgrade'],
  own: { settings: { health: { path: '/healthz', status: 200, timeout: '40s' } } },
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', [SERVES, `sleep 15\n        ${SERVES}`]);
    await replaceIn(dir, 'compose.yml', ['start_period: 5s', 'start_period: 35s']);
  },
  want: { ...green, level: 2 },
};

export const noBackupSurface: MatrixDefect = {
  name: 'declared-skips',
  core: true,
  because: 'nothing published before, and nothing to back up for a reason that was given, climb as skips',
  stages: everything,
  own: { settings: { backup: { expected: false, reason: 'It keeps nothing but its own pages.' } } },
  edit: async (dir, around) => {
    await unpublish(dir);
    await withoutLabel(dir, around);
  },
  want: {
    ...floor,
    notPassed: [
      ['upgrade', 'skipped'],
      ['backup', 'skipped'],
      ['restore', 'skipped'],
    ],
  },
};

export const twoBackups: MatrixDefect = {
  name: 'two-backups',
  because: 'several services may ask for a backup, and the data of all of them comes back',
  stages: everything,
  own: { settings: {} },
  edit: async (dir) => {
    const db = [
      'services:',
      '  db:',
      `    ${IMAGE}`,
      '    init: true',
      '    command: sleep 100000',
      '    stop_grace_period: 1s',
      '    volumes: ["data:/data"]',
      '    healthcheck:',
      '      test: ["CMD", "true"]',
      '      interval: 1s',
      '    deploy:',
      '      labels:',
      '        backupbot.backup: "true"',
      '        backupbot.backup.pre-hook: "date > /data/dumped-at"',
      '  app:',
    ];
    await replaceIn(dir, 'compose.yml', ['services:\n  app:', db.join('\n')]);
    await replaceIn(dir, 'compose.yml', ['\nvolumes:\n', '\nvolumes:\n  data:\n']);
    await published(dir, '1.1.1+1.37');
  },
  want: {
    ...floor,
    data: {
      backup: {
        coverage: [
          { volume: 'data', covered: 'whole' },
          { volume: 'content', covered: 'whole' },
        ],
        expected: [1, 2, 3, 4].map(() => ({ kind: 'file' })),
      },
    },
  },
};

export const suffixTags: MatrixDefect = {
  name: 'suffix-tags',
  because: 'upstreams number as they like: versions are ordered by the part before the +',
  stages: everything,
  edit: async (dir) => {
    await setVersion(dir, '1.1.1+1.37-social-amd64');
    await publish(dir, '1.1.1+1.37-social-amd64', 'annotated');
    await setVersion(dir, '1.1.2+1.0.5-social-amd64', '1.1.1+1.37-social-amd64');
  },
  want: { ...green, data: from('1.1.1+1.37-social-amd64') },
};

export const noVersionKey: MatrixDefect = {
  name: 'no-version-key',
  because: 'a compose file may have no version key',
  stages: ['lint', ...everything],
  edit: (dir) => replaceIn(dir, 'compose.yml', ['version: "3.8"\n\n', '']),
  want: { ...green, level: 5, data: from('1.1.0+1.37') },
};

export const homeOfNobody: MatrixDefect = {
  name: 'home-of-nobody',
  core: true,
  because: 'a variable of whoever deploys is not the recipe’s: its default is what counts',
  stages: ['install'],
  edit: (dir) => replaceIn(dir, 'compose.yml', ['- "content:/content"', '- "${HOME:-content}:/content"']),
  want: { ...green, level: 1 },
};

/** The one without a shell is a recipe of its own, `custom-html-tiny`. */
export const AWKWARD: readonly MatrixDefect[] = [
  slowStart,
  twoBackups,
  prefixOnly,
  labelsAsMap,
  appendsToItself,
  tagWithV,
  suffixTags,
  noVersionKey,
  noBackupSurface,
  homeOfNobody,
];
