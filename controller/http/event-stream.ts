/** Server-sent events to one follower: what it does not read is not read for it either, and who reads nothing for too long is cut off. */
import type { FastifyReply } from 'fastify';

export interface StreamEvent {
  readonly event: string;
  readonly data: object;
  /** What the follower says when it comes back. */
  readonly id?: string;
}

export interface EventStream {
  /** Resolves when more may be sent: false where nobody is there any more. */
  send(event: StreamEvent): Promise<boolean>;
  readonly isOpen: () => boolean;
  /** Called once, also where it is closed already. */
  onClose(call: () => void): void;
  end(): void;
}

export interface StreamTimes {
  /** Something is sent at least so often, because what is between us and the follower may end what is silent. */
  readonly beatMs: number;
  /** How long a follower may take nothing. */
  readonly stallMs: number;
}

export const STREAM_TIMES: StreamTimes = { beatMs: 12_000, stallMs: 30_000 };
/** How long the follower waits before it comes back. */
const RETRY_MS = 1_000;

export function openStream(reply: FastifyReply, times: StreamTimes): EventStream {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...headersOf(reply),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // For a proxy that would collect what is sent; Traefik does not.
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${RETRY_MS}\n\n`);
  const beat = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(': \n\n');
  }, times.beatMs);
  raw.once('close', () => clearInterval(beat));
  return {
    isOpen: () => !raw.destroyed && !raw.writableEnded,
    send: async ({ event, data, id }) => {
      if (raw.destroyed || raw.writableEnded) return false;
      const named = id === undefined ? '' : `id: ${id}\n`;
      // JSON has no line ends of its own, so that one event is one line of data.
      const isTaken = raw.write(`${named}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      return isTaken ? true : drained(reply, times.stallMs);
    },
    onClose: (call) => void (raw.destroyed ? call() : raw.once('close', call)),
    end: () => void raw.end(),
  };
}

/** Settles whatever becomes of the connection. */
async function drained({ raw }: FastifyReply, stallMs: number): Promise<boolean> {
  if (raw.destroyed) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const taken = (): void => resolve(true);
  const gone = (): void => resolve(false);
  const late = setTimeout(() => raw.destroy(), stallMs);
  raw.once('drain', taken);
  raw.once('close', gone);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    raw.off('drain', taken);
    raw.off('close', gone);
  }
}

/** What every answer bears was set before. */
function headersOf(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(
    Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
}
