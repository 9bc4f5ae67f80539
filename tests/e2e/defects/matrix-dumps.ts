/** Dumps and paths that hold less than they should, while every command ends well. */
import { labels } from './matrix-backup.ts';
import { replaceIn } from './defect.ts';
import type { MatrixDefect } from './matrix-defect.ts';

const stages = ['install', 'backup', 'restore'] as const;
const inBackup = { verdict: 'Failed', level: 1, notPassed: [['backup', 'failed']] } as const;
const inRestore = { verdict: 'Failed', level: 1, notPassed: [['restore', 'failed']] } as const;
const DUMP = 'backup.volumes.content.path=dump';
const COPY = 'backup.pre-hook=mkdir -p /content/dump && cp /content/*.txt /content/dump/';

export const dumpCutShort: MatrixDefect = {
  name: 'dump-cut-short',
  because: 'a packed dump is opened: one that ends too early is no backup, though its hook ended well',
  stages,
  edit: labels(
    'backup.pre-hook=mkdir -p /content/dump && cat /content/*.txt | gzip | head -c 40 > /content/dump/all.gz',
    DUMP,
    'restore.post-hook=gunzip -c /content/dump/all.gz > /content/all.txt',
  ),
  want: {
    ...inBackup,
    cause: {
      reason: 'BackupTruncated',
      message: /dump\/all\.gz of the backup is not whole: unexpected end of file/,
      evidence: /1 files, 40 bytes/,
    },
  },
};

export const dumpOfItsOwnShort: MatrixDefect = {
  name: 'dump-cut-closed',
  because: 'a dump that cannot be opened is not judged by the backup, and found short by the restore',
  stages,
  edit: labels(
    'backup.pre-hook=mkdir -p /content/dump && (printf PGDMP; cat /content/*.txt | base64 | head -c 40) > /content/dump/all.custom',
    DUMP,
    'restore.post-hook=tail -c +6 /content/dump/all.custom | base64 -d > /content/ccci-ledger-a.txt',
  ),
  want: {
    ...inRestore,
    cause: {
      reason: 'DataNotRestored',
      message: /2 are not as they were after the restore: "ccci-ledger-a\.txt" has changed/,
      evidence: /"ccci-ledger-b\.txt" is gone/,
    },
    data: { backup: { artefact: { checked: true, holdsMarker: null } } },
  },
};

export const silentPreHook: MatrixDefect = {
  name: 'silent-pre-hook',
  core: true,
  because: 'a pipe hides that the dump failed: the packed nothing is seen, and what the hook said is quoted',
  stages,
  edit: labels(
    'backup.pre-hook=mkdir -p /content/dump && cat /content/no-such-table | gzip > /content/dump/all.gz',
    DUMP,
  ),
  want: {
    ...inBackup,
    cause: {
      reason: 'BackupMissesData',
      message: /dump\/all\.gz is packed, and empty inside/,
      evidence: /hook of \S+ ended well and said: cat: .*no-such-table/,
    },
  },
};

export const backupEmpty: MatrixDefect = {
  name: 'backup-empty',
  because: 'a backup of a folder with nothing in it is none',
  stages,
  edit: labels('backup.pre-hook=mkdir -p /content/dump', DUMP),
  want: {
    ...inBackup,
    cause: { reason: 'BackupEmpty', message: /there is nothing in it/, evidence: /^0 files, 0 bytes/ },
  },
};

export const wrongFolder: MatrixDefect = {
  name: 'wrong-folder',
  because: 'a label that names another folder than the data lies in backs up other data',
  stages,
  edit: async (dir, around) => {
    await labels('backup.volumes.content.path=uploads')(dir, around);
    await replaceIn(dir, 'compose.yml', [
      'echo "ok tiny-web $$VERSION" > /content/healthz',
      'echo "ok tiny-web $$VERSION" > /content/healthz\n        mkdir -p /content/uploads && echo logo > /content/uploads/logo.svg',
    ]);
  },
  want: {
    ...inBackup,
    cause: {
      reason: 'BackupMissesData',
      message: /what was written into the app is not in it/,
      evidence: /^1 files, 5 bytes/,
    },
  },
};

export const restoresPart: MatrixDefect = {
  name: 'restores-part',
  because: 'half of the data back is not the data back',
  stages,
  edit: labels(COPY, DUMP, 'restore.post-hook=cp /content/dump/ccci-ledger-a.txt /content/'),
  want: {
    ...inRestore,
    cause: {
      reason: 'DataNotRestored',
      message: /Of 2 things in the ledger 1 .* after the restore: "ccci-ledger-b\.txt" is gone/,
    },
  },
};

export const reseedsBeforeRestore: MatrixDefect = {
  name: 'reseeds-restore',
  because: 'a restore that spares an app which is not empty finds the pages that the app made itself',
  stages,
  edit: labels(
    COPY,
    DUMP,
    'restore.post-hook=test -e /content/index.html || cp /content/dump/*.txt /content/',
  ),
  want: {
    ...inRestore,
    cause: {
      reason: 'DataNotRestored',
      message: /2 are not as they were after the restore/,
      evidence: /"ccci-ledger-b\.txt" is gone/,
    },
  },
};

export const DUMP_DEFECTS: readonly MatrixDefect[] = [
  dumpOfItsOwnShort,
  restoresPart,
  reseedsBeforeRestore,
  silentPreHook,
  dumpCutShort,
  backupEmpty,
  wrongFolder,
];
