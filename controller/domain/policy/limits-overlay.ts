/** The limits that cc-ci puts in as a compose file of their own, for a deployer that reads the recipe's files. Pure. */
import { isTree, listAt, treeAt, type Tree } from '../recipe/compose-parse.ts';
import { treeText } from '../recipe/compose-tree.ts';

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
