import { expect, test } from '../../harness/fixtures.ts';

test('a new install shows the image’s own page', async ({ app }) => {
  const answer = await app.fetch('/');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/html');
  expect(await answer.text()).toContain('<h1>It works</h1>');
});

test('what lies in the volume is served, as what it is', async ({ app, seed }) => {
  await seed.put('app', '/public/hello.txt', `hello from ${app.commit}\n`);
  const answer = await app.fetch('/hello.txt');
  expect(await answer.text()).toBe(`hello from ${app.commit}\n`);
  expect(answer.headers.get('content-type')).toContain('text/plain');
});

test('the web server runs the recipe’s own configuration', async ({ app }) => {
  // The image's own configuration knows no types and sends no such header.
  expect((await app.fetch('/')).headers.get('cache-control')).toMatch(/^max-age=\d+$/);
});

test('there is no shell to get into', async ({ app }) => {
  for (const program of ['sh', '/bin/sh', 'busybox', 'cat']) {
    const { exitCode } = await app.exec('app', [program]);
    expect([126, 127]).toContain(exitCode);
  }
});
