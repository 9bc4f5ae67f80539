/** The run's own network to the proxy in the place of the one that all recipes name: what cc-ci changes of a judged tree. Pure. */
import { isTree, listAt, textOf, treeAt, type Tree } from '../recipe/compose-parse.ts';

const SHARED = 'proxy';
/** Traefik reads its labels in any case. */
const NETWORK_LABEL = /^traefik\.(?:docker|swarm)\.network$/i;

const isOn = (value: unknown): boolean => value === true || textOf(value ?? '') === 'true';

/** Keys of the networks that are the shared one, whatever the recipe calls them. */
export function sharedNetworkKeys(tree: Tree): string[] {
  return Object.entries(treeAt(tree, 'networks'))
    .filter(([key, network]) => isTree(network) && isShared(key, network))
    .map(([key]) => key);
}

function isShared(key: string, network: Tree): boolean {
  const { external, name } = network;
  if (!isTree(external) && !isOn(external)) return false;
  const said = name ?? treeAt(network, 'external')['name'] ?? '';
  return (said === '' ? key : said) === SHARED;
}

/** Of a normalised tree: the same with `network` wherever it had the shared one, also in what Traefik is told. */
export function withOwnNetwork(tree: Tree, network: string): Tree {
  const shared = sharedNetworkKeys(tree);
  const networks = Object.entries(treeAt(tree, 'networks')).map(
    ([key, value]) => [key, shared.includes(key) ? { external: true, name: network } : value] as const,
  );
  const services = Object.entries(treeAt(tree, 'services')).map(
    ([name, service]) => [name, isTree(service) ? routed(service, shared, network) : service] as const,
  );
  return {
    ...tree,
    services: Object.fromEntries(services),
    ...(networks.length > 0 ? { networks: Object.fromEntries(networks) } : {}),
  };
}

/** The same without a way out: Swarm gives one with any network that is not internal. */
export function withoutEgress(tree: Tree): Tree {
  const services = Object.values(treeAt(tree, 'services')).filter(isTree);
  const usesDefault = services.some((service) => Object.keys(treeAt(service, 'networks')).length === 0);
  const networks = { ...(usesDefault ? { default: null } : {}), ...treeAt(tree, 'networks') };
  const closed = Object.entries(networks).map(([key, network]) => {
    const own: Tree = isTree(network) ? network : {};
    return [key, isTree(own['external']) || isOn(own['external']) ? network : { ...own, internal: true }];
  });
  return { ...tree, networks: Object.fromEntries(closed) as Tree };
}

/** Services whose ports are published: the mesh that leads in leads out as well. */
export function publishing(tree: Tree): string[] {
  return Object.entries(treeAt(tree, 'services')).flatMap(([name, service]) =>
    isTree(service) && listAt(service, 'ports').length > 0 ? [name] : [],
  );
}

/** Traefik looks for an app in its own default network, which is the shared one, unless a label names another. */
function routed(service: Tree, shared: readonly string[], network: string): Tree {
  const joins = Object.keys(treeAt(service, 'networks'));
  const deploy = treeAt(service, 'deploy');
  const labels = Object.entries(treeAt(deploy, 'labels'));
  const isRouted = labels.some(([key]) => /^traefik\./i.test(key));
  if (!isRouted || !(joins.length > 0 ? joins : ['default']).some((key) => shared.includes(key)))
    return service;
  return { ...service, deploy: { ...deploy, labels: Object.fromEntries(labelled(labels, network)) } };
}

type Labels = [string, unknown][];

/** A network of the app's own is its own affair. */
function labelled(labels: Labels, network: string): Labels {
  const isNetworkLabel = ([key]: Labels[number]): boolean => NETWORK_LABEL.test(key);
  const said = labels.filter(isNetworkLabel).map(([, value]) => textOf(value ?? ''));
  if (said.some((value) => value !== '' && value !== SHARED)) return labels;
  // Traefik leaves out a service that has labels of both kinds; only its third version knows those of swarm.
  const kind = labels.some(([key]) => /^traefik\.swarm\./i.test(key)) ? 'swarm' : 'docker';
  return [...labels.filter((label) => !isNetworkLabel(label)), [`traefik.${kind}.network`, network]];
}
