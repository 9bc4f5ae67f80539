/** Makes every host path of a compose tree absolute, and refuses those outside the recipe's checkout. */
import { containedPath } from './contained.ts';
import { isTree, textOf, treeAt, type Tree } from './compose.ts';

async function pinFiles(section: Tree, recipeDir: string): Promise<Tree> {
  const entries = Object.entries(section).map(async ([name, value]) => {
    if (!isTree(value) || value.file === undefined) return [name, value] as const;
    return [name, { ...value, file: await containedPath(recipeDir, textOf(value.file)) }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function pinEnvFiles(value: unknown, recipeDir: string): Promise<string[]> {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return Promise.all(list.map((item) => containedPath(recipeDir, textOf(item))));
}

function isRelativeBind(text: string): boolean {
  return text.startsWith('.') || text.startsWith('~');
}

async function pinVolume(volume: unknown, recipeDir: string): Promise<unknown> {
  if (typeof volume === 'string') {
    if (!isRelativeBind(volume)) return volume;
    const [source = '', ...rest] = volume.split(':');
    return [await containedPath(recipeDir, source), ...rest].join(':');
  }
  if (!isTree(volume) || volume.type !== 'bind' || !isRelativeBind(textOf(volume.source))) return volume;
  return { ...volume, source: await containedPath(recipeDir, textOf(volume.source)) };
}

async function pinService(service: Tree, recipeDir: string): Promise<Tree> {
  const pinned: Tree = { ...service };
  if (service.env_file !== undefined) pinned.env_file = await pinEnvFiles(service.env_file, recipeDir);
  if (Array.isArray(service.volumes)) {
    pinned.volumes = await Promise.all(service.volumes.map((volume) => pinVolume(volume, recipeDir)));
  }
  return pinned;
}

/** The same compose tree with every host path absolute and known to lie in the checkout. */
export async function pinPaths(tree: Tree, recipeDir: string): Promise<Tree> {
  const pinned: Tree = { ...tree };
  for (const key of ['configs', 'secrets']) {
    if (isTree(tree[key])) pinned[key] = await pinFiles(tree[key], recipeDir);
  }
  const services = Object.entries(treeAt(tree, 'services')).map(async ([name, service]) =>
    isTree(service) ? ([name, await pinService(service, recipeDir)] as const) : ([name, service] as const),
  );
  if (isTree(tree.services)) pinned.services = Object.fromEntries(await Promise.all(services));
  return pinned;
}
