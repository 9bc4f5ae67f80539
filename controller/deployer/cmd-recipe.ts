/** `recipe fetch`: brings a recipe's tags up to date. */
import { isSet, type Context } from './context.ts';
import { openRecipe } from './recipe.ts';

/** There is no catalogue here: a recipe is cloned by git, and this brings its tags up to date. */
export async function recipeFetch(context: Context): Promise<void> {
  const recipe = await openRecipe(context, context.args[0] ?? '');
  if (isSet(context, 'offline')) return context.log.info(`${recipe.name} is there; not fetching (--offline)`);
  await recipe.git.fetchTags();
  return context.log.info(`fetched the tags of ${recipe.name}`);
}
