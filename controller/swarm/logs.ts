/** The last lines of a service over all its tasks. */
import type { Readable } from 'node:stream';
import { type Engine, EngineError, engineErrorOf } from './client.ts';
import { entryOf, type LogEntry, textsOf } from './frames.ts';

/** Evidence for people: more than this nobody reads, and a chatty service must not fill the memory. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Swarm waits for the agents of all tasks; with a task that never got a node that may be for ever. */
const READ_MS = 8_000;

export async function readLogs(
  engine: Engine,
  wanted: { readonly serviceId: string; readonly tail: number },
  readMs = READ_MS,
): Promise<readonly LogEntry[]> {
  const { serviceId, tail } = wanted;
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), readMs);
  try {
    const stream = await openLogs(engine, wanted, control.signal);
    const entries = textsOf(await collect(stream, control.signal)).map(entryOf);
    // Tasks' lines come interleaved by arrival; the times have a fixed width, so that text order is time order.
    return entries.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time))).slice(-tail);
  } catch (error) {
    if (isUnreadable(error, control.signal)) return [];
    throw engineErrorOf(`read the logs of service ${serviceId}`, error);
  } finally {
    clearTimeout(timer);
    control.abort();
  }
}

/** Any answer of the engine but the logs (a service gone, a log driver that cannot be read) means: there are none. */
function isUnreadable(error: unknown, signal: AbortSignal): boolean {
  const { statusCode } = error as { statusCode?: unknown };
  return (
    signal.aborted ||
    typeof statusCode === 'number' ||
    (error instanceof EngineError && error.statusCode !== null)
  );
}

/** dockerode's own `logs` streams only with `follow`, which never ends; this is the same call without. */
async function openLogs(
  engine: Engine,
  wanted: { serviceId: string; tail: number },
  abortSignal: AbortSignal,
): Promise<Readable> {
  const query = { stdout: true, stderr: true, timestamps: true, details: true, tail: wanted.tail };
  return await new Promise<Readable>((resolve, reject) => {
    abortSignal.addEventListener('abort', () => reject(new Error('The logs came too late.')), { once: true });
    engine.docker.modem.dial(
      {
        path: `/services/${wanted.serviceId}/logs?`,
        method: 'GET',
        options: query,
        isStream: true,
        statusCodes: { 200: true },
        abortSignal,
      },
      (error, stream) => (error ? reject(error) : resolve(stream as Readable)),
    );
  });
}

/** What came until the end, the time limit or the size limit: some lines are better evidence than none. */
async function collect(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_BYTES) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return Buffer.concat(chunks);
}
