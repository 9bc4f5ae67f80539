/** `app volume`: lists and removes the volumes of an app. */
import { loadApp } from './app.ts';
import { isSet, printJson, type Context } from './context.ts';
import { Fatal, UsageError } from './log.ts';
import { table } from './table.ts';
import { checkUndeployed, listVolumes, removeVolumes } from './volumes.ts';

export async function volumeList(context: Context): Promise<void> {
  const app = await loadApp(context);
  const names = await listVolumes(context.docker, app.stack);
  if (isSet(context, 'machine'))
    return printJson(
      context,
      names.map((name) => ({ name })),
    );
  return void context.stdout.write(
    table(
      ['NAME'],
      names.map((name) => [name]),
    ),
  );
}

export async function volumeRemove(context: Context): Promise<void> {
  const app = await loadApp(context);
  await checkUndeployed(context, app);
  const names = await listVolumes(context.docker, app.stack);
  const only = context.args[1];
  if (only === undefined && !isSet(context, 'force') && !isSet(context, 'no-input')) {
    throw new UsageError('name a volume, or pass --force to remove all of them');
  }
  const wanted =
    only === undefined ? names : names.filter((name) => name === only || name === `${app.stack}_${only}`);
  if (only !== undefined && wanted.length === 0) throw new Fatal(`${app.domain} has no volume ${only}`);
  if (wanted.length === 0) context.log.info('no volumes removed');
  await removeVolumes(context, wanted);
}
