/**
 * Copy this folder to tests/recipes/<recipe> and say what a user of the app would say if it did not work.
 * What `app`, `page`, `seed`, `secrets` and `evidence` can do is in tests/harness/README.md.
 */
import { expect, test } from '../../harness/fixtures.ts';

test('the front page says what it is', async ({ app }) => {
  const answer = await app.fetch('/');
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('REPLACE: words that only this app says');
});

test('the API answers', async ({ app }) => {
  const answer = await app.fetch('/api/health');
  expect(await answer.json()).toMatchObject({ status: 'ok' });
});

test('secrets are mounted and not shown', async ({ app, secrets }) => {
  const page = await (await app.fetch('/')).text();
  for (const value of Object.values(secrets)) expect(page).not.toContain(value);
});
