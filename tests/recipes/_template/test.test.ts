/** What a user does with the app, after install, upgrade and restore. */
import { expect, test } from '../../harness/fixtures.ts';

test('the one thing that the app is for', async ({ app }) => {
  const answer = await app.fetch('/api/things', { method: 'POST', body: 'REPLACE' });
  expect(answer.status).toBe(201);
});
