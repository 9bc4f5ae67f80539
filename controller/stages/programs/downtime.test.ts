import { describe, expect, it } from 'vitest';
import { downtimeOf, type Sample, type Watched, watchDowntime } from './downtime.ts';
import type { Answer, Prober } from '../route/probe.ts';

/** One sample each 100 ms; `-` is a refused connection. */
const samplesOf = (answers: string): Sample[] =>
  answers.split(' ').map((answer, index) => ({
    sent: index * 100,
    answer: answer === '-' ? 'Unreachable' : answer,
    good: answer === '200',
  }));

describe('downtimeOf', () => {
  it.each([
    { because: 'all good is no downtime', seen: '200 200 200', want: { seconds: 0, firstGoodAfter: null } },
    {
      because: 'down from about the first bad to about the next good',
      seen: '200 502 - 200 200',
      want: { seconds: 0.2, firstGoodAfter: 0.3, answers: { 200: 3, 502: 1, Unreachable: 1 } },
    },
    {
      because: 'two outages add up, and the last one’s end counts',
      seen: '200 502 200 404 404 200',
      want: { seconds: 0.3, firstGoodAfter: 0.5 },
    },
    {
      because: 'what never came back is down to the end',
      seen: '200 502 502',
      want: { seconds: 0.25, firstGoodAfter: null },
    },
    { because: 'bad from the first look on', seen: '502 502 200', want: { seconds: 0.15 } },
  ])('$because', ({ seen, want }) => {
    const samples = samplesOf(seen);
    expect(downtimeOf(samples, samples.length * 100)).toMatchObject({ ...want, probes: samples.length });
  });
});

const GOOD = { ok: true, status: 200 } as Answer;
const BAD: Answer = { ok: false, reason: 'Unreachable', message: '' };

function watched(probe: Prober['probe'], status = 200): Watched {
  const request = { app: { domain: 'web.ci.test' }, settings: { health: { path: '/ok', status } } };
  return { request, signal: new AbortController().signal, prober: { probe } };
}

describe('watchDowntime', () => {
  it('asks the health path again and again until it is ended, and then no more', async () => {
    const asked: string[] = [];
    const enough = Promise.withResolvers<void>();
    const watching = watchDowntime(
      watched((url) => {
        asked.push(url);
        if (asked.length === 3) enough.resolve();
        return Promise.resolve(BAD);
      }),
    );
    await enough.promise;
    const { probes, answers } = await watching.end();
    expect(new Set(asked)).toEqual(new Set(['https://web.ci.test/ok']));
    expect(answers).toEqual({ Unreachable: probes });
    expect(asked.length).toBe(probes);
  });

  it('asks on while a request hangs, so that the hang is not counted for as long as it is waited for', async () => {
    const hanging = Promise.withResolvers<Answer>();
    const back = Promise.withResolvers<void>();
    let asked = 0;
    const watching = watchDowntime(
      watched(() => {
        asked += 1;
        if (asked === 1) return hanging.promise;
        if (asked === 3) back.resolve();
        return Promise.resolve(GOOD);
      }),
    );
    await back.promise;
    const ended = watching.end();
    hanging.resolve(BAD);
    const { seconds, firstGoodAfter, answers } = await ended;
    expect(answers).toEqual({ Unreachable: 1, 200: 2 });
    expect(seconds).toBeGreaterThan(0);
    expect(firstGoodAfter).not.toBeNull();
  });

  it.each([
    { because: 'a redirect that is the wanted answer is not followed', status: 302, want: 0 },
    { because: 'others are', status: 200, want: 3 },
  ])('$because', async ({ status, want }) => {
    const asked = Promise.withResolvers<number | undefined>();
    const watching = watchDowntime(
      watched((_url, limits) => {
        asked.resolve(limits?.redirects);
        return Promise.resolve(BAD);
      }, status),
    );
    expect(await asked.promise).toBe(want);
    await watching.end();
  });

  it('tells whoever ends it that it could not ask', async () => {
    const broken = watchDowntime(watched(() => Promise.reject(new Error('no file of authorities'))));
    await expect(broken.end()).rejects.toThrow('no file of authorities');
  });
});
