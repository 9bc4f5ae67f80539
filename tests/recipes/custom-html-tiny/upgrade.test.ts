import { expect, test } from '../../harness/fixtures.ts';

test('the new version’s web server answers, with the new configuration', async ({ app }) => {
  const { headers } = await app.fetch('/');
  const [, upstream] = app.version?.split('+') ?? [];
  expect(headers.get('server')).toBe(`lighttpd/${upstream}`);
  expect(headers.get('cache-control')).toBe('max-age=300');
});
