/** The floor for every recipe that has no tests of its own: it answers, and a browser can show it. */
import { expect, test } from '../../harness/fixtures.ts';

test('the health path answers as the RecipeSpec says', async ({ app }) => {
  const answer = await app.fetch(app.health.path);
  expect(answer.status).toBe(app.health.status);
});

test('the page loads in a browser without errors of its own', async ({ app, evidence, page }) => {
  const errors: string[] = [];
  const own = (url: string): boolean => url === '' || url.startsWith(app.url);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // Every browser asks for an icon; not having one is no error of the app.
    const { url } = message.location();
    if (message.type() === 'error' && own(url) && !url.endsWith('/favicon.ico')) errors.push(message.text());
  });
  const answer = await page.goto(app.health.path, { waitUntil: 'load' });
  await evidence('page.png', await page.screenshot());
  expect(answer?.status()).toBe(app.health.status);
  expect(errors).toEqual([]);
});
