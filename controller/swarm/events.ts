/** Docker's events as hints where to look, over every loss of the connection. */
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Engine, textOf, withSignal } from './client.ts';
import { hintOf, type KnownStacks } from './event-stack.ts';
import { ndjsonLine } from '../runtime/json.ts';
import { linesOf } from './lines.ts';
import { EventShape } from './shapes.ts';

export interface WatchTimes {
  /** dockerd can hang with the stream open, so that it is asked now and then whether it lives. */
  readonly heartbeatMs: number;
  /** A proxy can drop a quiet connection without a word, so that no stream is trusted for longer. */
  readonly maxAgeMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}
export const WATCH_TIMES: WatchTimes = {
  heartbeatMs: 15_000,
  maxAgeMs: 10 * 60_000,
  minBackoffMs: 200,
  maxBackoffMs: 10_000,
};

export interface Watching {
  readonly engine: Engine;
  readonly known: KnownStacks;
  readonly times: WatchTimes;
  readonly warn: (fields: object, message: string) => void;
  readonly onChange: (stack: string | null) => void;
}

/** `exec_*` would come with every health check and `mount`, `connect` with every start; none of them says more than these. */
const FILTERS = {
  type: ['container', 'service', 'network', 'volume', 'secret', 'config'],
  event: ['create', 'start', 'die', 'oom', 'stop', 'destroy', 'remove', 'update', 'rename', 'health_status'],
};

export async function watchEvents(watching: Watching, signal: AbortSignal): Promise<void> {
  const { times, warn } = watching;
  let failures = 0;
  while (!signal.aborted) {
    const ended = await followOnce(watching, signal);
    if (signal.aborted) return;
    failures = ended.lived ? 0 : failures + 1;
    const waitMs = Math.min(times.maxBackoffMs, times.minBackoffMs * 2 ** Math.min(failures, 16));
    if (ended.why !== 'age') warn({ why: ended.why, failures, waitMs }, 'event stream ended, will reconnect');
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

interface Ended {
  /** It showed an event or answered a heartbeat: then the next attempt need not wait long. */
  readonly lived: boolean;
  readonly why: string;
}

/** One connection, from its opening to its end for whatever reason. */
async function followOnce(watching: Watching, signal: AbortSignal): Promise<Ended> {
  const control = new AbortController();
  const stop = AbortSignal.any([signal, control.signal]);
  const life = { lived: false, why: 'end' };
  try {
    const stream = await openEvents(watching.engine, stop);
    const guard = guardStream(watching, { stream, life });
    try {
      // Only now: whatever happened before the stream was open must be found by looking.
      watching.onChange(null);
      for await (const line of linesOf(stream as AsyncIterable<Buffer>)) {
        life.lived = true;
        tell(watching, line);
      }
    } finally {
      guard.release();
    }
  } catch (error) {
    if (life.why === 'end') life.why = textOf(error);
  } finally {
    control.abort();
  }
  return life;
}

async function openEvents(engine: Engine, stop: AbortSignal): Promise<Readable> {
  const stream = await engine.ask('open the event stream', (signal) =>
    engine.docker.getEvents(withSignal({ filters: FILTERS }, AbortSignal.any([signal, stop])) as object),
  );
  return stream as Readable;
}

function tell(watching: Watching, line: string): void {
  const event = ndjsonLine(EventShape, line);
  if (event === null) {
    watching.warn({ line: line.slice(0, 200) }, 'event of an unknown shape');
    watching.onChange(null);
    return;
  }
  const hint = hintOf(event, watching.known);
  if (hint === 'nothing') return;
  if (hint.stack !== null) watching.known.add(hint.stack);
  watching.onChange(hint.stack);
}

/** Ends the stream when dockerd no longer answers, or when it has become old. */
function guardStream(
  watching: Watching,
  guarded: { stream: Readable; life: { lived: boolean; why: string } },
): { release(): void } {
  const { engine, times } = watching;
  const { stream, life } = guarded;
  const end = (why: string) => {
    life.why = why;
    stream.destroy();
  };
  const beat = () => {
    const answered = engine.ask('ping', (signal) => pingOf(engine)(withSignal({}, signal)));
    answered.then(() => (life.lived = true)).catch((error: unknown) => end(`no heartbeat: ${textOf(error)}`));
  };
  const heartbeat = setInterval(beat, times.heartbeatMs);
  const age = setTimeout(() => end('age'), times.maxAgeMs);
  return {
    release() {
      clearInterval(heartbeat);
      clearTimeout(age);
    },
  };
}

/** The types know no options here, the library does. */
function pingOf(engine: Engine): (options: object) => Promise<unknown> {
  return engine.docker.ping.bind(engine.docker);
}
