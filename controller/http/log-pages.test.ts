import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedBody, statusBody } from '../ctl/testing.ts';
import { grow, numbered } from './stream-testing.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

const text = async (path: string): Promise<string> => (await world.get(path)).text();

describe('the log on the page of a run', () => {
  it('has its colours as classes, and no style', async () => {
    await grow(world, '1-install', ['\u001b[1;31mred\u001b[0m, \u001b[38;2;1;2;3;48;5;226mx']);
    await world.run('ghost-1', finishedBody('Passed'));
    const page = await text('/runs/ghost-1');
    expect(page).toContain('<span class="a-bold a-ink1">red</span>, ');
    expect(page).toContain('<span class="a-ink0 a-paper3">x</span>');
    expect(page).not.toContain(' style=');
    expect(page).not.toContain('\u001b');
  });

  it('is looked through as a whole, also where it is longer than the page', async () => {
    await grow(world, '1-install', [...numbered(1, 20_005)]);
    await grow(world, '1-upgrade', ['line 3 of another step <b>']);
    await world.run('ghost-1', finishedBody('Passed'));
    const page = await text('/runs/ghost-1?q=LINE+3+of');
    expect(page).toContain('1 line with "LINE 3 of"');
    expect(page).toContain('<a href="#upgrade.L1">upgrade.L1</a>');
    const many = await text('/runs/ghost-1?q=line');
    expect(many).toContain('20006 lines with "line", the first 500 of them');
    // What is not on the page has no address on it.
    expect(many).toContain('<b>install.L1</b>');
    const ids = new Set([...many.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    expect([...many.matchAll(/href="#([^"]+)"/g)].filter(([, id]) => !ids.has(id ?? ''))).toEqual([]);
  });

  it.each(['?q=', '?q=%20', '?q=a&q=b', '?q[x]=1'])('looks for nothing with %s', async (query) => {
    await grow(world, '1-install', ['a b x']);
    await world.run('ghost-1', finishedBody('Passed'));
    const answer = await world.get(`/runs/ghost-1${query}`);
    expect([answer.status, (await answer.text()).includes('id="found"')]).toEqual([200, false]);
  });

  it('says to a script where it ends, as long as there is more to come', async () => {
    const before = await grow(world, '1-install', ['a', 'b']);
    await world.run('ghost-1', statusBody({ phase: 'Running', stage: 'install' }));
    const after = `data-after="1-install:${Buffer.byteLength(before)}:3"`;
    expect(await text('/runs/ghost-1')).toContain(after);
    const state = await text('/runs/ghost-1?part=state');
    expect(state).toContain('id="verdict"');
    expect(state).not.toContain('id="install.L1"');
    await world.store.putStatus('ghost-1', finishedBody('Passed'), 1);
    expect(await text('/runs/ghost-1')).not.toContain('data-follow');
  });

  it('does not keep the controller from its work while it is made', async () => {
    await grow(
      world,
      '1-install',
      Array.from({ length: 20_000 }, (_, index) => `line ${index} ${'x'.repeat(300)}`),
    );
    await world.run('ghost-1', finishedBody('Passed'));
    await text('/runs/ghost-1');
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await text('/runs/ghost-1');
    clearInterval(timer);
    // A page that is made in one go leaves next to none.
    expect(turns).toBeGreaterThan(40);
  });

  it('is there as text, and compressed', async () => {
    await grow(world, '1-install', ['\u001b[31mone\u001b[0m', 'two']);
    await world.run('ghost-1', finishedBody('Passed'));
    const plain = await text('/api/v1/runs/ghost-1/logs');
    const answer = await world.get('/api/v1/runs/ghost-1/logs.gz');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="ghost-1.log.gz"');
    expect(gunzipSync(Buffer.from(await answer.arrayBuffer())).toString()).toBe(plain);
    expect(plain).toMatch(/ 1-install \[db\] one\n.* two\n$/);
  });
});

describe('the script of the pages', () => {
  it('is ours, without types, and small', async () => {
    await world.run('ghost-1', finishedBody('Passed'));
    const sources = [...(await text('/')).matchAll(/<script [^>]*src="([^"]+)"/g)].map(
      ([, src]) => src ?? '',
    );
    const seen = new Map<string, string>();
    for (let todo = sources; todo.length > 0;) {
      const next: string[] = [];
      for (const source of todo.filter((each) => !seen.has(each))) {
        const answer = await world.get(source);
        expect([source, answer.status, answer.headers.get('content-type')]).toEqual([
          source,
          200,
          'text/javascript; charset=utf-8',
        ]);
        const script = await answer.text();
        seen.set(source, script);
        const imports = [...script.matchAll(/from '([^']+)'/g)].map(([, from]) => from ?? '');
        next.push(...imports.map((from) => new URL(from, `http://x${source}`).pathname));
      }
      todo = next;
    }
    expect(seen.size).toBeGreaterThan(3);
    const all = [...seen.values()].join('');
    expect(all.length).toBeLessThan(100_000);
    expect(all).not.toMatch(/innerHTML\s*=|insertAdjacentHTML|\beval\b|new Function|document\.write/);
  });
});
