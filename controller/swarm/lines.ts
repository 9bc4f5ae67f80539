/** Docker's streams are NDJSON cut anywhere: one line may come in many chunks, and a chunk may hold many lines. */
import { StringDecoder } from 'node:string_decoder';

/** Nothing Docker sends on one line is near this; without a bound a broken peer could fill the memory. */
const MAX_LINE = 4 * 1024 * 1024;

/** Whole lines only: what stands after the last newline when the stream ends was cut and is dropped. */
export async function* linesOf(stream: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  for await (const chunk of stream) {
    pending += typeof chunk === 'string' ? chunk : decoder.write(chunk);
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    if (pending.length > MAX_LINE)
      throw new Error(`A line of more than ${MAX_LINE} characters came from Docker.`);
    for (const line of lines) if (line.trim() !== '') yield line;
  }
}
