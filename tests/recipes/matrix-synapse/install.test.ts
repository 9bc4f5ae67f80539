/** A homeserver of its own people: they talk to it, nobody else gets in. */
import { expect, test } from '../../harness/fixtures.ts';
import * as matrix from './matrix.ts';

test('clients are told which versions of Matrix it speaks', async ({ app }) => {
  const answer = await app.fetch('/_matrix/client/versions');
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ versions: expect.arrayContaining(['v1.11']) as string[] });
});

test('who knows the shared secret makes an account, which can log in', async ({ app, secrets }) => {
  const [user, password] = [matrix.fresh('ada'), matrix.fresh('password')];
  await matrix.registered(app, { user, password, secret: secrets['registration'] ?? '' });
  expect(await matrix.login(app, user, password)).not.toBeNull();
  expect(await matrix.login(app, user, 'another password')).toBeNull();
});

test('nobody else makes an account', async ({ app }) => {
  const [user, password] = [matrix.fresh('mallory'), matrix.fresh('password')];
  const guessed = await matrix.register(app, { user, password, secret: 'a guess', admin: true });
  expect(guessed.status).toBe(403);
  const json = { username: user, password, auth: { type: 'm.login.dummy' } };
  const open = await matrix.call(app, '/_matrix/client/v3/register', { method: 'POST', json });
  expect(open.status).toBe(403);
  expect(await matrix.login(app, user, password)).toBeNull();
});

test('other homeservers find nothing here', async ({ app }) => {
  for (const path of ['/_matrix/federation/v1/version', '/_matrix/key/v2/server'])
    expect((await app.fetch(path)).status, path).toBe(404);
});

test('its secrets are the generated ones, and stand in no log', async ({ app, secrets }) => {
  const { stdout } = await app.exec('app', ['cat', '/etc/synapse/homeserver.yaml']);
  const logs = (await app.logs('app')) + (await app.logs('db'));
  expect(logs).toContain('Synapse now listening on TCP port 8008');
  for (const name of ['db_password', 'registration', 'macaroon', 'form']) {
    const value = secrets[name] ?? '';
    // Compared here, so that a failure prints no value.
    expect(value !== '' && stdout.includes(`"${value}"`), name).toBe(true);
    expect(logs.includes(value), name).toBe(false);
  }
});
