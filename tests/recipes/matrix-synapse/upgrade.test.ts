import { expect, test } from '../../harness/fixtures.ts';

test('Synapse is the version that the recipe says', async ({ app }) => {
  const answer = await app.fetch('/_synapse/admin/v1/server_version');
  const { server_version: version } = (await answer.json()) as { server_version: string };
  expect(app.version).toBe(`${app.version?.split('+')[0]}+v${version}`);
});

test('the database has the schema of this version', async ({ app }) => {
  const code = 'from synapse.storage.schema import SCHEMA_VERSION; print(SCHEMA_VERSION)';
  const query = 'SELECT version FROM schema_version';
  const wanted = await app.exec('app', ['python3', '-c', code]);
  const found = await app.exec('db', ['psql', '-U', 'synapse', '-d', 'synapse', '-At', '-c', query]);
  expect(wanted.stdout).toMatch(/^\d+\n$/);
  expect(found.stdout).toBe(wanted.stdout);
});

test('every change of the schema was made once, so that the database is the old one', async ({ app }) => {
  // Of both versions: the old one made its own, the new one only what it adds.
  const log = await app.logs('app');
  const made = [...log.matchAll(/Applying schema (\d+\/\S+)/g)].map(([, file]) => file);
  expect(made.length).toBeGreaterThan(0);
  expect(made.filter((file, index) => made.indexOf(file) !== index)).toEqual([]);
});
