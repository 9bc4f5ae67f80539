/** Facts about single services, over all files of a recipe. Pure. */
import { isTree, listAt, pairsOf, textOf, treeAt, type Place, type Tree } from './compose-parse.ts';

export interface FilledCompose {
  readonly path: string;
  readonly tree: Tree;
  place(path: readonly (string | number)[]): Place;
}

export interface Label {
  readonly key: string;
  readonly value: string | null;
  readonly place: Place;
}

export interface ServiceFacts {
  readonly name: string;
  readonly place: Place;
  readonly image: string | null;
  readonly imagePlace: Place;
  /** Of `deploy.labels`, which are what traefik, abra and backupbot read; a later file's value replaces an earlier one's. */
  readonly labels: readonly Label[];
  readonly hasHealthcheck: boolean;
  /** Names in `environment` that have no value here: the app's own is passed through. */
  readonly passed: readonly { readonly name: string; readonly place: Place }[];
  /** Ports of the host that it asks for: `8080`, or `8000-8010`. */
  readonly published: readonly string[];
  /** Keys of the top-level sections. */
  readonly secrets: readonly string[];
  readonly configs: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** One file's part of a service. */
interface Part {
  readonly tree: Tree;
  place(...path: (string | number)[]): Place;
}

export function serviceFacts(files: readonly FilledCompose[]): ServiceFacts[] {
  const names = new Set(files.flatMap((file) => Object.keys(treeAt(file.tree, 'services'))));
  return [...names].map((name) => factsOf(name, partsOf(files, name)));
}

function partsOf(files: readonly FilledCompose[], name: string): Part[] {
  return files
    .filter((file) => Object.hasOwn(treeAt(file.tree, 'services'), name))
    .map((file) => ({
      tree: treeAt(file.tree, 'services', name),
      place: (...path) => file.place(['services', name, ...path]),
    }));
}

const NOWHERE: Place = { file: '', line: 0 };

function factsOf(name: string, parts: readonly Part[]): ServiceFacts {
  const image = parts.findLast((part) => part.tree['image'] !== undefined);
  return {
    name,
    place: parts[0]?.place() ?? NOWHERE,
    image: image === undefined ? null : textOf(image.tree['image']),
    imagePlace: (image ?? parts[0])?.place('image') ?? NOWHERE,
    labels: labelsOf(parts),
    hasHealthcheck: hasHealthcheck(parts),
    passed: passedOf(parts),
    published: parts.flatMap(publishedOf),
    secrets: parts.flatMap((part) => sourcesOf(part, 'secrets')),
    configs: parts.flatMap((part) => sourcesOf(part, 'configs')),
    networks: parts.flatMap(networksOf),
    volumes: parts.flatMap(volumesOf),
  };
}

function labelsOf(parts: readonly Part[]): Label[] {
  const all = parts.flatMap((part) =>
    pairsOf(treeAt(part.tree, 'deploy')['labels']).map(({ key, value, step }) => ({
      key,
      value,
      place: part.place('deploy', 'labels', step),
    })),
  );
  return [...new Map(all.map((label) => [label.key, label])).values()];
}

function passedOf(parts: readonly Part[]): ServiceFacts['passed'] {
  const all = parts.flatMap((part) =>
    pairsOf(part.tree['environment']).map(({ key, value, step }) => ({
      name: key,
      value,
      place: part.place('environment', step),
    })),
  );
  const last = new Map(all.map((each) => [each.name, each]));
  return [...last.values()].flatMap(({ name, value, place }) => (value === null ? [{ name, place }] : []));
}

/** An image may have one of its own; only a test in the recipe is a promise of the recipe. */
function hasHealthcheck(parts: readonly Part[]): boolean {
  const last = parts.findLast((part) => part.tree['healthcheck'] !== undefined);
  const check = treeAt(last?.tree ?? {}, 'healthcheck');
  if (check['disable'] === true || check['test'] === undefined) return false;
  return listAt(check, 'test')[0] !== 'NONE' && check['test'] !== 'NONE';
}

function sourcesOf(part: Part, key: string): string[] {
  return listAt(part.tree, key).map((item) => textOf(isTree(item) ? item['source'] : item));
}

function networksOf(part: Part): string[] {
  const value = part.tree['networks'];
  return isTree(value) ? Object.keys(value) : listAt(part.tree, 'networks').map(textOf);
}

function volumesOf(part: Part): string[] {
  return listAt(part.tree, 'volumes').map((volume) =>
    isTree(volume) ? textOf(volume['source'] ?? '') : (textOf(volume).split(':')[0] ?? ''),
  );
}

/** `[ip:]published[-last]:target[/protocol]`, or the target alone, for which swarm picks a port. */
function publishedOf(part: Part): string[] {
  return listAt(part.tree, 'ports').flatMap((port) => {
    const parts = isTree(port) ? [port['published'] ?? '', ''] : textOf(port).split(':');
    const said = parts.length < 2 ? '' : textOf(parts.at(-2));
    const [first = '', last = first] = said.split('-');
    return /^\d+$/.test(first) && /^\d+$/.test(last) ? [said] : [];
  });
}
