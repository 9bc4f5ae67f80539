/** Static files behind nginx. The same tests hold for the fixture and for the public recipe; what only one has is skipped aloud. */
import { expect, test } from '../../harness/fixtures.ts';

const CONTENT = '/usr/share/nginx/html';

test('a new install shows nginx’s own page', async ({ app }) => {
  const answer = await app.fetch('/');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect(await answer.text()).toContain('Welcome to nginx!');
});

test('what lies in the volume is served, as what it is', async ({ app, seed }) => {
  await seed.put('app', `${CONTENT}/hello.txt`, `hello from ${app.commit}\n`);
  const answer = await app.fetch('/hello.txt');
  expect(await answer.text()).toBe(`hello from ${app.commit}\n`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
});

test('what is not there is a 404 of nginx, not of the proxy', async ({ app }) => {
  const answer = await app.fetch('/no-such-page');
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('nginx');
});

test('nothing above the content can be asked for', async ({ app }) => {
  // Encoded slashes, because a URL drops `..` by itself.
  const answer = await app.fetch('/..%2f..%2f..%2f..%2fetc%2fpasswd');
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await answer.text()).not.toContain('root:');
});

test('nginx runs the recipe’s own configuration', async ({ app, skip }) => {
  const { exitCode, stdout } = await app.exec('app', ['cat', '/etc/nginx/conf.d/default.conf']);
  expect(exitCode).toBe(0);
  const said = /location = \/version \{[^}]*return 200 "([^"\\]*)/.exec(stdout)?.[1];
  if (said === undefined) skip('this recipe’s configuration has no /version');
  expect((await (await app.fetch('/version')).text()).trim()).toBe(said);
  if (app.version !== null) expect(said).toContain(app.version);
});

test('the secret is mounted, and nothing serves it', async ({ app, secrets, skip }) => {
  const wanted = secrets['admin_token'];
  if (wanted === undefined) skip('this recipe has no admin_token');
  const { exitCode, stdout } = await app.exec('app', ['cat', '/run/secrets/admin_token']);
  expect(exitCode).toBe(0);
  // Compared here, so that a failure does not print either value.
  expect(stdout === wanted).toBe(true);
  for (const path of ['/', '/version', '/run/secrets/admin_token', '/admin_token']) {
    expect((await (await app.fetch(path)).text()).includes(wanted ?? '')).toBe(false);
  }
});
