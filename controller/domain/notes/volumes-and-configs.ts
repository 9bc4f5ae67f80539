/** Volumes and configs that came or went, and what has to be on the server before the upgrade. Pure. */
import type { ComposeFacts, NamedThing } from '../recipe/compose-facts.ts';
import { asOperators, type Change, type Note } from './change.ts';
import { code, listed, shownVersion } from './quoted.ts';
import { ownVolumes } from '../recipe/version-change.ts';

export function thingNotes(change: Change): Note[] {
  return [...volumeNotes(change), ...externalNotes(change), ...configNotes(change)];
}

const shownName = ({ name }: NamedThing): string => asOperators(name);

/** `left` without what bears the same name in `right`. */
function without(left: readonly NamedThing[], right: readonly NamedThing[]): NamedThing[] {
  const names = new Set(right.map(({ name }) => name));
  return left.filter(({ name }) => !names.has(name));
}

/** A new name for a volume looks like one that went and one that came. */
function volumeNotes({ old, head }: Change): Note[] {
  const [before, after] = [ownVolumes(old.facts), ownVolumes(head.facts)];
  const [gone, fresh] = [without(before, after), without(after, before)];
  return [
    ...gone.map((volume) => removed(volume, fresh)),
    ...fresh.map(({ key }) => ({
      kind: 'newVolume' as const,
      subject: key,
      text: `The volume ${code(key)} is new, and empty: the deploy makes it.`,
      byHand: false,
    })),
  ];
}

function removed(volume: NamedThing, fresh: readonly NamedThing[]): Note {
  const name = code(shownName(volume));
  const stays = `The volume ${code(volume.key)} is not used any more. Its data stays on the server in ${name} until you remove it there with \`docker volume rm\``;
  const text =
    fresh.length === 0
      ? `${stays}.`
      : `${stays}. If ${listed(fresh.map(({ key }) => key))} takes its place, the app starts without that data: on the server, copy it from ${name} to ${listed(fresh.map(shownName))} before you use the app.`;
  return { kind: 'removedVolume', subject: volume.key, text, byHand: fresh.length > 0 };
}

const MADE_WITH = {
  networks: { what: 'network', make: 'docker network create --driver overlay --attachable' },
  volumes: { what: 'volume', make: 'docker volume create' },
  configs: { what: 'config', make: 'docker config create' },
} as const;

/** Swarm refuses the deploy, or leaves tasks pending, where they are missing. */
function externalNotes({ old, head }: Change): Note[] {
  const sections = ['networks', 'volumes', 'configs'] as const;
  const outside = (facts: ComposeFacts, section: (typeof sections)[number]): NamedThing[] =>
    facts[section].filter(({ used, external }) => used && external);
  return sections.flatMap((section) =>
    without(outside(head.facts, section), outside(old.facts, section)).map((thing) => {
      const { what, make } = MADE_WITH[section];
      const text = `The ${what} ${code(shownName(thing))} is used now, and a deploy does not make it: it has to be on the server before you upgrade (${code(make)}).`;
      return { kind: 'external' as const, subject: thing.key, text, byHand: true };
    }),
  );
}

/** Configs, and secrets that are files of the recipe. */
function configNotes({ old, head }: Change): Note[] {
  const made = ({ configs, secrets }: ComposeFacts): NamedThing[] =>
    [...configs, ...secrets].filter(({ external }) => !external);
  return made(head.facts).flatMap((config) => {
    const was = made(old.facts).find(({ key }) => key === config.key);
    if (was === undefined || was.name === config.name) return [];
    const text = `The config ${code(config.key)} is ${versionOf(config)} instead of ${versionOf(was)}: the deploy makes it, and restarts what uses it.`;
    return [{ kind: 'configVersion' as const, subject: config.key, text, byHand: false }];
  });
}

function versionOf({ key, name }: NamedThing): string {
  const version = shownVersion(name.slice(name.lastIndexOf('_') + 1));
  return name.endsWith(`${key}_${version}`) ? version : code(asOperators(name));
}
