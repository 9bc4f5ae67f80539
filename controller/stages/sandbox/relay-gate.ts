/**
 * The gate of a sandbox's network: takes connections to a port of its loopback and hands their bytes to a socket of ours.
 * Without a program it is started from outside and ends with its starter; with one it lives in the sandbox and ends with that.
 */
import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';

/** More than any test needs, and few enough to hold. */
const CONNECTIONS = 128;

const [, , socketPath, port, program, ...args] = process.argv;
if (socketPath === undefined || port === undefined)
  throw new Error('usage: relay-gate.ts <socket> <port> [<program> <argument>...]');

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

/** With the two pipes by which a browser is driven. */
function run(): void {
  if (program === undefined) {
    process.stdout.write('ready\n');
    process.stdin.on('end', () => process.exit(0)).resume();
    return;
  }
  const child = spawn(program, args, { stdio: Array.from({ length: 5 }, () => 'inherit' as const) });
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(127);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
}

const server = createServer({ allowHalfOpen: true }, (client) =>
  join(client, connect({ path: socketPath, allowHalfOpen: true })),
);
server.maxConnections = CONNECTIONS;
server.listen(Number(port), '127.0.0.1', run);
