import { expect, test } from '../../harness/fixtures.ts';

test('a page that the operator changes is served as it is now', async ({ app, seed }) => {
  for (const text of ['first', 'second, and longer']) {
    await seed.put('app', '/public/page.html', text);
    expect(await (await app.fetch('/page.html')).text()).toBe(text);
  }
});

test('a visitor who has the page already is told so', async ({ app, seed }) => {
  await seed.put('app', '/public/kept.txt', 'as it was');
  const tag = (await app.fetch('/kept.txt')).headers.get('etag') ?? '';
  expect(tag).not.toBe('');
  expect((await app.fetch('/kept.txt', { headers: { 'if-none-match': tag } })).status).toBe(304);
});

test('nothing above the content can be asked for', async ({ app }) => {
  // Encoded slashes, because a URL drops `..` by itself.
  const answer = await app.fetch('/..%2f..%2fetc%2fpasswd');
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await answer.text()).not.toContain('www-data:');
});
