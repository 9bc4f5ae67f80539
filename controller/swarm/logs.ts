/** The last lines of a service over all its tasks. */
import type { Readable } from 'node:stream';
import { type Engine, EngineError, engineErrorOf, parsed, withSignal } from './client.ts';
import { entryOf, type LogEntry, textsOf } from './frames.ts';
import { Containers } from './shapes.ts';

/** Evidence for people: more than this nobody reads, and a chatty service must not fill the memory. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Swarm waits for the agents of all tasks; with a task that never got a node that may be for ever. */
const READ_MS = 8_000;
const SERVICE_LABEL = 'com.docker.swarm.service.id';
const TASK_LABEL = 'com.docker.swarm.task.id';

interface Wanted {
  readonly serviceId: string;
  readonly tail: number;
}

/** A request that the engine answers with log lines. */
interface Source {
  readonly what: string;
  readonly path: string;
  readonly query: { readonly tail: number; readonly details: boolean };
}

/**
 * Swarm says nothing of a task whose container is not healthy yet (Docker 20.10), and that is the one whose log tells
 * most: what it leaves out is read from the containers of this node.
 */
export async function readLogs(
  engine: Engine,
  wanted: Wanted,
  readMs = READ_MS,
): Promise<readonly LogEntry[]> {
  const { serviceId, tail } = wanted;
  const source = {
    what: `read the logs of service ${serviceId}`,
    path: `/services/${serviceId}/logs?`,
    query: { tail, details: true },
  };
  const told = await readEntries(engine, source, readMs);
  const silent = (await containersOf(engine, serviceId, readMs)).filter(
    ({ task }) => !told.some((entry) => entry.task === task),
  );
  const more = await Promise.all(
    silent.map((container) => readContainer(engine, { ...container, tail }, readMs)),
  );
  // Tasks' lines come interleaved by arrival; the times have a fixed width, so that text order is time order.
  return [...told, ...more.flat()]
    .sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)))
    .slice(-tail);
}

async function readContainer(
  engine: Engine,
  { id, task, tail }: { id: string; task: string; tail: number },
  readMs: number,
): Promise<LogEntry[]> {
  const source = {
    what: `read the logs of container ${id}`,
    path: `/containers/${id}/logs?`,
    query: { tail, details: false },
  };
  return (await readEntries(engine, source, readMs)).map((entry) => ({ ...entry, task }));
}

/** Those of this node, also after their end. None where the engine cannot say: what swarm told is kept all the same. */
async function containersOf(
  engine: Engine,
  serviceId: string,
  readMs: number,
): Promise<{ id: string; task: string }[]> {
  const what = `list the containers of service ${serviceId}`;
  const query = { all: true, filters: { label: [`${SERVICE_LABEL}=${serviceId}`] } };
  try {
    const found = await engine.ask(what, (s) =>
      engine.docker.listContainers(withSignal(query, AbortSignal.any([s, AbortSignal.timeout(readMs)]))),
    );
    return parsed(Containers, what, found).map(({ Id, Labels }) => ({
      id: Id,
      task: Labels[TASK_LABEL] ?? '',
    }));
  } catch (error) {
    if (error instanceof EngineError) return [];
    throw error;
  }
}

async function readEntries(engine: Engine, source: Source, readMs: number): Promise<LogEntry[]> {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), readMs);
  try {
    const stream = await openLogs(engine, source, control.signal);
    return textsOf(await collect(stream, control.signal)).map(entryOf);
  } catch (error) {
    if (isUnreadable(error, control.signal)) return [];
    throw engineErrorOf(source.what, error);
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
  { path, query }: Source,
  abortSignal: AbortSignal,
): Promise<Readable> {
  return await new Promise<Readable>((resolve, reject) => {
    abortSignal.addEventListener('abort', () => reject(new Error('The logs came too late.')), { once: true });
    engine.docker.modem.dial(
      {
        path,
        method: 'GET',
        options: { stdout: true, stderr: true, timestamps: true, ...query },
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
