/** What only a browser can see. Runs with the stage of the same name. */
import { expect, test } from '../../../harness/fixtures.ts';

test('a visitor sees the front page', async ({ evidence, page }) => {
  await page.goto('/');
  expect(await page.title()).toBe('REPLACE: the title');
  await evidence('front-page.png', await page.screenshot());
});
