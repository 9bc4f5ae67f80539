import { expect, test } from '../../harness/fixtures.ts';
import { WikiClient } from './api.ts';
import { admin, siteOf } from './wiki.ts';

test('the wiki is of the version that the recipe says, with the name of the .env', async ({ app }) => {
  const { generator, sitename } = await siteOf(app);
  const [, upstream] = app.version?.split('+') ?? [];
  expect(generator).toMatch(new RegExp(`^MediaWiki ${upstream?.replaceAll('.', '\\.')}\\.`));
  expect(sitename).toBe('Wiki under test');
});

test('the front page is the one that a new wiki has, under the app’s own address', async ({ app }) => {
  const answer = await app.fetch('/');
  expect(answer.status).toBe(301);
  expect(answer.headers.get('location')).toBe(`${app.url}/index.php/Main_Page`);
  const page = await app.fetch('/index.php?title=Main_Page');
  expect(await page.text()).toContain('MediaWiki has been installed.');
});

test('the administrator logs in with the secret, and with nothing else', async ({ app, secrets }) => {
  await admin(app, secrets['admin_password']);
  expect(await new WikiClient(app).logIn('Admin', `not ${secrets['admin_password']}`)).toBe(false);
});

test('nobody edits or registers without being let in', async ({ app }) => {
  const visitor = new WikiClient(app);
  const edit = { action: 'edit', title: 'Vandalised', text: 'spam' };
  await expect(visitor.post(edit)).rejects.toThrow(/permissiondenied|protectedpage|permission/);
});

test('what is secret is served nowhere', async ({ app, secrets }) => {
  for (const path of ['/', '/LocalSettings.php', '/index.php?title=Special:Version', '/config/']) {
    const page = await (await app.fetch(path)).text();
    for (const value of Object.values(secrets)) expect(page.includes(value)).toBe(false);
  }
});

test('the database is reached by the app alone', async ({ app }) => {
  const inProxy = await app.exec('db', ['cat', '/proc/net/dev']);
  const interfaces = inProxy.stdout.match(/eth\d+/g) ?? [];
  // Its own network and Docker's gateway: not the one it would share with every other app.
  expect(interfaces.length).toBeLessThanOrEqual(2);
});
