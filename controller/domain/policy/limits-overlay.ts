/** The limits that cc-ci puts in as a compose file of their own, for a deployer that reads the recipe's files. Pure. */
import { schemaVersion } from '../recipe/compose-schema.ts';
import { isTree, listAt, treeAt, type Tree } from '../recipe/compose-parse.ts';
import { treeText } from '../recipe/compose-tree.ts';
import type { Limited } from './deployed-limits.ts';

/** Docker's schema before 3.9 refuses a file that limits processes; without a version, or as "3", it is the newest. */
export function forSchema(limited: Limited, version: string | null): Limited {
  const [major = 0, minor = 0] = schemaVersion(version ?? undefined)
    .split('.')
    .map(Number);
  if (major > 3 || (major === 3 && minor >= 9)) return limited;
  const services = Object.entries(treeAt(limited.tree, 'services')).map(
    ([name, service]) => [name, isTree(service) ? withoutPids(service) : service] as const,
  );
  return {
    tree: { ...limited.tree, services: Object.fromEntries(services) },
    put: limited.put.filter(({ what }) => what !== 'processes'),
  };
}

function withoutPids(service: Tree): Tree {
  const deploy = treeAt(service, 'deploy');
  const resources = treeAt(deploy, 'resources');
  const { pids: _pids, ...limits } = treeAt(resources, 'limits');
  return { ...service, deploy: { ...deploy, resources: { ...resources, limits } } };
}

/** Of a tree that has its limits; old docker wants the version of the other files in each. */
export function limitsOverlay(limited: Tree, version: string | null): string {
  const services = Object.entries(treeAt(limited, 'services')).flatMap(([name, service]) =>
    isTree(service) ? [[name, limitsOf(service)] as const] : [],
  );
  const tree = { ...(version === null ? {} : { version }), services: Object.fromEntries(services) };
  // Nothing in it is to be filled in.
  return `${treeText(tree).replaceAll('$', '$$$$')}\n`;
}

/** What no file after this one takes back; everything else is the recipe's to say. */
function limitsOf(service: Tree): Tree {
  const limits = treeAt(service, 'deploy', 'resources', 'limits');
  const memories = listAt(service, 'volumes').filter((mount) => isTree(mount) && mount['type'] === 'tmpfs');
  return {
    deploy: { resources: { limits } },
    logging: service['logging'],
    ...(memories.length > 0 ? { volumes: memories } : {}),
  };
}
