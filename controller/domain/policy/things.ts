/** What the sections beside the services may hold: volumes, networks, secrets and configs of the app itself. Pure. */
import { posix } from 'node:path';
import { isTree, textOf, treeAt, type Tree } from '../recipe/compose-parse.ts';
import type { Finding } from './finding.ts';
import { fileInside, isAllowedPath, tmpfsOptions } from './mounts.ts';
import {
  anything,
  both,
  child,
  either,
  entries,
  flag,
  isOn,
  keys,
  listOrMapping,
  maybeScalar,
  never,
  oneOf,
  optional,
  ownerOf,
  refused,
  shown,
  text,
  wrong,
  type Check,
  type Spot,
} from './spot.ts';

type Kind = 'network' | 'volume' | 'secret' | 'config';

const treeOf = ({ value }: Spot): Tree => (isTree(value) ? value : {});
const isExternal = (tree: Tree): boolean => isTree(tree['external']) || isOn(tree['external']);

/** As swarm will call it. */
function nameOf(spot: Spot): string {
  const tree = treeOf(spot);
  const key = String(spot.path.at(-1));
  const given = tree['name'] ?? treeAt(tree, 'external')['name'];
  if (given !== undefined && given !== null && given !== '') return textOf(given);
  return isExternal(tree) ? key : `${spot.scene.stack}_${key}`;
}

/** What bears another stack’s name belongs to another app. */
const ownName =
  (kind: Kind): Check =>
  (spot) => {
    const [key, name] = [String(spot.path.at(-1)), nameOf(spot)];
    const external = isExternal(treeOf(spot));
    if (kind === 'network' && external && name === 'proxy') return [];
    const own = name.startsWith(`${spot.scene.stack}_`);
    if (own && !(external && (kind === 'network' || kind === 'volume'))) return [];
    return refused(spot, 'ForeignName', [
      own
        ? `The ${kind} "${shown(key)}" is external, so it would have to be there before the app.`
        : `The ${kind} "${shown(key)}" is called "${shown(name)}", which is not a name of this app.`,
      fixOf(kind, key),
    ]);
  };

function fixOf(kind: Kind, key: string): string {
  if (kind === 'network')
    return 'Only the network "proxy" is shared here; other networks must belong to the app.';
  if (kind === 'volume') return 'Let the app make its own volume: leave out external and name.';
  return `Begin its name with \${STACK_NAME}_, as in "\${STACK_NAME}_${shown(key)}_v1": the app must not touch what is another’s.`;
}

/** Docker’s own labels say which stack a thing belongs to. */
export const plainLabels: Check = both(listOrMapping(maybeScalar), (spot) =>
  labelKeys(spot).flatMap(([key, step]) =>
    /^com\.docker\./i.test(key)
      ? refused(child(spot, step), 'ForeignName', [
          `${ownerOf(spot)} sets the label ${shown(key)}, which is docker’s own.`,
          'Leave it out.',
        ])
      : [],
  ),
);

function labelKeys({ value }: Spot): [string, string | number][] {
  if (Array.isArray(value))
    return value.map((item, step) => [textOf(item).split('=')[0]?.trim() ?? '', step]);
  return isTree(value) ? Object.keys(value).map((key) => [key.trim(), key]) : [];
}

const external: Check = either({ scalar: flag, mapping: keys({ name: text }) });
const NAMED = { name: text, external, labels: plainLabels };

/** A bind by another name where the operator allows its path; memory of a bounded size; else no options at all. */
const volumeOptions: Check = (spot) => {
  if (!isTree(spot.value)) return wrong(spot, 'a mapping', 'VolumeDriver');
  const all = Object.entries(spot.value).map(([key, value]) => [key, textOf(value ?? '')] as const);
  const options = new Map(all);
  const said = (key: string): string => options.get(key) ?? '';
  const known = all.every(([key]) => ['type', 'device', 'o'].includes(key));
  if (all.length === 0 || (known && said('type') === 'tmpfs' && tmpfsOptions(said('o')))) return [];
  if (known && /^(?:none|bind)?$/.test(said('type')) && isBind(said('o')))
    return bindOption(spot, said('device'));
  const some = all.slice(0, 5).map(([key, value]) => `${shown(key)}: ${shown(value)}`);
  return refused(spot, 'VolumeDriver', [
    `${ownerOf(spot)} has driver options (${some.join(', ')}), with which it could mount anything.`,
    'Leave driver_opts out, or use the type tmpfs with size, mode, uid and gid.',
  ]);
};

const isBind = (o: string): boolean =>
  o.split(',').some((word) => word === 'bind' || word === 'rbind') &&
  o.split(',').every((word) => /^(?:r?bind|ro|rw)$/.test(word));

function bindOption(spot: Spot, device: string): Finding[] {
  if (isAllowedPath(posix.normalize(device), spot.scene.allow)) return [];
  return refused(spot, 'HostBind', [
    `${ownerOf(spot)} is a bind mount of ${shown(device)} by its driver_opts.`,
    'Leave driver_opts out, or let the operator add the path to allow.binds of the RecipeSpec.',
  ]);
}

const cluster = never('VolumeDriver', 'make a volume of the cluster');

const volume = optional(
  both(
    keys({
      ...NAMED,
      driver: (spot) => (spot.value === 'local' ? [] : wrong(spot, 'local', 'VolumeDriver')),
      driver_opts: optional(volumeOptions),
      'x-cluster-spec': cluster,
    }),
    ownName('volume'),
  ),
);

/** `encrypted`, and the size of a packet. */
const networkOptions: Check = (spot) =>
  Object.entries(treeOf(spot)).flatMap(([key, value]) => {
    const said = textOf(value ?? '');
    if (key === 'encrypted' && /^(?:|true|false)$/.test(said)) return [];
    if (key === 'com.docker.network.driver.mtu' && /^\d{3,4}$/.test(said)) return [];
    return wrong(child(spot, key), 'encrypted, or the mtu', 'NetworkDriver');
  });

const network = both(
  optional(
    keys({
      ...NAMED,
      driver: (spot) => (spot.value === 'overlay' ? [] : wrong(spot, 'overlay', 'NetworkDriver')),
      driver_opts: both(entries(maybeScalar, /^[^\n]{1,128}$/), networkOptions),
      ipam: never('NetworkDriver', 'take addresses that the host may need'),
      internal: flag,
      attachable: flag,
    }),
  ),
  ownName('network'),
);

const templateDriver = optional(oneOf('golang'));

const secret = both(
  keys({
    ...NAMED,
    file: both(text, fileInside('secret')),
    template_driver: templateDriver,
    driver: never('WrongValue', 'ask a program of the host for the secret'),
    driver_opts: never('WrongValue', 'ask a program of the host for the secret'),
  }),
  ownName('secret'),
);

const config = both(
  keys({ ...NAMED, file: both(text, fileInside('config')), template_driver: templateDriver }),
  ownName('config'),
);

/** An extension field among them stands for nothing. */
const section = (check: Check): Check =>
  optional(entries((spot) => (String(spot.path.at(-1)).startsWith('x-') ? anything(spot) : check(spot))));

export const volumes = section(volume);
export const networks = section(network);
export const secrets = section(secret);
export const configs = section(config);
