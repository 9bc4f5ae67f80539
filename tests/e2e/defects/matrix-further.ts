/** What only the way back, or the way from an older version, can show. */
import { replaceIn } from './defect.ts';
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

export const FURTHER_DEFECTS: readonly MatrixDefect[] = [bothWays, oneWay, olderLost];
