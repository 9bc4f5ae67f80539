/** Three ways in which an app with a database of its own loses data while every page answers. */
import { replaceIn } from './defect.ts';
import type { MatrixDefect } from './matrix-defect.ts';

const base = 'matrix-synapse';

export const dumpCutShort: MatrixDefect = {
  name: 'dump-cut-short',
  because:
    'a dump that ends in the middle is seen in the backup, although the hook ended well and the media are there',
  base,
  stages: ['install', 'backup', 'restore'],
  edit: async (dir) => {
    await replaceIn(dir, 'pg_backup.sh', [
      'pg_dump --username "$POSTGRES_USER" "$POSTGRES_DB" > "$FILE.part"',
      '{ pg_dump --username "$POSTGRES_USER" "$POSTGRES_DB" || true; } | head -c 100000 > "$FILE.part"',
    ]);
    await replaceIn(dir, 'abra.sh', ['PG_BACKUP_VERSION=v1', 'PG_BACKUP_VERSION=v2']);
  },
  want: {
    verdict: 'Failed',
    level: 1,
    notPassed: [['backup', 'failed']],
    cause: {
      reason: 'BackupTruncated',
      message: /backup\.sql of the backup is not whole: its last line is not/,
      evidence: /^\d+ files, \d+ bytes/,
    },
  },
};

export const dumpNotLoaded: MatrixDefect = {
  name: 'dump-not-loaded',
  because: 'a restore that puts the dump back into the volume and not into the database restores nothing',
  base,
  stages: ['install', 'backup', 'restore'],
  edit: (dir) =>
    replaceIn(dir, 'compose.yml', ['restore.post-hook=/pg_backup.sh restore', 'restore.post-hook=true']),
  want: {
    verdict: 'Failed',
    level: 1,
    notPassed: [['restore', 'failed']],
    cause: {
      reason: 'DataNotRestored',
      message:
        /^Of 4 things in the ledger 4 are not as they were after the restore: "account ledger" has changed/,
      evidence: /"message" is gone/,
    },
  },
};

export const databaseVolumeRenamed: MatrixDefect = {
  name: 'db-volume-renamed',
  because: 'a database that starts anew in a volume of another name is healthy, and empty',
  base,
  stages: ['install', 'upgrade'],
  edit: async (dir) => {
    await replaceIn(dir, 'compose.yml', ['"postgres:/var/lib', '"pgdata:/var/lib']);
    await replaceIn(dir, 'compose.yml', ['\n  postgres:\n', '\n  pgdata:\n']);
    await replaceIn(dir, 'compose.yml', ['volumes.postgres.path', 'volumes.pgdata.path']);
  },
  want: {
    verdict: 'Failed',
    level: 1,
    notPassed: [['upgrade', 'failed']],
    cause: {
      reason: 'DataLost',
      message: /volume "postgres" .*not mounted any more; new is "pgdata" \(compose\.yml:\d+\)/,
      evidence: /_postgres was in use before the upgrade/,
    },
  },
};

export const SYNAPSE_DEFECTS: readonly MatrixDefect[] = [dumpCutShort, dumpNotLoaded, databaseVolumeRenamed];
