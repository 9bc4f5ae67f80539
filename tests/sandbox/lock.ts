import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './log.ts';
import { digest } from './paths.ts';

const TELL_AFTER_MS = 1_000;

/**
 * Runs `work` while no other process of this machine runs one of the same key.
 * The lock is an abstract Unix socket: the kernel takes it back when the process dies, so it is never stale.
 */
export async function withLock<T>(key: string, work: () => Promise<T>, tell = say): Promise<T> {
  const server = await acquire(key, tell);
  try {
    return await work();
  } finally {
    server.close();
  }
}

async function acquire(key: string, tell: (line: string) => void): Promise<Server> {
  const start = performance.now();
  let told = false;
  for (;;) {
    const server = await tryListen(`\0ccci-${digest(key).slice(0, 32)}`);
    if (server) return server;
    if (!told && performance.now() - start > TELL_AFTER_MS) {
      tell(`waiting for another process that is busy with ${key}`);
      told = true;
    }
    await sleep(50);
  }
}

async function tryListen(path: string): Promise<Server | undefined> {
  const server = createServer();
  server.listen({ path });
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
