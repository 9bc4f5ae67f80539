/** Which of an app's volumes its backupbot labels cover, and what of the ledger a backup must hold. Pure. */
import type { BackupData, LedgerEntry } from '../../api/stage-data.ts';
import { isBackupOn } from '../recipe/backup-label.ts';
import type { ComposeFacts, ServiceFacts } from '../recipe/compose-facts.ts';
import { volumeOfEntry } from './ledger.ts';

export type Coverage = BackupData['coverage'][number];

const labelOf = ({ labels }: ServiceFacts, key: string): string | undefined =>
  labels.find((label) => label.key === `backupbot.${key}`)?.value ?? undefined;

/** Every named volume that a service mounts, by the best that any service's labels say of it. */
export function coverageOf(facts: ComposeFacts): Coverage[] {
  const named = facts.volumes.filter(({ used, external }) => used && !external);
  return named.map(({ key }) => {
    const all = facts.services
      .filter(({ volumes }) => volumes.includes(key))
      .map((each) => byService(each, key));
    const best =
      all.find(({ covered }) => covered === 'whole') ?? all.find(({ covered }) => covered === 'paths');
    return best ?? all[0] ?? { volume: key, covered: 'no', by: 'no service mounts it' };
  });
}

function byService(service: ServiceFacts, volume: string): Coverage {
  const says = (covered: Coverage['covered'], label: string): Coverage => ({
    volume,
    covered,
    by: `${service.name}: ${label}`,
  });
  if (!isBackupOn(labelOf(service, 'backup'))) return says('no', 'no backupbot.backup=true');
  const legacy = labelOf(service, 'backup.path');
  if (legacy !== undefined) return says('paths', `backupbot.backup.path=${legacy}`);
  const key = `backup.volumes.${volume}`;
  if (labelOf(service, key) === 'false') return says('no', `backupbot.${key}=false`);
  const paths = labelOf(service, `${key}.path`);
  return paths === undefined
    ? says('whole', 'backupbot.backup=true')
    : says('paths', `backupbot.${key}.path=${paths}`);
}

/** For the packager: what no backup brings back. */
export function coverageWarnings(coverage: readonly Coverage[]): string[] {
  return coverage
    .filter(({ covered }) => covered === 'no')
    .map(({ volume, by }) => `The volume "${volume}" is in no backup (${by}).`);
}

/** Files of the generic floor lie at the top of a volume, where a label that names paths, or none, does not reach. */
export function expectedInBackup(
  entries: readonly LedgerEntry[],
  coverage: readonly Coverage[],
): LedgerEntry[] {
  const whole = new Set(coverage.filter(({ covered }) => covered === 'whole').map(({ volume }) => volume));
  return entries.filter(({ name }) => {
    const volume = volumeOfEntry(name);
    return volume === null || whole.has(volume);
  });
}
