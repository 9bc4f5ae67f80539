import { expect, test } from '../../harness/fixtures.ts';

const CONTENT = '/usr/share/nginx/html';

test('a page that the operator changes is served as it is now', async ({ app, seed }) => {
  for (const text of ['first', 'second']) {
    await seed.put('app', `${CONTENT}/page.txt`, text);
    expect(await (await app.fetch('/page.txt')).text()).toBe(text);
  }
});

test('a visitor who has the page already is told so', async ({ app, seed }) => {
  await seed.put('app', `${CONTENT}/kept.txt`, 'as it was');
  const tag = (await app.fetch('/kept.txt')).headers.get('etag') ?? '';
  expect(tag).not.toBe('');
  expect((await app.fetch('/kept.txt', { headers: { 'if-none-match': tag } })).status).toBe(304);
});
