/** `outage-server.ts CERT KEY ADDRESS`, started by fork: answers 200, and is down in a given way for as long as it is told. A process of its own, so that the meter's work does not delay it. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { OutageEnd, OutageStart, ServerReady } from './outage.ts';

const [, , certFile = '', keyFile = '', address = ''] = process.argv;
const held: ServerResponse[] = [];
let kind: OutageStart['kind'] | 'up' = 'up';

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end('bench\n');
}

const server = createServer(
  { cert: readFileSync(certFile), key: readFileSync(keyFile) },
  (_request, response) => {
    if (kind === 'hangs') return;
    if (kind === 'stalls') held.push(response);
    else answer(response, kind === 'answers 502' ? 502 : 200);
  },
);

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => resolve((server.address() as AddressInfo).port));
  });
}

const now = (): number => performance.timeOrigin + performance.now();
const tell = (message: ServerReady | OutageEnd): void => void process.send?.(message);
const port = await listen(0);

async function outage(asked: OutageStart): Promise<void> {
  const began = now();
  kind = asked.kind;
  if (kind === 'refuses') server.close();
  await new Promise((done) => setTimeout(done, asked.ms));
  if (kind === 'refuses') await listen(port);
  kind = 'up';
  const endedAt = now();
  for (const response of held.splice(0)) answer(response, 200);
  tell({ ms: endedAt - began, endedAt });
}

process.on('message', (asked) => void outage(asked as OutageStart));
process.on('disconnect', () => process.exit());
tell({ port });
