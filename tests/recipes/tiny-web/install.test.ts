import { expect, test } from '../../harness/fixtures.ts';

test('the front page says the version that was deployed', async ({ app }) => {
  const answer = await app.fetch('/');
  expect(answer.status).toBe(200);
  expect((await answer.text()).trim()).toBe(`tiny-web ${app.version}`);
});

test('/healthz is fine', async ({ app }) => {
  expect(await (await app.fetch('/healthz')).text()).toMatch(/^ok tiny-web /);
});

test('what lies in the volume is served', async ({ app, seed }) => {
  await seed.put('app', '/content/hello.txt', `hello ${app.commit}`);
  expect(await (await app.fetch('/hello.txt')).text()).toBe(`hello ${app.commit}`);
});

test('the secret is mounted, and is the one that was generated', async ({ app, secrets }) => {
  const { exitCode, stdout } = await app.exec('app', ['cat', '/run/secrets/admin_token']);
  expect(exitCode).toBe(0);
  expect(stdout === secrets['admin_token']).toBe(true);
});
