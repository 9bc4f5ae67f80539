/** A server that is down for exactly known times, as its own process. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/**
 * What the server does while it is down. `hangs`: takes requests and never answers them, also not later.
 * `stalls`: holds requests and answers them well when it is over.
 */
export const OUTAGES = ['answers 502', 'refuses', 'hangs', 'stalls'] as const;
export type Outage = (typeof OUTAGES)[number];

export interface OutageStart {
  readonly kind: Outage;
  readonly ms: number;
}

export interface OutageEnd {
  /** How long it really was, by the server's own clock. */
  readonly ms: number;
  /** In milliseconds since the epoch. */
  readonly endedAt: number;
}

export interface ServerReady {
  readonly port: number;
}

export interface OutageServer {
  readonly port: number;
  outage(start: OutageStart): Promise<OutageEnd>;
  close(): Promise<void>;
}

export interface Served {
  readonly address: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export async function startOutageServer({ address, certFile, keyFile }: Served): Promise<OutageServer> {
  const child = fork(join(import.meta.dirname, 'outage-server.ts'), [certFile, keyFile, address]);
  const { port } = await message<ServerReady>(child);
  return {
    port,
    outage: (start) => {
      const end = message<OutageEnd>(child);
      child.send(start);
      return end;
    },
    close: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/** Rejects where the server dies instead. */
async function message<T>(child: ChildProcess): Promise<T> {
  const settled = new AbortController();
  const { signal } = settled;
  const died = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`The bench’s server ended with ${code}.`);
  });
  try {
    const [said] = (await Promise.race([once(child, 'message', { signal }), died])) as [T];
    return said;
  } finally {
    settled.abort();
    died.catch(() => undefined);
  }
}
