/** Facts about the top-level sections of compose files: what is shared, how it will be called, which files it names. Pure. */
import { isTree, listAt, textOf, treeAt, type Place, type Tree } from './compose-parse.ts';
import type { FilledCompose } from './compose-service.ts';

export interface NamedThing {
  /** As the services refer to it. */
  readonly key: string;
  /** As swarm will call it. */
  readonly name: string;
  readonly external: boolean;
  /** Docker looks for external things only where a service uses them. */
  readonly used: boolean;
  readonly place: Place;
}

/** A path that docker would read on the machine that deploys. */
export interface PathFact {
  readonly kind: 'config' | 'secret' | 'env_file' | 'extends' | 'include';
  readonly path: string;
  readonly place: Place;
}

export interface Section {
  readonly name: 'secrets' | 'configs' | 'volumes' | 'networks';
  readonly stack: string;
  /** Keys that services refer to. */
  readonly used: ReadonlySet<string>;
}

/** Over all files; a later definition replaces an earlier one. */
export function thingsOf(files: readonly FilledCompose[], section: Section): NamedThing[] {
  const { stack } = section;
  const all = files.flatMap((file) =>
    Object.entries(treeAt(file.tree, section.name)).map(([key, value]) => {
      const tree = isTree(value) ? value : {};
      const external = tree['external'] === true || isTree(tree['external']);
      const given = tree['name'] ?? treeAt(tree, 'external')['name'];
      const name = given === undefined || given === null ? impliedName(key, external, stack) : textOf(given);
      const used = section.used.has(key);
      return { key, name, external, used, place: file.place([section.name, key]) };
    }),
  );
  return [...new Map(all.map((thing) => [thing.key, thing])).values()];
}

function impliedName(key: string, external: boolean, stack: string): string {
  return external ? key : `${stack}_${key}`;
}

export function pathsOf(file: FilledCompose): PathFact[] {
  const services = Object.entries(treeAt(file.tree, 'services')).filter((entry): entry is [string, Tree] =>
    isTree(entry[1]),
  );
  return [
    ...filesOf(file, 'configs', 'config'),
    ...filesOf(file, 'secrets', 'secret'),
    ...services.flatMap(([name, tree]) => servicePaths(file, name, tree)),
    ...asList(file.tree['include']).map((item) => ({
      kind: 'include' as const,
      path: textOf(isTree(item) ? item['path'] : item),
      place: file.place(['include']),
    })),
  ];
}

function filesOf(file: FilledCompose, section: string, kind: 'config' | 'secret'): PathFact[] {
  return Object.entries(treeAt(file.tree, section)).flatMap(([key, value]) => {
    if (!isTree(value) || value['file'] === undefined) return [];
    return [{ kind, path: textOf(value['file']), place: file.place([section, key, 'file']) }];
  });
}

function servicePaths(file: FilledCompose, name: string, tree: Tree): PathFact[] {
  const at = (key: string): Place => file.place(['services', name, key]);
  const extended = treeAt(tree, 'extends')['file'];
  return [
    ...asList(tree['env_file']).map((item) => ({
      kind: 'env_file' as const,
      path: textOf(isTree(item) ? item['path'] : item),
      place: at('env_file'),
    })),
    ...(extended === undefined
      ? []
      : [{ kind: 'extends' as const, path: textOf(extended), place: at('extends') }]),
  ];
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? listAt({ value }, 'value') : [value];
}
