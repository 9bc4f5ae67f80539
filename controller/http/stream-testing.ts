/** A reader of server-sent events for the tests of this room, and logs that grow. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './testing.ts';

export interface Told {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export class Follower {
  readonly answer: Response;
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #ready: Told[] = [];
  /** As EventSource keeps it. */
  lastId = '';
  bytes = 0;
  comments = 0;

  private constructor(answer: Response, abort: AbortController) {
    this.answer = answer;
    this.#abort = abort;
    this.#reader = (answer.body ?? new ReadableStream<Uint8Array>()).getReader();
  }

  static async open(world: World, path: string, headers: Record<string, string> = {}): Promise<Follower> {
    const abort = new AbortController();
    const url = `http://127.0.0.1:${world.http.port}${path}`;
    return new Follower(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  /** Null at the end. */
  async next(): Promise<Told | null> {
    for (;;) {
      const ready = this.#ready.shift();
      if (ready !== undefined) return ready;
      const { done, value } = await this.#reader.read().catch(() => ({ done: true, value: undefined }));
      if (done || value === undefined) return null;
      this.bytes += value.length;
      this.#take(this.#decoder.decode(value, { stream: true }));
    }
  }

  /** Up to and with the first of that name, or all to the end. */
  async until(event: string): Promise<Told[]> {
    const all: Told[] = [];
    for (let told = await this.next(); told !== null; told = await this.next()) {
      all.push(told);
      if (told.event === event) break;
    }
    return all;
  }

  /** Texts of lines, until there are so many or it ends. */
  async lines(count = Infinity): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      const told = await this.next();
      if (told === null || told.event === 'end') break;
      texts.push(...textsOf(told));
    }
    return texts;
  }

  leave(): void {
    this.#abort.abort();
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2)));
      if (block.startsWith(':')) this.comments += 1;
      if (fields['id'] !== undefined) this.lastId = fields['id'];
      if (fields['data'] === undefined) continue;
      const data = JSON.parse(fields['data']) as Record<string, unknown>;
      this.#ready.push({ id: fields['id'] ?? '', event: fields['event'] ?? '', data });
    }
  }
}

export function textsOf({ event, data }: Told): string[] {
  return event === 'lines' ? (data['lines'] as unknown[][]).map((line) => String(line[3])) : [];
}

/** Writes lines to the end of a step's log, as a stage does. */
export async function grow(world: World, step: string, texts: readonly string[]): Promise<string> {
  const dir = join(world.layout.stagesDir('u-1'), step);
  await mkdir(dir, { recursive: true });
  const line = (text: string): string =>
    `${JSON.stringify({ time: '2020-01-01T00:00:00.000Z', level: 'info', from: 'db', text })}\n`;
  const all = texts.map(line).join('');
  await appendFile(join(dir, 'log.ndjson'), all);
  return all;
}

export const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
