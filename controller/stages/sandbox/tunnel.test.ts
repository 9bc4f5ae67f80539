import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTunnel, type Tunnel } from './tunnel.ts';

let dir: string;
let app: Server;
let tunnel: Tunnel;
let reached = 0;
const refused: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-tunnel-'));
  app = createServer((socket) => {
    reached += 1;
    socket.on('error', () => undefined);
    socket.on('data', (piece) => socket.end(`the app got ${piece.toString()}`));
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  const { port } = app.address() as AddressInfo;
  const onRefused = (where: string): void => void refused.push(where);
  tunnel = await openTunnel({ domain: 'web.ci.test', address: '127.0.0.1', dir, port, onRefused });
});
afterAll(async () => {
  await tunnel.close();
  app.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  reached = 0;
  refused.length = 0;
});

/** All that comes back. */
async function say(text: string): Promise<string> {
  const client = connect({ path: tunnel.socket });
  client.setEncoding('latin1');
  client.write(text);
  let got = '';
  client.on('data', (piece: string) => {
    got += piece;
    if (got.startsWith('HTTP/1.1 200 ') && got.endsWith('\r\n\r\n')) client.write('hello');
  });
  await once(client, 'close');
  return got;
}

describe('the tunnel', () => {
  it.each(['web.ci.test:443', 'WEB.ci.test:443', 'api.web.ci.test:443'])('leads to %s', async (target) => {
    expect(await say(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 200 .*the app got hello$/s,
    );
    expect(refused).toEqual([]);
  });

  it.each([
    { because: 'another app of the zone', target: 'other.ci.test:443' },
    { because: 'the zone itself', target: 'ci.test:443' },
    { because: 'a name that only ends like it', target: 'evilweb.ci.test:443' },
    { because: 'a name that only begins like it', target: 'web.ci.test.evil.test:443' },
    { because: 'another port of it', target: 'web.ci.test:2375' },
    { because: 'a port that only ends like it', target: 'web.ci.test:80443' },
    { because: 'a second address behind it', target: 'web.ci.test:443@127.0.0.1:443' },
    { because: 'loopback', target: '127.0.0.1:443' },
    { because: 'loopback in its other family', target: '[::1]:443' },
    { because: 'loopback as one number', target: '2130706433:443' },
    { because: 'a neighbour', target: '192.168.1.1:443' },
    { because: 'the metadata address', target: '169.254.169.254:443' },
    { because: 'the run’s name with a NUL’s escape', target: 'web.ci.test%00.evil.test:443' },
    { because: 'nothing', target: ':443' },
  ])('does not lead to $because', async ({ target }) => {
    expect(await say(`CONNECT ${target} HTTP/1.1\r\nHost: web.ci.test\r\n\r\n`)).toMatch(/^HTTP\/1\.1 403 /);
    expect([reached, refused]).toEqual([0, [target]]);
  });

  it.each([
    'GET http://127.0.0.1:7979/',
    'POST http://169.254.169.254/latest',
    'GET http://web.ci.test/',
    'GET /',
  ])('passes on no request that it could read: %s', async (line) => {
    const got = await say(`${line} HTTP/1.1\r\nHost: web.ci.test\r\nConnection: close\r\n\r\n`);
    expect(got).toMatch(/^HTTP\/1\.1 403 [^]*reaches https:\/\/web\.ci\.test\/ alone/);
    expect(reached).toBe(0);
  });

  it('outlives what is no request at all', async () => {
    expect(await say('\0\x16\x03 nonsense\r\n\r\n')).toBe('');
    expect(await say('CONNECT web.ci.test:443 HTTP/1.1\r\nHost: web.ci.test\r\n\r\n')).toMatch(/the app got/);
  });

  it('says each place once, and not without an end', async () => {
    for (let index = 0; index < 30; index += 1)
      for (const _ of [1, 2]) await say(`CONNECT x${index}.test:443 HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(refused.length).toBeLessThanOrEqual(20);
    expect(new Set(refused).size).toBe(refused.length);
  });
});
