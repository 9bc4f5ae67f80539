import { expect, test } from '../../../harness/fixtures.ts';

test('a visitor sees the page, over a connection that the browser trusts', async ({
  app,
  evidence,
  page,
}) => {
  const answer = await page.goto('/');
  expect(answer?.status()).toBe(200);
  expect(await page.title()).toBe('Welcome to nginx!');
  expect((await answer?.securityDetails())?.issuer).toBeTruthy();
  expect(new URL(page.url()).host).toBe(app.domain);
  await evidence('front-page.png', await page.screenshot());
});

test('a page that the operator puts there is shown', async ({ page, seed }) => {
  const html = '<!doctype html><title>Ours</title><p id="who">the operator</p>';
  await seed.put('app', '/usr/share/nginx/html/ours.html', html);
  await page.goto('/ours.html');
  expect(await page.locator('#who').textContent()).toBe('the operator');
});
