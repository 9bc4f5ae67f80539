/** Started inside a sandbox's network: takes connections to port 443 there and hands their bytes to the relay's socket. Ends with its starter. */
import { connect, createServer, type Socket } from 'node:net';

const PORT = 443;
/** More than any test needs, and few enough to hold. */
const CONNECTIONS = 128;

const [, , socketPath] = process.argv;
if (socketPath === undefined) throw new Error('usage: relay-gate.ts <socket>');

function join(client: Socket, relay: Socket): void {
  for (const [one, other] of [
    [client, relay],
    [relay, client],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

const server = createServer({ allowHalfOpen: true }, (client) =>
  join(client, connect({ path: socketPath, allowHalfOpen: true })),
);
server.maxConnections = CONNECTIONS;
server.listen(PORT, '127.0.0.1', () => process.stdout.write('ready\n'));
process.stdin.on('end', () => process.exit(0)).resume();
