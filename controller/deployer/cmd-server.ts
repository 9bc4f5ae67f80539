/** `server add` and `server ls`: there is the local swarm, and no other. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listServerNames } from './app.ts';
import { isSet, printJson, type Context } from './context.ts';
import { UsageError } from './log.ts';
import { table } from './table.ts';

/** The local swarm is called `default`, as abra calls it. */
const LOCAL = 'default';

export async function serverAdd(context: Context): Promise<void> {
  if (!isSet(context, 'local') || context.args.length > 0) {
    throw new UsageError('the built-in deployer only knows "server add --local"');
  }
  if ((await listServerNames(context.abraDir)).includes(LOCAL))
    return context.log.info('local server was added already');
  await mkdir(join(context.abraDir, 'servers', LOCAL), { recursive: true });
  return context.log.info('local server successfully added');
}

export async function serverList(context: Context): Promise<void> {
  const servers = (await listServerNames(context.abraDir)).map((name) => ({
    name,
    host: name === LOCAL ? 'local' : name,
  }));
  if (isSet(context, 'machine')) return printJson(context, servers);
  return void context.stdout.write(
    table(
      ['NAME', 'HOST'],
      servers.map(({ name, host }) => [name, host]),
    ),
  );
}
