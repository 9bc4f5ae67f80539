/** `app remove`: removes what an app leaves after its undeploy, and its .env. */
import { rm } from 'node:fs/promises';
import { loadApp, type App } from './app.ts';
import { loadCompose } from './compose-load.ts';
import { isSet, type Context } from './context.ts';
import { messageOf, UsageError } from './log.ts';
import { openRecipe } from './recipe.ts';
import { listOwnSecrets, removeSecrets } from './secret-store.ts';
import { secretsOf } from './secrets.ts';
import { checkUndeployed, listVolumes, removeVolumes } from './volumes.ts';

/** The recipe may be gone or broken by now; then only the secrets marked as this app's are removed. */
async function namedSecrets(context: Context, app: App): Promise<string[]> {
  try {
    const { files } = await loadCompose(app, await openRecipe(context, app.recipe));
    return secretsOf(files, app.modifiers).map((secret) => secret.fullName);
  } catch (error) {
    context.log.warn(`cannot read the recipe's secrets: ${messageOf(error)}`);
    return [];
  }
}

export async function appRemove(context: Context): Promise<void> {
  const app = await loadApp(context);
  if (!isSet(context, 'no-input') && !isSet(context, 'force'))
    throw new UsageError('pass --no-input to remove without a question');
  await checkUndeployed(context, app);
  await removeSecrets(
    context,
    await listOwnSecrets(context.docker, app.stack, await namedSecrets(context, app)),
  );
  await removeVolumes(context, await listVolumes(context.docker, app.stack));
  await rm(app.path, { force: true });
  context.log.info(`file: ${app.path} removed`);
}
