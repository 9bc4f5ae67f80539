import { expect, test } from '../../../harness/fixtures.ts';

test('a visitor sees the front page, with its style', async ({ app, evidence, page }) => {
  const answer = await page.goto('/index.php?title=Main_Page');
  expect(answer?.status()).toBe(200);
  expect(new URL(page.url()).host).toBe(app.domain);
  expect(await page.locator('#firstHeading').textContent()).toBe('Main Page');
  // Without the skin's style the sidebar stands under the text.
  await expect.poll(() => page.locator('style, link[rel=stylesheet]').count()).toBeGreaterThan(0);
  await evidence('front-page.png', await page.screenshot());
});
