import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeThrowawayCa, type Issued, type ThrowawayCa } from '../../../tests/harness/throwaway-ca.ts';
import { makeProber, proveRoute, type Prober, type RouteResult } from './probe.ts';

const ZONE = 'ci.test';
const APP = `app.${ZONE}`;
const ADDRESS = '127.0.0.1';
type Handler = (host: string, request: IncomingMessage, response: ServerResponse) => void;

let ca: ThrowawayCa;
let issued: Issued;
const servers: Server[] = [];

beforeAll(async () => {
  ca = await makeThrowawayCa();
  issued = await ca.issue([`*.${ZONE}`]);
});
afterAll(() => ca.remove());
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(handler: Handler, certificate = issued): Promise<number> {
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) =>
    handler((request.headers.host ?? '').split(':')[0] ?? '', request, response),
  );
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, ADDRESS, done));
  return (server.address() as AddressInfo).port;
}

const traefik404 = (response: ServerResponse): unknown =>
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');

/** As Traefik does: a route for the app, its own 404 for the rest. */
const behindProxy =
  (app: Handler): Handler =>
  (host, request, response) =>
    host === APP ? app(host, request, response) : traefik404(response);

const plain =
  (status: number, text: string): Handler =>
  (_host, _request, response) =>
    response.writeHead(status).end(text);

interface Asked {
  readonly status?: number;
  readonly path?: string;
  readonly contains?: string;
  readonly withinMs?: number;
  readonly caFile?: string | null;
  readonly address?: string;
  readonly signal?: AbortSignal;
  readonly isAllThere?: (reason: string) => Promise<boolean>;
}

function prove(port: number, asked: Asked = {}): Promise<RouteResult> {
  const {
    status = 200,
    path = '/',
    withinMs = 250,
    caFile = ca.caFile,
    address = ADDRESS,
    signal,
    contains,
    isAllThere,
  } = asked;
  const deadline = new Date(Date.now() + withinMs);
  const deps = {
    prober: makeProber({ address, caFile }),
    clock: { now: () => new Date() },
    wait: async (ms: number) => sleep(ms / 5),
    isAllThere,
  };
  return proveRoute({ domain: APP, path, status, contains, deadline, port, signal, graceMs: 200 }, deps);
}

const prober = (caFile: string | null = ca.caFile): Prober => makeProber({ address: ADDRESS, caFile });

describe('makeProber', () => {
  it('verifies the certificate for the name that was asked for and reports it', async () => {
    const port = await serve(plain(200, 'hello'));
    const answer = await prober().probe(`https://${APP}:${port}/`);
    expect(answer).toMatchObject({ ok: true, status: 200, bodyStart: 'hello' });
    expect(answer.ok && answer.certificateSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.ok && answer.certificateIssuer).toBe('cc-ci throw-away authority, cc-ci');
  });

  it('trusts no authority that it was not told of', async () => {
    const port = await serve(plain(200, 'hello'));
    const answer = await prober(null).probe(`https://${APP}:${port}/`);
    expect(answer).toMatchObject({ ok: false, reason: 'CertificateNotTrusted' });
  });

  it('refuses a certificate of a trusted authority for another name', async () => {
    const port = await serve(plain(200, 'hello'), await ca.issue(['*.elsewhere.test']));
    const answer = await prober().probe(`https://${APP}:${port}/`);
    expect(answer).toMatchObject({ ok: false, reason: 'CertificateNotTrusted' });
  });

  it('follows redirects on the same host and says so', async () => {
    const port = await serve((_host, request, response) => {
      if (request.url === '/login') response.end('log in');
      else response.writeHead(302, { location: '/login' }).end();
    });
    const answer = await prober().probe(`https://${APP}:${port}/`);
    const start = `https://${APP}:${port}/`;
    expect(answer).toMatchObject({ status: 200, redirects: [start], url: `${start}login` });
  });

  it.each(['https://other.ci.test/', `http://${APP}/`])(
    'does not follow a redirect to %s',
    async (location) => {
      const port = await serve((_host, _request, response) => response.writeHead(302, { location }).end());
      expect(await prober().probe(`https://${APP}:${port}/`)).toMatchObject({ status: 302, redirects: [] });
    },
  );

  it('ends a chain of redirects after three', async () => {
    let asked = 0;
    const port = await serve((_host, _request, response) => {
      asked += 1;
      response.writeHead(302, { location: `/${asked}` }).end();
    });
    expect(await prober().probe(`https://${APP}:${port}/`)).toMatchObject({ status: 302 });
    expect(asked).toBe(4);
  });

  it('reads one megabyte of an endless body', async () => {
    const port = await serve((_host, _request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await prober().probe(`https://${APP}:${port}/`)).toMatchObject({ ok: true, status: 200 });
  });

  it('does not wait for ever for an answer', async () => {
    const port = await serve(() => undefined);
    const answer = await prober().probe(`https://${APP}:${port}/`, { timeoutMs: 300 });
    expect(answer).toMatchObject({ ok: false, reason: 'NoAnswer' });
  });

  it('tells a refused connection from an answer', async () => {
    const answer = await prober().probe(`https://${APP}:1/`);
    expect(answer).toMatchObject({ ok: false, reason: 'Unreachable' });
  });

  it('tells a handshake that is broken off from an untrusted certificate', async () => {
    const server = createTcpServer((socket) => socket.destroy());
    await new Promise<void>((done) => server.listen(0, ADDRESS, done));
    const answer = await prober().probe(`https://${APP}:${(server.address() as AddressInfo).port}/`);
    server.close();
    expect(answer).toMatchObject({ ok: false, reason: 'TlsRefused' });
  });

  it('says at once that the authority’s file is missing', () => {
    expect(() => makeProber({ address: null, caFile: '/nowhere/ca.crt' })).toThrow(/ENOENT/);
  });
});

describe('proveRoute', () => {
  it('proves an app that answers three times in a row', async () => {
    const port = await serve(behindProxy(plain(200, 'the app')));
    const result = await prove(port, { withinMs: 5_000 });
    expect(result).toMatchObject({ ok: true, proof: { status: 200, controlStatus: 404, goodAnswers: 3 } });
  });

  it('wants the words too, where some are wanted, and says what it got instead', async () => {
    const port = await serve(behindProxy(plain(200, 'starting')));
    expect(await prove(port, { contains: 'start', withinMs: 5_000 })).toMatchObject({ ok: true });
    expect(await prove(port, { contains: 'started' })).toMatchObject({
      ok: false,
      fault: 'recipe',
      cause: { reason: 'NotReady', evidence: expect.stringContaining('"starting"') as string },
    });
  });

  it('does not count an answer before one that failed', async () => {
    let asked = 0;
    const port = await serve(
      behindProxy((_host, _request, response) => {
        asked += 1;
        if (asked === 3) response.writeHead(502).end('Bad Gateway');
        else response.end('the app');
      }),
    );
    expect(await prove(port, { withinMs: 5_000 })).toMatchObject({ ok: true });
    expect(asked).toBe(6);
  });

  it('finds an app that comes late', async () => {
    let asked = 0;
    const port = await serve(
      behindProxy((_host, _request, response) => {
        asked += 1;
        if (asked < 4) traefik404(response);
        else response.end('the app');
      }),
    );
    expect(await prove(port, { withinMs: 5_000 })).toMatchObject({ ok: true });
  });

  it('accepts 404 from the app itself where the RecipeSpec wants it', async () => {
    const port = await serve(behindProxy(plain(404, 'no such room')));
    expect(await prove(port, { status: 404, withinMs: 5_000 })).toMatchObject({
      ok: true,
      proof: { status: 404 },
    });
  });

  it('does not follow the redirect that the RecipeSpec wants to see', async () => {
    const port = await serve(
      behindProxy((_host, request, response) => {
        if (request.url === '/') response.writeHead(302, { location: '/login' }).end();
        else response.end('log in');
      }),
    );
    expect(await prove(port, { status: 302, withinMs: 5_000 })).toMatchObject({
      ok: true,
      proof: { status: 302 },
    });
  });

  it.each([
    {
      because: 'the proxy’s own 404 is no app',
      handler: behindProxy((_host, _request, response) => traefik404(response)),
      want: { reason: 'RouteMissing', fault: 'recipe' },
    },
    {
      because: 'the proxy’s own 404 is no app, also where 404 is wanted',
      handler: behindProxy((_host, _request, response) => traefik404(response)),
      asked: { status: 404 },
      want: { reason: 'RouteMissing', fault: 'recipe' },
    },
    {
      because: 'a page that every host of the zone gets is not the app’s, even with the wanted status',
      handler: plain(200, 'Welcome to the catch-all'),
      want: { reason: 'RouteMissing', fault: 'recipe' },
    },
    {
      because: 'a catch-all that repeats the host’s name is still the same page',
      handler: ((host, _request, response) => response.end(`Nothing at ${host}`)) as Handler,
      want: { reason: 'RouteMissing', fault: 'recipe' },
    },
    {
      because: '502 is a route to the wrong port',
      handler: behindProxy(plain(502, 'Bad Gateway')),
      want: { reason: 'RouteBadGateway', fault: 'recipe' },
    },
    {
      because: '504 is a route on the wrong network',
      handler: behindProxy(plain(504, 'Gateway Timeout')),
      want: { reason: 'RouteBadGateway', fault: 'recipe' },
    },
    {
      because: 'Traefik’s 503 is a route without a server',
      handler: behindProxy(plain(503, 'no available server\n')),
      want: { reason: 'RouteBadGateway', fault: 'recipe' },
    },
    {
      because: 'a 503 of the app itself is its own answer',
      handler: behindProxy(plain(503, 'migrating')),
      want: { reason: 'RouteWrongStatus', fault: 'recipe' },
    },
    {
      because: 'an app that answers every other time is not up',
      handler: flapping(),
      want: { reason: expect.stringMatching(/^Route(WrongStatus|Unstable)$/), fault: 'recipe' },
    },
    {
      because: 'an authority that we do not know is the installation’s fault when the whole zone has it',
      handler: behindProxy(plain(200, 'the app')),
      asked: { caFile: null },
      want: { reason: 'CertificateNotTrusted', fault: 'infra' },
    },
  ])('$because', async ({ handler, asked, want }) => {
    const result = await prove(await serve(handler), asked);
    expect(result).toMatchObject({ ok: false, fault: want.fault, cause: { reason: want.reason } });
    const cause = result.ok ? null : result.cause;
    expect(cause?.evidence).toBeTruthy();
    expect(cause?.nextStep).toBeTruthy();
  });

  it('blames the infrastructure where nothing listens', async () => {
    const result = await prove(1);
    expect(result).toMatchObject({ ok: false, fault: 'infra', cause: { reason: 'ProxyUnreachable' } });
  });

  describe('where the proxy itself goes on answering', () => {
    const LATE = 60_000;

    it.each([
      { because: '404', handler: behindProxy((_host, _request, response) => traefik404(response)), reason: 'RouteMissing' },
      { because: '502', handler: behindProxy(plain(502, 'Bad Gateway')), reason: 'RouteBadGateway' },
    ])('does not wait for the deadline once all of the app is there: $because', async ({ handler, reason }) => {
      const asked: string[] = [];
      const isAllThere = async (why: string): Promise<boolean> => asked.push(why) > 2;
      const result = await prove(await serve(handler), { withinMs: LATE, isAllThere });
      expect(result).toMatchObject({ ok: false, fault: 'recipe', cause: { reason } });
      expect(asked).toEqual([reason, reason, reason]);
    }); // oxfmt-ignore

    it.each([
      { because: 'the app answers, though wrongly: it may still come up', handler: behindProxy(plain(503, 'migrating')) },
      { because: 'the answers change: something still happens', handler: changing() },
    ])('waits on where $because', async ({ handler }) => {
      let asked = 0;
      const isAllThere = async (): Promise<boolean> => (asked += 1) > 0;
      expect(await prove(await serve(handler), { withinMs: 800, isAllThere })).toMatchObject({ ok: false });
      expect(asked).toBe(0);
    }); // oxfmt-ignore
  });

  it('stops when told to', async () => {
    const port = await serve(behindProxy(plain(502, 'Bad Gateway')));
    const controller = new AbortController();
    const result = prove(port, { withinMs: 60_000, signal: controller.signal });
    controller.abort(new Error('crash loop'));
    await expect(result).rejects.toThrow('crash loop');
  });
});

/** Traefik's 404 and its 502 in turn. */
function changing(): Handler {
  let asked = 0;
  return behindProxy((_host, _request, response) => {
    asked += 1;
    if (asked % 2 === 0) traefik404(response);
    else response.writeHead(502).end('Bad Gateway');
  });
}

function flapping(): Handler {
  let asked = 0;
  return behindProxy((_host, _request, response) => {
    asked += 1;
    response.writeHead(asked % 2 === 0 ? 200 : 500).end('on and off');
  });
}
