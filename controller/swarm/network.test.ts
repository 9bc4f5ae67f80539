import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lookAtNetworks } from './network.ts';

/** An engine that knows one network. */
async function engine(answers: Readonly<Record<string, unknown>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ccci-net-'));
  const server = createServer((request, response) => {
    const name = /^\/networks\/([^/?]+)/.exec(request.url ?? '')?.[1] ?? '';
    const found = answers[name];
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ?? { message: `network ${name} not found` }));
  });
  await new Promise<void>((done) => server.listen(join(dir, 'docker.sock'), done));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true, force: true });
  });
  return `unix://${join(dir, 'docker.sock')}`;
}

it.each([
  {
    because: 'a network shows its driver and subnets',
    answers: { proxy: { Driver: 'overlay', IPAM: { Config: [{ Subnet: '10.77.0.0/16' }, {}] } } },
    want: { driver: 'overlay', subnets: ['10.77.0.0/16'] },
  },
  {
    because: 'one without addresses has no subnets',
    answers: { proxy: { Driver: 'host', IPAM: { Config: null } } },
    want: { driver: 'host', subnets: [] },
  },
  { because: 'one that is not there is null', answers: {}, want: null },
])('$because', async ({ answers, want }) => {
  const look = lookAtNetworks({ dockerHost: await engine(answers) });
  expect(await look('proxy')).toEqual(want);
});

it('an answer of another shape is an error that says where', async () => {
  const look = lookAtNetworks({ dockerHost: await engine({ proxy: { Driver: 1 } }) });
  await expect(look('proxy')).rejects.toThrow('unknown shape at Driver');
});
