import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { connect as connectSocket, createServer as createPlain, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeThrowawayCa, type ThrowawayCa } from '../../../tests/harness/throwaway-ca.ts';
import { readConfig } from '../../config.ts';
import { openRelay, type Relay } from './relay.ts';
import { runInSandbox, type SandboxEnd } from './sandbox.ts';
import { LIMITS } from './plan.ts';

const APP = 'web.ci.test';
const env = readConfig().baseEnv;
let ca: ThrowawayCa;
let proxy: Server;
let dir: string;
let relay: Relay;
/** What the proxy was asked: `GET web.ci.test /x body`. */
const asked: string[] = [];
const refused: string[] = [];

/** As Traefik: one address for all domains, and the Host header says which. */
beforeAll(async () => {
  ca = await makeThrowawayCa();
  const { cert, key } = await ca.issue([APP, '*.ci.test']);
  proxy = createServer({ cert, key }, (request, response) => {
    void text(request).then((body) => {
      asked.push(`${request.method} ${request.headers.host} ${request.url} ${body}`);
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      if (request.url === '/redirect') response.writeHead(302, { location: '/there' }).end();
      else response.end(`${request.headers.host} ${body}`);
      return asked.length;
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
});
afterAll(async () => {
  proxy.close();
  await ca.remove();
});
beforeEach(async () => {
  asked.length = 0;
  refused.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'ccci-relay-'));
  relay = await open(ca.caFile);
});
afterEach(async () => {
  await relay.close();
  await rm(dir, { recursive: true, force: true });
});

function open(caFile: string | null): Promise<Relay> {
  const { port } = proxy.address() as AddressInfo;
  const onRefused = (what: string): void => void refused.push(what);
  return openRelay({ domain: APP, address: '127.0.0.1', caFile, dir, env, port, onRefused });
}

/** Sends bytes as they are over TLS, and reads until the other side closes. */
async function send(bytes: string): Promise<string> {
  const socket = connect({ path: relay.socket, servername: APP, ca: readFileSync(relay.caFile) });
  await once(socket, 'secureConnect');
  socket.write(bytes);
  socket.setTimeout(5_000, () => socket.destroy());
  return text(socket).catch(() => '');
}

const get = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

describe('the relay', { timeout: 30_000 }, () => {
  it('passes requests to the app, whole, and its answers back', async () => {
    const answer = await send(
      `${get('POST /x?y=1 HTTP/1.1', `Host: ${APP}`, 'Content-Length: 5', 'Connection: close')}hello`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
    expect(answer).toMatch(/a=1[\s\S]*b=2/);
    expect(answer).toContain(`${APP} hello`);
    expect(asked).toEqual([`POST ${APP} /x?y=1 hello`]);
  });

  it.each([
    { because: 'another domain', lines: ['GET / HTTP/1.1', 'Host: other.ci.test'] },
    { because: 'a domain that begins with the app’s', lines: ['GET / HTTP/1.1', `Host: ${APP}.evil.test`] },
    { because: 'another port', lines: ['GET / HTTP/1.1', `Host: ${APP}:8443`] },
    {
      because: 'another host in the request line',
      lines: ['GET https://other.ci.test/ HTTP/1.1', `Host: ${APP}`],
    },
    { because: 'no host', lines: ['GET / HTTP/1.0'] },
    { because: 'a tunnel', lines: ['CONNECT other.ci.test:443 HTTP/1.1', 'Host: other.ci.test'] },
    {
      because: 'an encoding of its own',
      lines: ['POST / HTTP/1.1', `Host: ${APP}`, 'Transfer-Encoding: gzip, chunked'],
    },
    {
      because: 'two lengths',
      lines: ['POST / HTTP/1.1', `Host: ${APP}`, 'Content-Length: 5', 'Transfer-Encoding: chunked'],
    },
    { because: 'no HTTP', lines: ['\u0000\u0001 nonsense'] },
  ])('refuses $because', async ({ lines }) => {
    const answer = await send(get(...lines));
    expect(answer === '' || /^HTTP\/1.1 4\d\d/.test(answer)).toBe(true);
    expect(asked).toEqual([]);
    // And lives.
    expect(await send(get('GET / HTTP/1.1', `Host: ${APP}`, 'Connection: close'))).toContain('200 OK');
  });

  it('tells which one it refused', async () => {
    expect(await send(get('GET / HTTP/1.1', 'Host: other.ci.test'))).toContain(`Only https://${APP}/`);
    expect(refused).toEqual(['The request was for "other.ci.test".']);
  });

  it('lets no request ride in another’s body', async () => {
    const inner = get('GET /smuggled HTTP/1.1', 'Host: other.ci.test');
    const chunked = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    await send(
      get('GET /a HTTP/1.1', `Host: ${APP}`, 'Transfer-Encoding: chunked', 'Connection: close') + chunked,
    );
    await send(
      get('GET /b HTTP/1.1', `Host: ${APP}`, `Content-Length: ${inner.length}`, 'Connection: close') + inner,
    );
    await send(get('GET /c HTTP/1.1', `Host: ${APP}`, 'Connection: upgrade', 'Upgrade: websocket') + inner);
    expect(asked.map((each) => each.split(' ').slice(0, 3).join(' '))).toEqual([
      `GET ${APP} /a`,
      `GET ${APP} /b`,
      `GET ${APP} /c`,
    ]);
  });

  it('talks to nobody whose certificate is not trusted', async () => {
    await relay.close();
    relay = await open(null);
    const answer = await send(get('GET / HTTP/1.1', `Host: ${APP}`, 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1.1 502[\s\S]*certificate/);
    expect(asked).toEqual([]);
  });
});

describe.skipIf(process.getuid?.() !== 0)('a sandbox with a relay', { timeout: 60_000 }, () => {
  const run = async (script: string): Promise<SandboxEnd & { said: string }> => {
    const end = await runInSandbox({
      dir: await mkdtemp(join(dir, 'one-')),
      domain: APP,
      relaySocket: relay.socket,
      mark: `unit-${process.pid}/relay`,
      outerEnv: env,
      now: new Date(),
      argv: ['sh', '-c', script],
      cwd: '/tmp',
      env: { PATH: '/usr/bin:/bin', CURL_CA_BUNDLE: '/ccci/ca.crt' },
      binds: [{ from: relay.caFile, to: '/ccci/ca.crt' }],
      report: null,
      limits: { ...LIMITS, timeoutMs: 20_000 },
    });
    return { ...end, said: end.output.head.toString() };
  };

  it('reaches the app over verified HTTPS', async () => {
    expect(await run(`curl -sS https://${APP}/hello`)).toMatchObject({ exitCode: 0, said: `${APP} ` });
  });

  it('reaches nothing else: no other domain, port or address, and no socket of the machine', async () => {
    const { port } = proxy.address() as AddressInfo;
    const tcp = createPlain((socket) => socket.end('reached'));
    tcp.listen(0, '0.0.0.0');
    await once(tcp, 'listening');
    const open = (tcp.address() as AddressInfo).port;
    const tries = [
      'https://other.ci.test/',
      `--resolve other.ci.test:443:127.0.0.1 https://other.ci.test/`,
      `-k --resolve other.ci.test:443:127.0.0.1 https://other.ci.test/`,
      `-k -H "Host: other.ci.test" https://${APP}/`,
      `http://${APP}/`,
      `http://127.0.0.1:${open}/`,
      `-k https://127.0.0.1:${port}/`,
      'http://169.254.169.254/',
      '--unix-socket /var/run/docker.sock http://localhost/info',
      `--unix-socket ${relay.socket} http://localhost/`,
    ];
    try {
      const { said } = await run(
        tries.map((one) => `curl -sS -m 15 -o /dev/null -w "%{http_code}\\n" ${one} 2>&1`).join('\n'),
      );
      const codes = said.split('\n').filter((line) => /^\d{3}$/.test(line));
      expect(codes).toEqual(['000', '000', '421', '421', '000', '000', '000', '000', '000', '000']);
      expect(asked).toEqual([]);
      const socket = connectSocket(open, '127.0.0.1');
      expect(await text(socket)).toBe('reached');
    } finally {
      tcp.close();
    }
  });
});
