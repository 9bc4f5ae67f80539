import { request } from 'node:http';
import { brotliDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedBody } from '../ctl/testing.ts';
import { grow, numbered } from './stream-testing.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.end());

const codes = (count: number, headers: (index: number) => Record<string, string>): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, async (_, at) => (await world.get('/', headers(at))).status));

/** As it comes over the line: `fetch` would take the compression away. */
async function raw(
  path: string,
  headers: Record<string, string>,
): Promise<{ body: Buffer; headers: object }> {
  const { promise, resolve } = Promise.withResolvers<{ body: Buffer; headers: object }>();
  request({ port: world.http.port, host: '127.0.0.1', path, headers }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => resolve({ body: Buffer.concat(chunks), headers: answer.headers }));
  }).end();
  return promise;
}

describe('who asks too often', () => {
  it('is told so in a sentence, and others are not', async () => {
    await world.start({ limits: { perMinute: 5 } });
    const all = await codes(8, () => ({}));
    expect(all.filter((code) => code === 200)).toHaveLength(5);
    const refused = await world.get('/');
    expect([refused.status, await refused.text()]).toEqual([
      429,
      'That was asked too often; try again in a minute.\n',
    ]);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    for (const path of ['/healthz', '/readyz']) expect((await world.get(path)).status).toBe(200);
    expect((await world.deliver('{}')).status).not.toBe(429);
  });

  it('gains nothing by saying that it is somebody else', async () => {
    await world.start({ limits: { perMinute: 5 } });
    const all = await codes(8, (at) => ({
      'x-forwarded-for': `192.0.2.${at}`,
      forwarded: `for=192.0.2.${at}`,
    }));
    expect(all.filter((code) => code === 429)).toHaveLength(3);
  });

  it('is one of two behind a proxy that is known, whatever it said of itself before', async () => {
    await world.start({ limits: { perMinute: 5 }, proxies: ['127.0.0.0/8'] });
    const forged = (at: number): string => `198.51.100.${at}, 192.0.2.1`;
    const one = await codes(8, (at) => ({ 'x-forwarded-for': forged(at) }));
    expect(one.filter((code) => code === 429)).toHaveLength(3);
    const other = await codes(5, () => ({ 'x-forwarded-for': '192.0.2.2' }));
    expect(new Set(other)).toEqual(new Set([200]));
  });
});

describe('what is sent', () => {
  it('is compressed for who understands it, also in pieces', async () => {
    await world.start();
    await grow(world, '1-install', numbered(1, 3_000));
    await world.run('ghost-1', finishedBody('Passed'));
    const plain = await raw('/runs/ghost-1', {});
    const packed = await raw('/runs/ghost-1', { 'accept-encoding': 'br, gzip' });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(packed.body.length).toBeLessThan(plain.body.length / 5);
    expect(brotliDecompressSync(packed.body).toString()).toBe(plain.body.toString());
  });

  it('is never compressed where it is an event', async () => {
    await world.start();
    await grow(world, '1-install', numbered(1, 3_000));
    await world.run('ghost-1', finishedBody('Passed'));
    const events = await raw('/api/v1/runs/ghost-1/logs?follow', { 'accept-encoding': 'br, gzip' });
    expect(events.headers).toMatchObject({ 'cache-control': 'no-store, no-transform' });
    expect(events.headers).not.toHaveProperty('content-encoding');
    expect(events.body.toString()).toContain('event: lines');
  });

  it.each([
    '/',
    '/recipes/ghost',
    '/api/v1/runs',
    '/api/v1/runs/ghost-1',
    '/badge/ghost.svg',
    '/assets/style.css',
  ])('%s is not sent again to who has it', async (path) => {
    await world.start();
    await world.run('ghost-1', finishedBody('Passed'));
    const tag = (await world.get(path)).headers.get('etag') ?? '';
    const again = await world.get(path, { 'if-none-match': `"x", ${tag}` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await world.get(path, { 'if-none-match': '"x"' })).status).toBe(200);
  });

  it('says of itself what browsers may do with it', async () => {
    await world.start();
    for (const path of ['/', '/api/v1/runs', '/assets/style.css', '/none', '/healthz'])
      expect(Object.fromEntries((await world.get(path)).headers)).toMatchObject({
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': 'camera=(), geolocation=(), microphone=()',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
      });
  });
});
