/** The adapter against engines that misbehave, as a real one seldom does on demand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { connectionOf, EngineError, makeEngine } from './client.ts';
import { makeSwarm } from './docker.ts';
import { pullReference } from './images.ts';
import { readLogs } from './logs.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const dir = mkdtempSync(join(tmpdir(), 'ccci-engine-'));
const servers: Server[] = [];
let count = 0;

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function engineThat(answer: Answer): Promise<string> {
  const socket = join(dir, `${++count}.sock`);
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return `unix://${socket}`;
}

const json = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

describe('connectionOf', () => {
  it('never falls back to the DOCKER_HOST of the process', () => {
    expect(connectionOf('unix:///run/x.sock')).toEqual({ socketPath: '/run/x.sock', host: undefined });
  });
  it('speaks plain TCP as well', () => {
    expect(connectionOf('tcp://10.0.0.1:2376')).toEqual({ protocol: 'http', host: '10.0.0.1', port: '2376' });
  });
  it('refuses what is no Docker address', () => {
    expect(() => connectionOf('ssh://x')).toThrow('is not a Docker address');
  });
});

describe('an engine that does not answer', () => {
  it.each([
    { because: 'it accepts and says nothing', answer: (() => undefined) as Answer },
    {
      because: 'it stops in the middle of its answer',
      answer: ((_request, response) => void response.writeHead(200).write('[{"ID":')) as Answer,
    },
    {
      because: 'it dies in the middle of its answer',
      answer: ((_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('[{"ID":');
        setTimeout(() => response.destroy(), 20);
      }) as Answer,
    },
  ])('is an error, not a hang: $because', async ({ answer }) => {
    const swarm = makeSwarm({ dockerHost: await engineThat(answer), callMs: 150 });
    await expect(swarm.observe('x')).rejects.toThrow('gave no answer to "list services" within 0.15 s');
    await expect(swarm.info()).rejects.toThrow(EngineError);
  });

  it('is an error where there is none', async () => {
    const swarm = makeSwarm({ dockerHost: 'unix:///nonesuch/docker.sock' });
    await expect(swarm.things()).rejects.toMatchObject({ name: 'EngineError', statusCode: null });
  });
});

it('says where an answer has another shape than it should', async () => {
  const dockerHost = await engineThat((_request, response) => json(response, 200, [{ ID: 7 }]));
  await expect(makeSwarm({ dockerHost }).things()).rejects.toThrow('unknown shape at 0.ID');
});

it.each(['/elsewhere', 'http://127.0.0.1:1/elsewhere', 'nonsense:', ''])(
  'takes a redirect to %j for what it is: no answer of Docker’s',
  async (location) => {
    let asked = 0;
    const answer: Answer = (_request, response) => {
      asked++;
      response.writeHead(301, { location }).end();
    };
    const swarm = makeSwarm({ dockerHost: await engineThat(answer), callMs: 2_000 });
    await expect(swarm.observe('x_ci_test')).rejects.toThrow('301');
    const before = asked;
    await expect(swarm.things()).rejects.toBeInstanceOf(EngineError);
    expect(asked - before).toBeLessThanOrEqual(before);
  },
);

describe('ensureImage', () => {
  const pulling = (lines: string[]): Answer => {
    return (request, response) => {
      if (request.url?.startsWith('/images/create')) {
        response.writeHead(200);
        for (const line of lines) response.write(`${line}\r\n`);
        response.end();
      } else json(response, 404, { message: 'No such image' });
    };
  };
  it('takes an error within a stream that began well for what it is', async () => {
    const lines = ['{"status":"Pulling"}', '{"errorDetail":{"message":"x"},"error":"manifest unknown"}'];
    const dockerHost = await engineThat(pulling(lines));
    expect(await makeSwarm({ dockerHost }).ensureImage('a:1')).toEqual({
      ok: false,
      fault: 'recipe',
      reason: 'ImageMissing',
      message: 'Image "a:1" could not be pulled: manifest unknown',
    });
  });
  it('does not believe a pull that left no image', async () => {
    const dockerHost = await engineThat(pulling(['{"status":"done"}']));
    expect(await makeSwarm({ dockerHost }).ensureImage('a:1')).toMatchObject({
      fault: 'infra',
      reason: 'PullFailed',
    });
  });
  it.each([
    ['nginx', 'nginx:latest'],
    ['nginx:1', 'nginx:1'],
    ['host:5000/nginx', 'host:5000/nginx:latest'],
    ['nginx@sha256:0a', 'nginx@sha256:0a'],
  ])('asks for one tag, never for all of them: %s', (image, want) => expect(pullReference(image)).toBe(want));
});

describe('ensureAbsent', () => {
  const secret = {
    kind: 'secret',
    id: 's1',
    name: 'shop_key_v1',
    stack: null,
    createdAt: new Date(0),
  } as const;
  const engine = (remove: (tries: number) => [number, string]) => {
    let tries = 0;
    return engineThat((request, response) => {
      if (request.method === 'GET') return json(response, 200, { ID: 's1', Spec: { Name: 'shop_key_v1' } });
      const [status, message] = remove(++tries);
      return json(response, status, { message });
    });
  };
  it('looks again and tries once more when somebody else wrote in between', async () => {
    const dockerHost = await engine((tries) =>
      tries === 1 ? [500, 'rpc error: update out of sequence'] : [204, ''],
    );
    await expect(makeSwarm({ dockerHost }).ensureAbsent(secret)).resolves.toBeUndefined();
  });
  it('does not try for ever', async () => {
    const dockerHost = await engine(() => [500, 'rpc error: update out of sequence']);
    await expect(makeSwarm({ dockerHost }).ensureAbsent(secret)).rejects.toThrow('update out of sequence');
  });
  it('takes gone meanwhile for success', async () => {
    const dockerHost = await engine(() => [404, 'secret s1 not found']);
    await expect(makeSwarm({ dockerHost }).ensureAbsent(secret)).resolves.toBeUndefined();
  });
  it('judges by the status and not by words like "not found"', async () => {
    const dockerHost = await engine(() => [500, 'leader not found']);
    await expect(makeSwarm({ dockerHost }).ensureAbsent(secret)).rejects.toThrow('leader not found');
  });
  it('says what is in the way', async () => {
    const text =
      "rpc error: code = InvalidArgument desc = secret 'x' is in use by the following service: shop_app";
    const dockerHost = await engine(() => [400, text]);
    await expect(makeSwarm({ dockerHost }).ensureAbsent(secret)).rejects.toThrow(
      'The secret "shop_key_v1" cannot be removed yet: secret \'x\' is in use by the following service: shop_app',
    );
  });
});

describe('incarnation', () => {
  const BEFORE = { bridge: 'b1', state: 'ready', availability: 'active', index: 7 };
  const incarnationOf = async (seen: typeof BEFORE) => {
    const answers: readonly (readonly [string, unknown])[] = [
      ['/info', { ServerVersion: '20', Swarm: { LocalNodeState: 'active', ControlAvailable: true } }],
      ['/version', { ApiVersion: '1.41' }],
      ['/networks', [{ Id: seen.bridge, Name: 'bridge', Created: '2026-01-01T00:00:00Z', Labels: {} }]],
      [
        '/nodes',
        [
          {
            ID: 'n1',
            Version: { Index: seen.index },
            Spec: { Availability: seen.availability },
            Status: { State: seen.state },
          },
        ],
      ],
    ];
    const dockerHost = await engineThat((request, response) => {
      const answer = answers.find(([path]) => request.url?.startsWith(path));
      json(response, answer === undefined ? 404 : 200, answer?.[1] ?? { message: request.url });
    });
    return (await makeSwarm({ dockerHost }).info()).incarnation;
  };
  it.each([
    { because: 'an engine that was started again has a new bridge', now: { bridge: 'b2' }, same: false },
    { because: 'a node went', now: { state: 'down' }, same: false },
    { because: 'a node was drained', now: { availability: 'drain' }, same: false },
    {
      because: 'an app’s network that was attached to the node disturbs nobody',
      now: { index: 8 },
      same: true,
    },
  ])('$because', async ({ now, same }) => {
    const before = await incarnationOf(BEFORE);
    expect((await incarnationOf({ ...BEFORE, ...now })) === before).toBe(same);
  });
});

describe('logs', () => {
  it('gives what came when they do not end', async () => {
    const dockerHost = await engineThat((request, response) => {
      if (request.url?.startsWith('/containers/json')) json(response, 200, []);
      else response.writeHead(200).write('2026-01-01T00:00:00.000000000Z hello\n');
    });
    expect(await readLogs(makeEngine({ dockerHost }), { serviceId: 's', tail: 5 }, 100)).toEqual([
      { time: '2026-01-01T00:00:00.000000000Z', task: '', text: 'hello' },
    ]);
  });
  it('gives none when they do not even begin', async () => {
    const dockerHost = await engineThat(() => undefined);
    expect(await readLogs(makeEngine({ dockerHost }), { serviceId: 's', tail: 5 }, 100)).toEqual([]);
  });
  it('asks the containers themselves of whose tasks swarm says nothing, and no others', async () => {
    const at = (second: number) => `2026-01-01T00:00:0${second}.000000000Z`;
    const container = (id: string) => ({
      Id: id,
      Names: [`/app.1.${id}`],
      Created: 1,
      Labels: { 'com.docker.swarm.task.id': `task-${id}` },
    });
    const dockerHost = await engineThat((request, response) => {
      const url = decodeURIComponent(request.url ?? '');
      if (url.startsWith('/containers/json') && url.includes('com.docker.swarm.service.id=s'))
        json(response, 200, [container('told'), container('starting')]);
      else if (url.startsWith('/services/s/logs'))
        response.end(`${at(2)} com.docker.swarm.task.id=task-told two\n`);
      else if (url.startsWith('/containers/starting/logs')) response.end(`${at(3)} three\n${at(1)} one\n`);
      else json(response, 500, { message: url });
    });
    expect(await makeSwarm({ dockerHost }).logs('s', 5)).toEqual([
      { time: at(1), task: 'task-starting', text: 'one' },
      { time: at(2), task: 'task-told', text: 'two' },
      { time: at(3), task: 'task-starting', text: 'three' },
    ]);
  });
  it('gives none of a service whose log driver cannot be read', async () => {
    const message = 'configured logging driver does not support reading';
    const dockerHost = await engineThat((_request, response) => json(response, 500, { message }));
    expect(await makeSwarm({ dockerHost }).logs('s', 5)).toEqual([]);
  });
});

describe('watch', () => {
  const times = { heartbeatMs: 40, maxAgeMs: 10_000, minBackoffMs: 5, maxBackoffMs: 20 };
  const event =
    '{"Type":"container","Action":"start","Actor":{"Attributes":{"com.docker.stack.namespace":"shop"}}}';
  const watching = async (onEvents: Answer, more: { ping?: Answer; times?: object } = {}) => {
    const answer: Answer = (request, response) => {
      if (request.url?.startsWith('/events')) return onEvents(request, response);
      return more.ping ? more.ping(request, response) : void response.writeHead(200).end('OK');
    };
    const dockerHost = await engineThat(answer);
    const swarm = makeSwarm({ dockerHost, callMs: 100, watchTimes: { ...times, ...more.times } });
    const told: (string | null)[] = [];
    const control = new AbortController();
    const ended = swarm.watch((stack) => told.push(stack), control.signal);
    return { told, stop: async () => (control.abort(), await ended) };
  };

  it('puts lines together that were cut, and passes over what is no event', async () => {
    const { told, stop } = await watching((_request, response) => {
      response.writeHead(200).write(event.slice(0, 30));
      setTimeout(() => response.write(`${event.slice(30)}\nnonsense\n`), 10);
    });
    await expect.poll(() => told).toEqual([null, 'shop', null]);
    await stop();
  });

  it.each([
    {
      because: 'the stream ends',
      onEvents: ((_request, response) => void response.writeHead(200).end()) as Answer,
    },
    {
      because: 'the connection breaks',
      onEvents: ((_request, response) => {
        response.writeHead(200).flushHeaders();
        setTimeout(() => response.destroy(), 5);
      }) as Answer,
    },
  ])('looks at everything again when $because', async ({ onEvents }) => {
    const { told, stop } = await watching(onEvents);
    await expect.poll(() => told.length).toBeGreaterThan(2);
    expect(new Set(told)).toEqual(new Set([null]));
    await stop();
  });

  it('does not trust a quiet stream of an engine that no longer answers', async () => {
    const { told, stop } = await watching((_request, response) => response.writeHead(200).flushHeaders(), {
      ping: () => undefined,
    });
    await expect.poll(() => told.length, { timeout: 3_000 }).toBeGreaterThan(1);
    await stop();
  });

  it('does not trust an old stream', async () => {
    const { told, stop } = await watching((_request, response) => response.writeHead(200).flushHeaders(), {
      times: { maxAgeMs: 30 },
    });
    await expect.poll(() => told.length).toBeGreaterThan(2);
    await stop();
  });

  it('says nothing while there is nothing to see, and ends when it is told to', async () => {
    const { told, stop } = await watching((_request, response) =>
      json(response, 500, { message: 'starting' }),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stop();
    expect(told).toEqual([]);
  });
});
