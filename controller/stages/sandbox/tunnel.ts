/**
 * The one way out of a browser's sandbox: an HTTP proxy that opens tunnels to the app's domain and the names below it.
 * TLS goes through it unopened, so that the browser itself verifies the app's certificate, and WebSockets and HTTP/2 work.
 */
import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { once } from 'node:events';

export interface TunnelOptions {
  readonly domain: string;
  /** Where the proxy of the zone answers, or null where DNS says so. */
  readonly address: string | null;
  /** Of its own, in which the socket is made. */
  readonly dir: string;
  /** Somewhere else that the page led to; each is said once. */
  readonly onRefused: (where: string) => void;
  /** For tests: where HTTPS is at the address. */
  readonly port?: number | undefined;
}

export interface Tunnel {
  /** A unix socket that speaks HTTP. */
  readonly socket: string;
  close(): Promise<void>;
}

const HTTPS = 443;
const CONNECTIONS = 256;
const SAID = 20;
const SHOWN = 200;

export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const socket = join(options.dir, 'tunnel.sock');
  const open = new Set<Duplex>();
  const refused = refuser(options);
  const server = createServer((request, response) => {
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
    response.end(refused(request.url ?? ''));
  });
  server.maxConnections = CONNECTIONS;
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    const host = hostOf(request.url ?? '', options.domain);
    if (host === null) client.end(answer('403 Forbidden', refused(request.url ?? '')));
    else joined(client, { host: options.address ?? host, port: options.port ?? HTTPS });
  });
  server.on('clientError', (_error, client) => client.destroy());
  server.listen(socket);
  await once(server, 'listening');
  // Its folder is root's alone; who gets the socket into a sandbox may use it.
  await chmod(socket, 0o666);
  return {
    socket,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const client of open) client.destroy();
      await closed;
    },
  };
}

/** The host that a tunnel is asked for, if it belongs to the run. */
function hostOf(target: string, domain: string): string | null {
  const [, host = '', port] = /^([a-z0-9.-]+):(\d+)$/.exec(target.toLowerCase()) ?? [];
  return Number(port) === HTTPS && (host === domain || host.endsWith(`.${domain}`)) ? host : null;
}

function joined(client: Duplex, to: { host: string; port: number }): void {
  const app = connect(to);
  app.once('connect', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.pipe(app).pipe(client);
  });
  app.on('error', (error) => {
    if (app.connecting) client.end(answer('502 Bad Gateway', error.message));
    else client.destroy();
  });
  app.on('close', () => client.destroy());
  client.on('close', () => app.destroy());
}

function answer(status: string, text: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`;
}

function refuser({ domain, onRefused }: TunnelOptions): (where: string) => string {
  const said = new Set<string>();
  return (where) => {
    const shown = where.slice(0, SHOWN);
    if (said.size < SAID && !said.has(shown)) onRefused(shown);
    said.add(shown);
    return `cc-ci: "${shown}" was not asked: a browser under test reaches https://${domain}/ alone.\n`;
  };
}
