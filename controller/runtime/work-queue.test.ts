import { describe, expect, it } from 'vitest';
import { makeWorkQueue } from './work-queue.ts';

const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('makeWorkQueue', () => {
  it('works on a key once however often it was added, and once more if it was added meanwhile', async () => {
    const queue = makeWorkQueue();
    const seen: string[] = [];
    let release = (): void => undefined;
    const running = queue.run(2, async (key) => {
      seen.push(key);
      if (seen.length === 1) await new Promise<void>((done) => (release = done));
    });
    for (let i = 0; i < 5; i++) queue.add('a');
    await settle();
    queue.add('a');
    queue.add('a');
    queue.add('b');
    await settle();
    expect(seen).toEqual(['a', 'b']);
    release();
    await settle();
    expect(seen).toEqual(['a', 'b', 'a']);
    queue.close();
    await running;
  });

  it('keeps the earlier of two delays and doubles its back-off until it is forgotten', () => {
    const delays: number[] = [];
    const queue = makeWorkQueue({
      set: (run, ms) => (delays.push(Math.round(ms)), { run }),
      clear: () => undefined,
    });
    queue.addAfter('x', 50);
    queue.addAfter('x', 9_000);
    expect(delays).toEqual([50]);
    for (const key of ['1', '2']) {
      queue.addWithBackOff(key);
      queue.addWithBackOff(key);
    }
    expect(delays).toEqual([50, 200, 200]);
    queue.forget('1');
    queue.close();
  });
});
