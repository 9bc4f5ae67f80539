/** What services should have: images that stay the same, and backups of their data. Pure. */
import { BACKUP_LABEL, isBackupOn } from '../recipe/backup-label.ts';
import type { ComposeFacts, ServiceFacts } from '../recipe/compose-facts.ts';
import { imageRefOf } from '../recipe/image-ref.ts';
import { type Finding, warningFinding } from '../recipe/finding.ts';
import type { LintRecipe } from '../recipe/recipe-at.ts';

export function serviceFindings(head: LintRecipe): Finding[] {
  const services = head.composes.flatMap(({ facts }) => facts.services);
  return [...services.flatMap(imageFindings), ...backupFindings(head.facts)];
}

/** `latest-alpine` moves like `latest`; a tag without any number names no version. */
const FLOATING = /^(?:\D+|(?:latest|edge|rolling|unstable)-.*)$/;

function imageFindings({ image, imagePlace, name }: ServiceFacts): Finding[] {
  if (image === null || image === '' || image.endsWith(':') || image.includes('@sha256:')) return [];
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && !FLOATING.test(tag)) return [];
  const message =
    tag === undefined
      ? `The image ${image} of service "${name}" has no tag, so it is whatever is newest.`
      : `The image ${image} of service "${name}" may be another one tomorrow.`;
  const fix = 'Name a version as the tag.';
  return [warningFinding({ rule: 'FloatingImage', place: imagePlace, message, fix })];
}

function labelOf(service: ServiceFacts, key: string): string | undefined {
  return service.labels.find((label) => label.key === key)?.value ?? undefined;
}

const isBackedUp = (service: ServiceFacts): boolean => isBackupOn(labelOf(service, BACKUP_LABEL));

function hasData(service: ServiceFacts, { volumes }: ComposeFacts): boolean {
  return service.volumes.some((source) => volumes.some(({ key }) => key === source));
}

function backupFindings(facts: ComposeFacts): Finding[] {
  const stateful = facts.services.filter((service) => hasData(service, facts));
  const [first] = stateful;
  if (first === undefined) return [];
  if (facts.services.some(isBackedUp)) return stateful.flatMap((service) => dumpFindings(service, facts));
  const names = stateful.map(({ name }) => `"${name}"`).join(', ');
  return [
    warningFinding({
      rule: 'NoBackup',
      place: first.place,
      message: `${names} ${stateful.length === 1 ? 'has a volume' : 'have volumes'}, and no service has a backup label: the data is in no backup.`,
      fix: 'Add backupbot.backup=true to deploy.labels of the service that holds the data.',
    }),
  ];
}

/** The last part of the image's name; tools such as postgres-exporter hold no data. */
const DATABASE =
  /^(?:postgres|postgresql|postgis|pgvector|timescaledb|pgautoupgrade|mariadb|mysql|percona|mongo|mongodb)$/;
const PRE_HOOK = 'backupbot.backup.pre-hook';

/** A running database's files, copied one after the other, are no consistent whole. */
function dumpFindings(service: ServiceFacts, facts: ComposeFacts): Finding[] {
  const image = imageRefOf(service.image ?? '').base;
  if (!DATABASE.test(image) || (labelOf(service, PRE_HOOK) ?? '') !== '') return [];
  const hooks = facts.services.map((other) => labelOf(other, PRE_HOOK) ?? '');
  if (hooks.some((hook) => /dump|backup/i.test(hook))) return [];
  return [
    warningFinding({
      rule: 'DatabaseNotDumped',
      place: service.place,
      message: `The database "${service.name}" (${image}) is backed up without a dump: files copied while it writes may not restore.`,
      fix: `Dump it in ${PRE_HOOK} of its deploy.labels, and restore the dump in backupbot.restore.post-hook.`,
    }),
  ];
}
