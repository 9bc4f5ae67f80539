/** The floor for every recipe that has no tests of its own: it answers, and a browser can show it. */
import { expect, test } from '../../harness/fixtures.ts';
import { answerOf, watchErrors } from '../../harness/visit.ts';

test('the health path answers as the RecipeSpec says', async ({ app }) => {
  expect((await answerOf(app)).status).toBe(app.health.status);
});

test('the page loads in a browser without errors of its own', async ({ app, evidence, page }) => {
  const { isPage, status } = await answerOf(app);
  expect(status).toBe(app.health.status);
  // A browser has nothing to show of a download or of an empty answer.
  if (!isPage) return;
  const errors = watchErrors(app, page);
  const shown = await page.goto(app.health.path, { waitUntil: 'load' });
  await evidence('page.png', await page.screenshot());
  expect(shown?.status()).toBe(app.health.status);
  expect(errors).toEqual([]);
});
