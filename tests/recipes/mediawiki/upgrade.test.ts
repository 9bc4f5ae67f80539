import { expect, test } from '../../harness/fixtures.ts';
import { siteOf } from './wiki.ts';

test('the new version runs', async ({ app }) => {
  const [, upstream = ''] = app.version?.split('+') ?? [];
  expect((await siteOf(app)).generator.startsWith(`MediaWiki ${upstream}.`)).toBe(true);
});

test('the schema is the new version’s, and was migrated, not made anew', async ({ app }) => {
  const ask = async (sql: string): Promise<string> => {
    const script = 'MYSQL_PWD="$(cat /run/secrets/db_password)" mariadb -N -u mediawiki -e "$1" mediawiki';
    const { exitCode, stdout, stderr } = await app.exec('db', ['sh', '-c', script, 'sh', sql]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    return stdout.trim();
  };
  expect(await ask("SHOW TABLES LIKE 'block_target'")).toBe('block_target');
  expect(await ask("SHOW TABLES LIKE 'ipblocks'")).toBe('');
  // Every step that an update took is noted; where 1.43 was installed from nothing, this one is not.
  expect(await ask("SELECT ul_key FROM updatelog WHERE ul_key = 'MigrateBlocks'")).toBe('MigrateBlocks');
});
