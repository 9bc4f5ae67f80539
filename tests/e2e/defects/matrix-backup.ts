/** Backups and restores that succeed and bring nothing back, and those that fail. */
import { replaceIn } from './defect.ts';
import type { MatrixDefect } from './matrix-defect.ts';

export const ENABLED = '- "backupbot.backup=true"';

export const labels =
  (...more: readonly string[]): MatrixDefect['edit'] =>
  (dir) =>
    replaceIn(dir, 'compose.yml', [
      ENABLED,
      [ENABLED, ...more.map((label) => `        - "backupbot.${label}"`)].join('\n'),
    ]);

export const restoreDoesNothing: MatrixDefect = {
  name: 'restore-does-nothing',
  core: true,
  because: 'a dump that the restore hook does not put back is no restore, however well it ends',
  stages: ['install', 'backup', 'restore'],
  edit: labels(
    'backup.pre-hook=mkdir -p /content/dump && cp /content/*.txt /content/dump/',
    'backup.volumes.content.path=dump',
    'restore.post-hook=true',
  ),
  want: {
    verdict: 'Failed',
    level: 1,
    notPassed: [['restore', 'failed']],
    cause: {
      reason: 'DataNotRestored',
      message: /are not as they were after the restore: "ccci-ledger-a\.txt" has changed/,
      evidence: /"ccci-ledger-b\.txt" is gone/,
    },
  },
};

export const backupMisses: MatrixDefect = {
  name: 'backup-misses',
  because: 'a backup of another part of the volume than the data lies in is seen before any restore',
  stages: ['install', 'backup', 'restore'],
  edit: labels('backup.volumes.content.path=healthz'),
  want: {
    verdict: 'Failed',
    level: 1,
    notPassed: [['backup', 'failed']],
    cause: {
      reason: 'BackupMissesData',
      message: /what was written into the app is not in it/,
      evidence: /^1 files, \d+ bytes/,
    },
  },
};

export const hookFails: MatrixDefect = {
  name: 'hook-fails',
  core: true,
  because: 'a pre-hook that fails is the cause, with its own words',
  stages: ['install', 'backup', 'restore'],
  edit: labels('backup.pre-hook=cat /content/no-such-dump'),
  want: {
    verdict: 'Failed',
    level: 1,
    notPassed: [['backup', 'failed']],
    cause: {
      reason: 'BackupHookFailed',
      message: /hook of \S+ failed with exit 1/,
      evidence: /no-such-dump/,
    },
  },
};

export const withoutLabel: MatrixDefect['edit'] = (dir) =>
  replaceIn(dir, 'compose.yml', [`        ${ENABLED}\n`, '']);

export const coverageGap: MatrixDefect = {
  name: 'coverage-gap',
  because: 'a recipe that says nothing of backups is not judged to be without data',
  stages: ['install', 'backup', 'restore'],
  edit: withoutLabel,
  want: {
    verdict: 'Errored',
    level: 1,
    notPassed: [
      ['backup', 'unverified'],
      ['restore', 'unverified'],
    ],
    cause: {
      reason: 'CoverageGap',
      message: /No service of the recipe has the label backupbot\.backup=true/,
    },
  },
};

export const BACKUP_DEFECTS: readonly MatrixDefect[] = [
  restoreDoesNothing,
  backupMisses,
  hookFails,
  coverageGap,
];
