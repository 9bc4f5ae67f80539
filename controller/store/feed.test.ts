import { describe, expect, it } from 'vitest';
import { type Changed, follow, makeFeed } from './feed.ts';

describe('the feed', () => {
  it('tells each reader once what changed since its last look', async () => {
    const feed = makeFeed();
    const [a, b] = [feed.subscribe(), feed.subscribe()];
    feed.publish('x');
    feed.publish('x');
    feed.publish('y');
    expect(await a.next()).toEqual(new Set(['x', 'y']));
    feed.publish('z');
    expect(await a.next()).toEqual(new Set(['z']));
    expect(await b.next()).toEqual(new Set(['x', 'y', 'z']));
  });

  it('wakes a reader that waits', async () => {
    const feed = makeFeed();
    const reader = feed.subscribe();
    const told = reader.next();
    feed.publish('x');
    expect(await told).toEqual(new Set(['x']));
  });

  it('says nothing of what was before', async () => {
    const feed = makeFeed();
    feed.publish('before');
    const reader = feed.subscribe();
    feed.publish('after');
    expect(await reader.next()).toEqual(new Set(['after']));
  });

  it('keeps a bounded number of names for a reader that is slow, and then says "all"', async () => {
    const feed = makeFeed(2);
    const [slow, quick] = [feed.subscribe(), feed.subscribe()];
    for (const name of ['a', 'b', 'c', 'd']) {
      feed.publish(name);
      expect(await quick.next()).toEqual(new Set([name]));
    }
    expect(await slow.next()).toBe('all');
    feed.publish('e');
    expect(await slow.next()).toEqual(new Set(['e']));
  });

  it('is not disturbed by a reader that throws', async () => {
    const feed = makeFeed();
    const [bad, good] = [feed.subscribe(), feed.subscribe()];
    const thrown = bad.next().then(() => {
      throw new Error('a reader’s defect');
    });
    feed.publish('x');
    await expect(thrown).rejects.toThrow('defect');
    expect(await good.next()).toEqual(new Set(['x']));
  });

  it('ends the wait of a reader that leaves, and tells it nothing more', async () => {
    const feed = makeFeed();
    const reader = feed.subscribe();
    const told = reader.next();
    reader.close();
    feed.publish('x');
    expect(await told).toBeNull();
    expect(await reader.next()).toBeNull();
  });
});

describe('who follows', () => {
  it('knows of everything from the call on, one look after the other, until the signal', async () => {
    const feed = makeFeed();
    const stop = new AbortController();
    const seen: Changed[] = [];
    const ended = follow(feed, stop.signal, (changed) => {
      seen.push(changed);
      if (seen.length === 1) feed.publish('second');
      else stop.abort();
    });
    feed.publish('first');
    await ended;
    expect(seen).toEqual([new Set(['first']), new Set(['second'])]);
  });

  it('is at its end at once where the signal was before', async () => {
    const feed = makeFeed();
    const ended = follow(feed, AbortSignal.abort(), () => expect.fail('nothing is told'));
    feed.publish('late');
    await expect(ended).resolves.toBeUndefined();
  });

  it('is ended by what it throws', async () => {
    const feed = makeFeed();
    const ended = follow(feed, new AbortController().signal, () => {
      throw new Error('no more');
    });
    feed.publish('x');
    await expect(ended).rejects.toThrow('no more');
  });
});
