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

export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly place: Place;
}

/** `published` is null where swarm picks a port. */
export interface Port {
  readonly published: number | null;
  readonly text: string;
  readonly place: Place;
}

export interface Setting {
  readonly value: string;
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
  readonly binds: readonly Bind[];
  readonly ports: readonly Port[];
  readonly privileged: Place | null;
  readonly capAdd: readonly Setting[];
  readonly devices: readonly Setting[];
  readonly securityOpt: readonly Setting[];
  /** `network_mode`, `pid`, `ipc`, `userns_mode`, `cgroup`, `uts` by key. */
  readonly modes: Readonly<Record<string, Setting>>;
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
const MODES = ['network_mode', 'pid', 'ipc', 'userns_mode', 'cgroup', 'uts'];

function factsOf(name: string, parts: readonly Part[]): ServiceFacts {
  const image = parts.findLast((part) => part.tree['image'] !== undefined);
  const privileged = parts.find((part) => part.tree['privileged'] === true);
  return {
    name,
    place: parts[0]?.place() ?? NOWHERE,
    image: image === undefined ? null : textOf(image.tree['image']),
    imagePlace: (image ?? parts[0])?.place('image') ?? NOWHERE,
    labels: labelsOf(parts),
    hasHealthcheck: hasHealthcheck(parts),
    passed: passedOf(parts),
    binds: parts.flatMap(bindsOf),
    ports: parts.flatMap(portsOf),
    privileged: privileged?.place('privileged') ?? null,
    capAdd: parts.flatMap((part) => settingsOf(part, 'cap_add')),
    devices: parts.flatMap((part) => settingsOf(part, 'devices')),
    securityOpt: parts.flatMap((part) => settingsOf(part, 'security_opt')),
    modes: Object.assign({}, ...parts.map(modesOf)) as Record<string, Setting>,
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

function settingsOf(part: Part, key: string): Setting[] {
  return listAt(part.tree, key).map((value, step) => ({
    value: textOf(value),
    place: part.place(key, step),
  }));
}

function modesOf(part: Part): Record<string, Setting> {
  const set = MODES.filter((key) => typeof part.tree[key] === 'string');
  return Object.fromEntries(
    set.map((key) => [key, { value: textOf(part.tree[key]), place: part.place(key) }]),
  );
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

function bindsOf(part: Part): Bind[] {
  return listAt(part.tree, 'volumes').flatMap((volume, step) => {
    const bind = isTree(volume) ? longBind(volume) : shortBind(textOf(volume));
    return bind === null ? [] : [{ ...bind, place: part.place('volumes', step) }];
  });
}

function longBind(volume: Tree): Omit<Bind, 'place'> | null {
  const type = textOf(volume['type'] ?? 'volume');
  if (type !== 'bind' && type !== 'npipe') return null;
  const [source, target] = [textOf(volume['source'] ?? ''), textOf(volume['target'] ?? '')];
  return { source, target, readOnly: volume['read_only'] === true };
}

function shortBind(text: string): Omit<Bind, 'place'> | null {
  const [source = '', target = '', options = ''] = text.split(':');
  if (!/^[./~]/.test(source) || target === '') return null;
  return { source, target, readOnly: options.split(',').includes('ro') };
}

function portsOf(part: Part): Port[] {
  return listAt(part.tree, 'ports').flatMap((port, step) => {
    const place = part.place('ports', step);
    const text = isTree(port)
      ? `${textOf(port['published'] ?? '')}:${textOf(port['target'] ?? '')}`
      : textOf(port);
    return publishedOf(text).map((published) => ({ published, text, place }));
  });
}

/** `[ip:]published[-last]:target[/protocol]`, or the target alone. */
function publishedOf(text: string): (number | null)[] {
  const parts = text.replace(/\/\w+$/, '').split(':');
  const [first = '', last = first] = (parts.length < 2 ? '' : (parts.at(-2) ?? '')).split('-');
  if (first === '') return [null];
  const [from, to] = [Number(first), Number(last)];
  if (!Number.isInteger(from) || !Number.isInteger(to) || to < from || to - from > 65_535) return [null];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
