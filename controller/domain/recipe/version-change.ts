/** What an upgrade changed, from the compose files of both versions and from what the swarm shows. Pure. */
import type { Cause } from '../../api/stage.ts';
import type { ServiceSeen } from '../../ports.ts';
import type { VariableProblem } from './compose-fill.ts';
import type { ComposeFacts, NamedThing } from './compose-facts.ts';
import { isTold } from './told.ts';

export interface Versions {
  /** Both filled in with the .env of the old version. */
  readonly old: ComposeFacts;
  readonly head: ComposeFacts;
  /** Variables that the head's .env.sample shows in comments: those may be left out. */
  readonly documented: readonly string[];
  /** What the head's .env.sample sets. */
  readonly sampled: Readonly<Record<string, string>>;
}

/** What the head tells operators, and where a packager would write more. */
export interface ReleaseNotes {
  readonly notes: string;
  readonly file: string;
}

const NO_NOTES: ReleaseNotes = { notes: '', file: 'the release note' };

/** Variables that the head uses without a default, the old .env does not set, and the old version could do without. */
export function newVariables({ old, head, documented }: Versions): VariableProblem[] {
  const missing = ({ variables }: ComposeFacts): VariableProblem[] =>
    variables.filter(({ kind }) => kind === 'missing' || kind === 'required');
  const known = new Set([...missing(old).map(({ name }) => name), ...documented]);
  return missing(head).filter(({ name, kind }) => kind === 'required' || !known.has(name));
}

export function newVariableCause(
  [first, ...more]: readonly VariableProblem[],
  note = 'a release note',
): Cause | null {
  if (first === undefined) return null;
  const others = [...new Set(more.map(({ name }) => name))].filter((name) => name !== first.name);
  const also = others.length === 0 ? '' : ` (and ${others.join(', ')})`;
  return {
    reason: 'NewVariableWithoutDefault',
    message: `The new version needs the variable ${first.name}${also}, which an .env of the version before does not have.`,
    evidence: `${first.place.file}:${first.place.line}`,
    nextStep: `Give it a default in ${first.place.file} (\`\${${first.name}:-…}\`), or name it in ${note} as something that operators must set, with its value in .env.sample.`,
  };
}

/** Docker looks for a secret by its name, so that one with a new version is a new one; those with a file come with the recipe. */
export function newSecrets({ old, head }: Pick<Versions, 'old' | 'head'>): NamedThing[] {
  const had = new Set(old.secrets.map(({ name }) => name));
  return head.secrets.filter(({ used, external, name }) => used && external && !had.has(name));
}

export function newSecretCause([first, ...more]: readonly NamedThing[], note: string): Cause | null {
  if (first === undefined) return null;
  const also = more.length === 0 ? '' : ` (and ${more.map(({ key }) => `"${key}"`).join(', ')})`;
  return {
    reason: 'NewSecret',
    message: `The new version needs the secret "${first.key}"${also}, which no app of the version before has under this name: an operator’s deploy would be refused.`,
    evidence: `${first.place.file}:${first.place.line}: ${first.name}`,
    nextStep: `Name ${[first, ...more].map(({ key }) => key).join(', ')} in ${note}, and say that operators generate it before they upgrade; or keep the secret’s version.`,
  };
}

export const ownVolumes = ({ volumes }: ComposeFacts): NamedThing[] =>
  volumes.filter(({ used, external }) => used && !external);

export function volumeNames(facts: ComposeFacts): string[] {
  return ownVolumes(facts)
    .map(({ name }) => name)
    .sort();
}

/** A volume that no service of the head mounts: its data is lost to the app. */
export function abandonedVolumeCause({ old, head }: Versions): Cause | null {
  const kept = new Set(volumeNames(head));
  const [gone] = ownVolumes(old).filter(({ name }) => !kept.has(name));
  if (gone === undefined) return null;
  const before = new Set(volumeNames(old));
  const fresh = ownVolumes(head).filter(({ name }) => !before.has(name));
  const instead = fresh.map(({ key, place }) => `"${key}" (${place.file}:${place.line})`).join(', ');
  return {
    reason: 'DataLost',
    message: `The volume "${gone.key}" of the version before is not mounted any more${instead === '' ? '' : `; new is ${instead}`}: its data is lost to the app.`,
    evidence: `volume ${gone.name} was in use before the upgrade, and no service of the new version mounts it`,
    nextStep:
      'Keep the volume’s name; what has to move needs a migration that the release note tells operators of.',
  };
}

/** abra never prunes: what the head dropped still runs. */
export function orphansOf(seen: readonly ServiceSeen[], head: ComposeFacts): string[] {
  const wanted = new Set(head.services.map(({ name }) => name));
  return seen.map(({ name }) => name).filter((name) => !wanted.has(name));
}

/** Those that no release note tells of. */
export function orphanCause(
  seen: readonly ServiceSeen[],
  head: ComposeFacts,
  { notes, file }: ReleaseNotes = NO_NOTES,
): Cause | null {
  const orphans = orphansOf(seen, head).filter((name) => !isTold(name, notes));
  const [first] = orphans;
  if (first === undefined) return null;
  return {
    reason: 'OrphanService',
    message: `The new version has no service ${orphans.map((name) => `"${name}"`).join(', ')}, and after the upgrade it still runs.`,
    service: first,
    evidence: `services of the stack: ${seen.map(({ name }) => name).join(', ')}; of ${head.files.join(', ')}: ${head.services.map(({ name }) => name).join(', ')}`,
    nextStep: `A deploy does not remove services: tell operators in ${file}, by the service’s name, to remove it after the upgrade.`,
  };
}

export function wrongImageCause(seen: readonly ServiceSeen[], head: ComposeFacts): Cause | null {
  for (const { name, image } of head.services) {
    const running = seen.find((service) => service.name === name)?.image ?? 'nothing';
    if (image === null || running === image || running.startsWith(`${image}@`)) continue;
    return {
      reason: 'WrongImage',
      message: `After the upgrade service "${name}" runs ${running}, not ${image}.`,
      service: name,
      evidence: `image of ${name}: ${running}`,
      nextStep: 'Something else deployed into this stack, or the swarm put the old version back.',
    };
  }
  return null;
}

/** Docker refuses to change a config in place; its name has to carry a version that is raised with its content. */
export function notVersionedCause(refused: Cause, head: ComposeFacts): Cause | null {
  const said = `${refused.message}\n${refused.evidence ?? ''}`;
  if (!/only updates to Labels are allowed/i.test(said)) return null;
  const name = /(?:config|secret) ([\w.-]+)/.exec(said.slice(said.indexOf('failed to update')))?.[1] ?? '';
  const config = [...head.configs, ...head.secrets].find((each) => each.name === name);
  const key = config?.key ?? name;
  return {
    reason: 'ConfigNotVersioned',
    message: `The content of the config "${key}" changed, but its version did not: Docker cannot change a config in place.`,
    evidence: said.split('\n').find((line) => line.includes('only updates to Labels')) ?? refused.evidence,
    nextStep: `Raise ${key.toUpperCase().replaceAll('-', '_')}_VERSION in abra.sh${config === undefined ? '' : ` (the name is made at ${config.place.file}:${config.place.line})`}.`,
  };
}
