import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from '../runtime/errors.ts';
import { textUntilClosed, World } from './testing.ts';

let world: World;

beforeEach(async () => void (world = await World.make()));
afterEach(() => world.end());

/** Something that never ends, until the test lets it. */
function stuck(): { readonly asked: Promise<void>; readonly answer: () => Promise<never> } {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  return {
    asked,
    answer: () => {
      resolve();
      return new Promise<never>(() => undefined);
    },
  };
}

describe('every answer', () => {
  beforeEach(() => world.start());

  it.each([
    { path: '/healthz', code: 200 },
    { path: '/readyz', code: 200 },
    { path: '/nowhere', code: 404 },
    { path: '/runs/none.txt', code: 404 },
    { path: '/runs/%zz', code: 400 },
    { path: `/runs/${'x'.repeat(300)}`, code: 400 },
    { path: '/hook', code: 404 },
  ])(
    'is $code for $path, as text that no page can use, without a word about the server',
    async ({ path, code }) => {
      const answer = await world.get(path);
      expect(answer.status).toBe(code);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
      expect(answer.headers.has('server')).toBe(false);
      expect(answer.headers.has('x-powered-by')).toBe(false);
      expect(await answer.text()).toMatch(/^[^\n<>{}]+\n$/);
    },
  );

  it('never repeats what a stranger asked', async () => {
    for (const path of ['/c4n4ry', '/runs/c4n4ry%20x', '/c4n4ry/%zz', '/?c4n4ry', '/runs/..%2f..%2fc4n4ry'])
      expect(await (await world.get(path)).text()).not.toContain('c4n4ry');
    expect(world.logged.join('\n')).not.toContain('c4n4ry');
  });
});

describe('/readyz', () => {
  it('says what is stuck', async () => {
    await world.start();
    const ended = world.pulse.began('testrun/ghost-1');
    world.now = new Date(world.now.getTime() + 6 * 60_000);
    const answer = await world.get('/readyz');
    expect([answer.status, await answer.text()]).toEqual([
      503,
      'The reconcile of testrun/ghost-1 has not ended for 6 minutes.\n',
    ]);
    expect((await world.get('/healthz')).status).toBe(200);
    ended();
    expect((await world.get('/readyz')).status).toBe(200);
  });
});

describe('a client that takes its time', () => {
  beforeEach(() => world.start({ limits: { headMs: 200, requestMs: 400, silentMs: 8_000 } }));

  it.each([
    { because: 'sends half a head', sends: 'GET /healthz HTTP/1.1\r\nhost: x\r\n', answer: 'HTTP/1.1 408 ' },
    {
      because: 'sends half a body',
      sends: 'POST /hook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      answer: 'HTTP/1.1 408 ',
    },
    { because: 'says nothing', sends: '', answer: '' },
    { because: 'sends what is no HTTP', sends: 'hello\r\n\r\n', answer: 'HTTP/1.1 400 ' },
    {
      because: 'sends a head without an end',
      sends: `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}`,
      answer: 'HTTP/1.1 431 ',
    },
  ])('is sent away where it $because', async ({ sends, answer }) => {
    const socket = await world.socket();
    if (sends !== '') socket.write(sends);
    expect((await textUntilClosed(socket)).startsWith(answer)).toBe(true);
  });
});

describe('the end', () => {
  it('comes with every kind of connection open, and closes them all', async () => {
    const { asked, answer } = stuck();
    const reading = { run: answer, runNames: () => Promise.resolve([]) };
    await world.start({ reading: reading as never });
    const sends = [
      '',
      'GET /hea',
      'POST /hook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      'GET /runs/x HTTP/1.1\r\nhost: x\r\n\r\n',
    ];
    const sockets = await Promise.all(Array.from({ length: 40 }, () => world.socket()));
    for (const [index, socket] of sockets.entries()) socket.write(sends[index % sends.length] ?? '');
    await asked;
    // One is answered, and keeps its connection.
    expect((await world.get('/healthz')).status).toBe(200);
    const closed = Promise.all(sockets.map((socket) => textUntilClosed(socket)));
    world.stop.abort();
    await world.http.ended;
    await closed;
    await expect(world.get('/healthz')).rejects.toThrow();
  });

  it('lets an answer finish that was being made, and takes nothing new', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    const asked = Promise.withResolvers<void>();
    const run = (): Promise<null> => {
      asked.resolve();
      return promise;
    };
    const reading = { run, runNames: () => Promise.resolve([]) };
    await world.start({ reading: reading as never });
    const waiting = world.get('/runs/x');
    await asked.promise;
    world.stop.abort();
    expect((await world.get('/healthz')).status).toBe(503);
    resolve(null);
    expect((await waiting).status).toBe(404);
    await world.http.ended;
  });
});

it('says in words that an address is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const at = other.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const start = world.start({ listen: { host: '127.0.0.1', port } });
  await expect(start).rejects.toBeInstanceOf(Terminal);
  await expect(start).rejects.toThrow(
    `CCCI_HTTP_LISTEN: 127.0.0.1:${port} cannot be listened on: another program listens there.`,
  );
  other.close();
});
