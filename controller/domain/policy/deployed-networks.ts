/** Networks that a judged tree makes, and what the swarm has of them: each difference with both sides. Pure. */
import { isTree, listAt, textOf, treeAt, type Tree } from '../recipe/compose-parse.ts';
import { goText } from '../recipe/go-text.ts';
import type { NetworkSpec } from '../../ports.ts';
import { type DeployedDifference, fieldDifferences } from './deployed-differs.ts';

const NAMESPACE = 'com.docker.stack.namespace';

/** Docker makes those that a service joins, and none that it is told to find. */
export function judgedNetworks(tree: Tree, stack: string): NetworkSpec[] {
  const services = Object.values(treeAt(tree, 'services')).filter(isTree);
  const joined = new Set(
    services.flatMap((service) => {
      const keys = Object.keys(treeAt(service, 'networks'));
      return keys.length > 0 ? keys : ['default'];
    }),
  );
  return [...joined]
    .map((key) => ({ key, network: treeAt(tree, 'networks', key) }))
    .filter(({ network }) => network['external'] !== true)
    .map(({ key, network }) => networkOf(network, { key, stack }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

const textAt = (tree: Tree, key: string): string => textOf(tree[key] ?? '');
const map = (tree: Tree): Record<string, string> =>
  Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, goText(value ?? '')]));

function networkOf(network: Tree, { key, stack }: { key: string; stack: string }): NetworkSpec {
  const ipam = treeAt(network, 'ipam');
  return {
    name: textAt(network, 'name') || `${stack}_${key}`,
    driver: textAt(network, 'driver') || 'overlay',
    internal: network['internal'] === true,
    attachable: network['attachable'] === true,
    ipv6: false,
    ingress: false,
    options: map(treeAt(network, 'driver_opts')),
    ipam: [
      ...(ipam['driver'] === undefined ? [] : [`driver ${textOf(ipam['driver'])}`]),
      ...listAt(ipam, 'config').map((one) => `subnet ${textAt(isTree(one) ? one : {}, 'subnet')}`),
    ],
    labels: { ...map(treeAt(network, 'labels')), [NAMESPACE]: stack },
  };
}

export interface NetworkComparison {
  readonly judged: readonly NetworkSpec[];
  readonly deployed: readonly NetworkSpec[];
  /** What the swarm had before this deploy: docker leaves a network that is there as it is. */
  readonly before: readonly NetworkSpec[];
}

export function networkDifferences({ judged, deployed, before }: NetworkComparison): DeployedDifference[] {
  const find = (specs: readonly NetworkSpec[], name: string): NetworkSpec | undefined =>
    specs.find((spec) => spec.name === name);
  const missing = judged
    .filter(({ name }) => find(deployed, name) === undefined)
    .map(({ name }) => ({ service: name, field: 'network', judged: [name], deployed: [] }));
  const others = deployed.flatMap((spec): DeployedDifference[] => {
    const sides = [find(judged, spec.name), find(before, spec.name)].filter((side) => side !== undefined);
    const [wanted] = sides;
    if (wanted === undefined)
      return [{ service: spec.name, field: 'network', judged: [], deployed: [spec.name] }];
    return sides.some((side) => fieldDifferences(side, spec).length === 0)
      ? []
      : fieldDifferences(wanted, spec);
  });
  return [...missing, ...others];
}
