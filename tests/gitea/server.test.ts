/** The Gitea of the tests: it is ended and begun as tests need it, and says what it was asked. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { argvOf, listPids } from '../sandbox/processes.ts';
import { ADA, BOT, EVE, makeWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => world.stop());

/** Processes of this very server. */
const pids = (): number[] =>
  listPids().filter((pid) => argvOf(pid)[0] === join(world.server.dir, 'program', 'gitea'));
const uidOf = (pid: number): number =>
  Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

describe('a Gitea', () => {
  it('runs as nobody where the tests are root, and else as who runs them', () => {
    const own = process.getuid?.() ?? 0;
    expect(pids().map(uidOf)).toEqual([own === 0 ? 65534 : own]);
  });

  it('says who asked it for what, and how it answered', async () => {
    const before = (await world.server.requests()).length;
    await world.as(EVE).ask('GET', '/repos/nobody/nothing?a=b%20c');
    await world.as(null).ask('GET', '/version');
    const { botToken, server } = world;
    await fetch(`${server.url}/api/v1/user`, {
      headers: { authorization: `token ${botToken}`, 'user-agent': 'a b' },
    });
    expect((await server.requests()).slice(before)).toMatchObject([
      { method: 'GET', path: '/api/v1/repos/nobody/nothing?a=b%20c', status: 404, user: EVE },
      { method: 'GET', path: '/api/v1/version', status: 200, user: null },
      { method: 'GET', path: '/api/v1/user', status: 200, user: BOT, userAgent: 'a b' },
    ]);
  });

  it('refuses connections in an outage, and has its data and its address again after it', async () => {
    await world.server.down();
    expect(pids()).toEqual([]);
    await expect(world.as(ADA).ask('GET', '/user')).rejects.toThrow('fetch failed');
    await world.server.up();
    const { login } = z.object({ login: z.string() }).parse(await world.as(ADA).must('GET', '/user'));
    expect(login).toBe(ADA);
  });

  it('takes no registrations: its people are those that a test made', async () => {
    const page = await fetch(`${world.server.url}/user/sign_up`);
    expect(await page.text()).toContain('Registration is disabled');
  });

  it('leaves neither a process nor a file', async () => {
    const other = await makeWorld();
    await other.stop();
    expect(existsSync(other.server.dir)).toBe(false);
    expect(listPids().filter((pid) => argvOf(pid).includes(other.server.dir))).toEqual([]);
  });
});
