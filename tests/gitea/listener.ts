/** A server that takes what webhooks bring, and keeps it. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Delivery {
  readonly headers: IncomingHttpHeaders;
  /** As it was signed. */
  readonly body: Buffer;
}

export interface Listener {
  readonly url: string;
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  close(): void;
}

export async function listen(): Promise<Listener> {
  const deliveries: Delivery[] = [];
  const take = async (request: IncomingMessage): Promise<void> => {
    deliveries.push({ headers: request.headers, body: await buffer(request) });
  };
  const server = createServer((request, response) => void take(request).finally(() => response.end()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, deliveries, close };
}
