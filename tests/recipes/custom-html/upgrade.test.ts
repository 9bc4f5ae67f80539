import { expect, test } from '../../harness/fixtures.ts';

test('nginx runs the new version’s configuration', async ({ app, skip }) => {
  const answer = await app.fetch('/version');
  if (answer.status !== 200) skip('this recipe’s configuration has no /version');
  expect(await answer.text()).toContain(app.version);
});

test('the front page is still there', async ({ app }) => {
  expect((await app.fetch('/')).status).toBe(200);
});
