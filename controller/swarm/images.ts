/** Images on this node: present, or pulled and present. */
import { z } from 'zod';
import type { PullOutcome } from '../ports.ts';
import { type Engine, EngineError, isNotFound, parsed, textOf, withSignal } from './client.ts';
import { pullFaultOf } from './pull-faults.ts';
import { ndjsonLine } from '../runtime/json.ts';
import { linesOf } from './lines.ts';
import { ImageShape } from './shapes.ts';

/** A pull that shows no progress for so long hangs; large layers report several times a second. */
const SILENCE_MS = 5 * 60_000;

export async function ensureImage(engine: Engine, image: string): Promise<PullOutcome> {
  const present = await inspectImage(engine, image);
  if (present) return present;
  const refusal = await pull(engine, image);
  if (refusal !== null) return refused(image, refusal);
  return (await inspectImage(engine, image)) ?? refused(image, 'the pull ended, but the image is not there');
}

async function inspectImage(engine: Engine, image: string): Promise<PullOutcome | null> {
  const what = `inspect image ${image}`;
  try {
    const answer = await engine.ask(what, (s) =>
      engine.docker.getImage(image).inspect(withSignal({}, s) as object),
    );
    const found = parsed(ImageShape, what, answer);
    return { ok: true, id: found.Id, digest: digestOf(found.RepoDigests, image), bytes: found.Size };
  } catch (error) {
    // 400 is how engines say that the reference is none; the pull then says it in words.
    if (isNotFound(error) || (error instanceof EngineError && error.statusCode === 400)) return null;
    throw error;
  }
}

/** One image may bear digests of several repositories; the one of the name that was asked for counts. */
function digestOf(repoDigests: readonly string[], image: string): string | null {
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const own = repoDigests.find((it) => it.startsWith(`${repository}@`)) ?? repoDigests[0];
  return own?.split('@')[1] ?? null;
}

function refused(image: string, text: string): PullOutcome {
  const { fault, reason } = pullFaultOf(text);
  return { ok: false, fault, reason, message: `Image "${image}" could not be pulled: ${text}` };
}

/** A name without tag or digest would make the engine pull every tag of the repository. */
export function pullReference(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`;
}

/** Null when it went well, else the engine's or the registry's sentence. */
async function pull(engine: Engine, image: string): Promise<string | null> {
  const control = new AbortController();
  const silence = setTimeout(() => control.abort(), SILENCE_MS);
  try {
    const query = { fromImage: pullReference(image), abortSignal: control.signal };
    const progress = await engine.docker.createImage(query);
    return await errorWithin(progress as AsyncIterable<Buffer>, () => silence.refresh());
  } catch (error) {
    if (control.signal.aborted) return `timeout: no progress for ${SILENCE_MS / 60_000} minutes`;
    const { statusCode } = error as { statusCode?: unknown };
    if (typeof statusCode === 'number') return textOf(error);
    throw new EngineError(`Docker, asked to "pull ${image}": ${textOf(error)}`, null, error);
  } finally {
    clearTimeout(silence);
  }
}

const Refused = z.object({ error: z.string() });

/** The engine answers 200 first and may say within the stream that it failed. */
async function errorWithin(stream: AsyncIterable<Buffer>, onProgress: () => void): Promise<string | null> {
  let said: string | null = null;
  for await (const line of linesOf(stream)) {
    onProgress();
    said = ndjsonLine(Refused, line)?.error ?? said;
  }
  return said;
}
