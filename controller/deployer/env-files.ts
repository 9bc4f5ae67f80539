/** What the files of `env_file` say, put into `environment` as docker's own loader does, with the app's env where a name has no value. */
import { readContained } from './contained.ts';
import { isTree, pairsOf, textOf, treeAt, type Tree } from './compose.ts';
import type { Env } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';

/** No service has an `env_file` any more: abra adds the app's env after docker's loader has read those files, so they win over it. */
export async function withEnvFiles(tree: Tree, recipeDir: string, env: Env): Promise<Tree> {
  const services = await Promise.all(
    Object.entries(treeAt(tree, 'services')).map(
      async ([name, service]) =>
        [name, isTree(service) ? await filled(service, recipeDir, env) : service] as const,
    ),
  );
  return services.length === 0 ? tree : { ...tree, services: Object.fromEntries(services) };
}

async function filled(service: Tree, recipeDir: string, env: Env): Promise<Tree> {
  const { env_file: files, ...rest } = service;
  if (files === undefined || files === null) return service;
  const paths = (Array.isArray(files) ? (files as unknown[]) : [files]).map(textOf);
  const said: [string, string][] = [];
  for (const path of paths) said.push(...linesOf(await readContained(recipeDir, path), path, env));
  const own = [...pairsOf(service['environment'])].filter(([, value]) => value !== undefined);
  return { ...rest, environment: Object.fromEntries([...said, ...own]) };
}

/** A line a variable (docker/cli, pkg/kvfile): no quotes and no comment behind a value, both belong to it. */
export function linesOf(text: string, path: string, env: Env): [string, string][] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line): [string, string][] => {
      const [key = ''] = line.split('=', 1);
      if (key === '' || /[ \t]/.test(key))
        throw new Fatal(`${path}: "${line.slice(0, 80)}" sets no variable that docker takes`);
      const value = line.slice(key.length + 1);
      const known = value === '' ? env[key] : undefined;
      if (known !== undefined) return [[key, known]];
      return line.includes('=') ? [[key, value]] : [];
    });
}
