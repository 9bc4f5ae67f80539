import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Thing } from '../ports.ts';
import { makeSwarm } from './docker.ts';
import { STACK_LABEL } from './things.ts';

const dir = mkdtempSync(join(tmpdir(), 'ccci-kill-'));
const CONTAINER: Thing = {
  kind: 'container',
  id: 'c1',
  name: 'shop_app.1.t1',
  stack: 'shop',
  createdAt: new Date(0),
};
const INSPECTED = { Name: '/shop_app.1.t1', Config: { Labels: { [STACK_LABEL]: 'shop' } } };

let server: Server;
let count = 0;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Told {
  readonly status: number;
  readonly body: unknown;
}

/** An engine that says this of the container, and this when it is told to kill it; and what it was told. */
async function engine(inspect: Told, kill: Told = { status: 204, body: '' }) {
  const posted: string[] = [];
  server = createServer((request, response) => {
    if (request.method === 'POST') posted.push(request.url ?? '');
    const { status, body } = request.method === 'POST' ? kill : inspect;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  const socket = join(dir, `${++count}.sock`);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { swarm: makeSwarm({ dockerHost: `unix://${socket}` }), posted };
}

const there = { status: 200, body: INSPECTED };
const refused = (status: number, message: string): Told => ({ status, body: { message } });

describe('kill', () => {
  it('sends the signal that no program can handle', async () => {
    const { swarm, posted } = await engine(there);
    await swarm.kill(CONTAINER);
    expect(posted).toHaveLength(1);
    expect(posted[0]).toMatch(/^\/containers\/c1\/kill\?signal=SIGKILL(&|$)/);
  });

  it.each([
    { because: 'it is gone', inspect: refused(404, 'No such container: c1') },
    {
      because: 'it went meanwhile',
      inspect: there,
      kill: refused(404, 'Cannot kill container: c1: No such container: c1'),
    },
    {
      because: 'it has ended',
      inspect: there,
      kill: refused(409, 'Cannot kill container: c1: Container c1 is not running'),
    },
  ])('is done where $because', async ({ inspect, kill }) => {
    const { swarm } = await engine(inspect, kill);
    await expect(swarm.kill(CONTAINER)).resolves.toBeUndefined();
  });

  it.each([
    { because: 'another name', container: { ...CONTAINER, name: 'shop_db.1.t2' }, body: INSPECTED },
    { because: 'another stack', container: { ...CONTAINER, stack: 'shop_eu' }, body: INSPECTED },
    { because: 'no stack that was meant', container: { ...CONTAINER, stack: null }, body: INSPECTED },
    { because: 'no label', container: CONTAINER, body: { ...INSPECTED, Config: { Labels: null } } },
  ])('leaves alone what bears $because', async ({ container, body }) => {
    const { swarm, posted } = await engine({ status: 200, body });
    await expect(swarm.kill(container)).rejects.toThrow('was left alone');
    expect(posted).toEqual([]);
  });

  it('is an error where the engine fails', async () => {
    const { swarm } = await engine(there, refused(500, 'containerd is gone'));
    await expect(swarm.kill(CONTAINER)).rejects.toThrow('containerd is gone');
  });
});
