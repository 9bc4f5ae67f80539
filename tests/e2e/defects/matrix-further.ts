/** What only the way back, the way from an older version, or an older version’s backup can show. */
import { expect } from 'vitest';
import { replaceIn } from './defect.ts';
import { ENABLED } from './matrix-backup.ts';
import { HEAD_VERSION, type MatrixDefect, publish, setVersion } from './matrix-defect.ts';

const START = 'echo "tiny-web $$VERSION" > /content/index.html';
const before = (command: string): [string, string] => [START, `${command}\n        ${START}`];

export const bothWays: MatrixDefect = {
  name: 'both-ways',
  because:
    'the way back and an older version are tried where they are asked for, and later stages get a fresh head',
  stages: ['install', 'upgrade', 'backup'],
  own: { settings: { upgrade: { from: 'all', rollback: true } } },
  edit: (dir) => replaceIn(dir, 'compose.yml', before('true')),
  want: {
    verdict: 'Passed',
    level: 2,
    notPassed: [],
    cause: null,
    data: {
      upgrade: {
        rollback: { to: '1.1.0+1.37', verdict: 'reversible' },
        matrix: [{ version: '1.0.0+1.35', outcome: 'passed' }],
      },
    },
  },
};

export const oneWay: MatrixDefect = {
  name: 'one-way',
  because:
    'a format that the older version refuses is one-way, which operators are told and no recipe is blamed for',
  stages: ['install', 'upgrade'],
  own: { settings: { upgrade: { rollback: true } } },
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', before('test -e /content/.format-2 && exit 3'));
    await publish(dir, HEAD_VERSION, 'annotated');
    await replaceIn(dir, 'compose.yml', ['test -e /content/.format-2 && exit 3', 'touch /content/.format-2']);
    await setVersion(dir, '1.1.2+1.37');
  },
  want: {
    verdict: 'Passed',
    level: 2,
    notPassed: [],
    cause: null,
    data: { upgrade: { rollback: { to: HEAD_VERSION, verdict: 'one-way' }, matrix: [] } },
  },
};

export const olderLost: MatrixDefect = {
  name: 'older-lost',
  because:
    'an operator who skipped a version loses data that the newest one keeps: red, and the version is named',
  stages: ['install', 'upgrade'],
  own: { settings: { upgrade: { from: 'all' } } },
  edit: (dir) =>
    replaceIn(
      dir,
      'compose.yml',
      before('grep -q 1.0.0 /content/index.html && rm -f /content/.ccci-ledger-a'),
    ),
  want: {
    verdict: 'Failed',
    level: 1,
    notPassed: [['upgrade', 'failed']],
    cause: {
      reason: 'DataLost',
      message: /^From 1\.0\.0\+1\.35: .*after the upgrade from 1\.0\.0\+1\.35/,
      evidence: /absent after/,
    },
    data: { upgrade: { matrix: [{ version: '1.0.0+1.35', outcome: 'failed' }] } },
  },
};

const CROSSING = {
  stages: ['install', 'upgrade', 'backup', 'restore', 'test'],
  own: { settings: { backup: { fromPrevious: true } } },
} as const;
/** Enrolled under their own names, so that the floor alone stands on the rung `test`: superficial. */
const green = { verdict: 'Passed', level: 3, notPassed: [], cause: null } as const;

const madeBy = (version: string) => ({ version, snapshot: expect.any(String) as unknown, problem: '' });
const crossed = (version: string, verdict: 'restorable' | 'needs-more', detail: RegExp) => ({
  upgrade: { backup: madeBy(version) },
  restore: { fromPrevious: { version, verdict, detail: expect.stringMatching(detail) as unknown } },
});

export const backupCrosses: MatrixDefect = {
  name: 'backup-crosses',
  core: true,
  because: 'a backup of the version before is restored into a fresh head, and later stages get their own data',
  ...CROSSING,
  edit: (dir) => replaceIn(dir, 'compose.yml', before('true')),
  want: { ...green, data: crossed('1.1.0+1.37', 'restorable', /^as it stands: 2 things as before$/) },
}; // oxfmt-ignore

const LEDGER = '.ccci-ledger-a .ccci-ledger-b';
const there = LEDGER.split(' ')
  .map((file) => `/content/${file}`)
  .join(' ');
/** An old version whose backups hold the data in another place than the app has it. */
const PACKS = [
  `backup.pre-hook=mkdir -p /content/packed && mv ${there} /content/packed/`,
  'backup.post-hook=mv /content/packed/.ccci-ledger-* /content/',
].map((label) => `\n        - "backupbot.${label}"`).join(''); // oxfmt-ignore
const UNPACKS = 'mv /content/packed/.ccci-ledger-* /content/ 2>/dev/null';

/** The version before packs; the head does this at its start. */
const afterPacking = (start: string): MatrixDefect['edit'] => async (dir) => {
  await replaceIn(dir, 'compose.yml', [ENABLED, `${ENABLED}${PACKS}`]);
  await publish(dir, HEAD_VERSION, 'annotated');
  await replaceIn(dir, 'compose.yml', [`${ENABLED}${PACKS}`, ENABLED]);
  await replaceIn(dir, 'compose.yml', before(start));
  await setVersion(dir, '1.1.2+1.37');
}; // oxfmt-ignore

export const crossesAtStart: MatrixDefect = {
  name: 'crosses-at-start',
  because: 'a head that brings old data up to date when it starts needs a restart after the restore, which is said',
  ...CROSSING,
  edit: afterPacking(UNPACKS),
  want: { ...green, data: crossed(HEAD_VERSION, 'restorable', /^after a restart: 2 things as before$/) },
}; // oxfmt-ignore

export const neverCrosses: MatrixDefect = {
  name: 'never-crosses',
  because: 'old backups that the head cannot read are told to operators, and no recipe is blamed for them',
  ...CROSSING,
  edit: afterPacking('true'),
  want: {
    ...green,
    data: crossed(HEAD_VERSION, 'needs-more', /^also after a restart: "volume content: \.ccci-ledger-a" is gone/),
  },
}; // oxfmt-ignore

export const FURTHER_DEFECTS: readonly MatrixDefect[] = [
  bothWays,
  oneWay,
  olderLost,
  backupCrosses,
  crossesAtStart,
  neverCrosses,
];
