import { expect, test } from '../../harness/fixtures.ts';

test('a page that the operator writes is served, and one that is deleted is not', async ({ app, seed }) => {
  await seed.put('app', '/content/page.html', '<title>ours</title>');
  expect(await (await app.fetch('/page.html')).text()).toBe('<title>ours</title>');
  await app.exec('app', ['rm', '/content/page.html']);
  expect((await app.fetch('/page.html')).status).toBe(404);
});
