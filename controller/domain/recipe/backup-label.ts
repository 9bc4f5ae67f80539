/** The one reader of the label `backupbot.backup`: of the compose file, of what is deployed, and of coverage alike. Pure. */

export const BACKUP_LABEL = 'backupbot.backup';

/** Python's `True` comes out of recipes that are made by a program. */
export function isBackupOn(value: string | null | undefined): boolean {
  return /^(?:true|1|yes|on)$/i.test(value ?? '');
}
