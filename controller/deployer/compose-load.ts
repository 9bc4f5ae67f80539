import type { App } from './app.ts';
import { readContained } from './contained.ts';
import { composeFileNames, fillCompose, parseCompose, typedVariables, type ComposeFile } from './compose.ts';
import type { Env } from '../domain/recipe/dotenv.ts';
import { Fatal } from './log.ts';
import { readAbraSh, type Recipe } from './recipe.ts';

export type Loaded = { files: ComposeFile[]; env: Env };

/** The compose files an app uses, filled with its env and the exports of abra.sh (which win). */
export async function loadCompose(app: App, recipe: Recipe): Promise<Loaded> {
  const env = { ...app.env, ...(await readAbraSh(recipe)), STACK_NAME: app.stack };
  const files: ComposeFile[] = [];
  for (const name of composeFileNames(env)) {
    const raw = parseCompose(await readContained(recipe.dir, name), name);
    const typed = typedVariables(raw);
    if (typed.length > 0) {
      throw new Fatal(
        `${name}: ${typed.join(', ')} cannot hold a variable: the schema is checked before env is filled in`,
      );
    }
    files.push({ name, raw, filled: fillCompose(raw, env, name) });
  }
  return { files, env };
}
