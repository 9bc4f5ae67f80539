import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedBody, statusBody } from '../ctl/testing.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

const json = async (path: string): Promise<Record<string, unknown>> =>
  (await (await world.get(path)).json()) as Record<string, unknown>;

describe('a badge', () => {
  it('is a picture with its words in it, and is not sent again where it is the same', async () => {
    await world.run('ghost-1', finishedBody('Passed'));
    const answer = await world.get('/badge/ghost.svg');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'no-cache',
      'cross-origin-resource-policy': 'cross-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    const svg = await answer.text();
    expect(svg).toMatch(/^<svg[^>]* role="img"[^>]*aria-label="cc-ci: level 5"/);
    expect(svg).toContain('<title>cc-ci: level 5</title>');
    const tag = answer.headers.get('etag') ?? '';
    const again = await world.get('/badge/ghost.svg', { 'if-none-match': tag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    await world.run('ghost-2', finishedBody('Failed', { uid: 'u-2', createdAt: '2026-11-30T11:00:00.000Z' }));
    expect((await world.get('/badge/ghost.svg', { 'if-none-match': tag })).status).toBe(200);
  });

  it('is what shields.io asks for', async () => {
    await world.run('ghost-1', finishedBody('Failed'), { source: { ref: 'x', pr: 12 } });
    expect(await json('/badge/ghost.json')).toEqual({
      schemaVersion: 1,
      label: 'cc-ci',
      message: 'no results',
      color: '#9f9f9f',
    });
    expect(await json('/badge/ghost.json?pr=12')).toMatchObject({ message: 'failing' });
    expect(await json('/badge/ghost.json?pr=<script>&stage=nonsense&version=')).toMatchObject({
      message: 'no results',
    });
  });

  it.each(['none.svg', '..%2fx.svg', '<script>.svg', 'nonsense', 'A.svg'])(
    'says of %s that there is no such recipe, and repeats nothing',
    async (file) => {
      const answer = await world.get(`/badge/${file}`);
      const svg = await answer.text();
      expect([answer.status, svg.includes('unknown recipe'), svg.includes('script')]).toEqual([
        200,
        true,
        false,
      ]);
    },
  );
});

describe('the API', () => {
  const PRIVATE = {
    accepted: {
      run: { recipe: 'ghost', source: { ref: 'main' } },
      recipe: { category: 'simple', source: { repo: 'https://x/y' }, env: { CODE: 'c4n4ry' } },
      repo: 'https://x/y',
      createdAt: '2020-01-01T00:00:00.000Z',
    } as never,
  };

  it('lists runs newest first, of one recipe, and piece by piece', async () => {
    for (const minute of [1, 2, 3])
      await world.run(
        `ghost-${minute}`,
        finishedBody('Passed', { uid: `u-${minute}`, createdAt: `2026-11-30T11:0${minute}:00.000Z` }),
      );
    await world.run('other-1', statusBody({ uid: 'u-o' }), { recipe: 'other' });
    const names = async (query: string): Promise<unknown> => {
      const { items, metadata } = await json(`/api/v1/runs${query}`);
      return [(items as { metadata: { name: string } }[]).map(({ metadata: { name } }) => name), metadata];
    };
    expect(await names('?recipe=ghost&limit=2')).toEqual([['ghost-3', 'ghost-2'], { total: 3, offset: 0 }]);
    expect(await names('?recipe=ghost&limit=2&offset=2')).toEqual([['ghost-1'], { total: 3, offset: 2 }]);
    expect(await names('')).toMatchObject([{ length: 4 }, { total: 4 }]);
    expect((await world.get('/api/v1/runs?limit=501')).status).toBe(400);
    expect((await world.get('/api/v1/runs?limit=-1')).status).toBe(400);
  });

  it('shows a run without what is nobody’s business', async () => {
    await world.run('ghost-1', finishedBody('Failed', { ...PRIVATE, message: `${world.layout.root}/x` }), {
      source: { ref: 'main', repo: 'https://me:hunter2@git.example.org/x.git' },
    });
    for (const path of ['/api/v1/runs/ghost-1', '/api/v1/runs']) {
      const answer = await world.get(path);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      const text = await answer.text();
      expect(text).toContain('https://***@git.example.org/x.git');
      for (const word of ['hunter2', 'c4n4ry', world.root, 'accepted']) expect(text).not.toContain(word);
    }
    expect(await json('/api/v1/runs/ghost-1')).toMatchObject({
      kind: 'TestRun',
      metadata: { name: 'ghost-1' },
      status: { verdict: 'Failed' },
    });
  });

  it('says that a run is not there, and takes no other method', async () => {
    const answer = await world.get('/api/v1/runs/none');
    expect([answer.status, await answer.json()]).toMatchObject([404, { kind: 'Problem' }]);
    const url = `http://127.0.0.1:${world.http.port}/api/v1/runs/none`;
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await fetch(url, { method })).status).toBe(404);
  });
});
