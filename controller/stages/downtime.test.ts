import { describe, expect, it } from 'vitest';
import { downtimeOf, type Sample, watchDowntime } from './downtime.ts';

/** One sample each 100 ms; `-` is a refused connection. */
const samplesOf = (answers: string): Sample[] =>
  answers.split(' ').map((answer, index) => ({
    sent: index * 100,
    ended: index * 100 + 10,
    answer: answer === '-' ? 'Unreachable' : answer,
    good: answer === '200',
  }));

describe('downtimeOf', () => {
  it.each([
    { because: 'all good is no downtime', seen: '200 200 200', want: { seconds: 0, firstGoodAfter: null } },
    {
      because: 'down from the first bad to the next good',
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
      want: { seconds: 0.11, firstGoodAfter: null },
    },
  ])('$because', ({ seen, want }) => {
    const samples = samplesOf(seen);
    expect(downtimeOf(samples)).toMatchObject({ ...want, probes: samples.length });
  });
});

describe('watchDowntime', () => {
  it('asks the health path again and again until it is ended, and then no more', async () => {
    const asked: string[] = [];
    const enough = Promise.withResolvers<void>();
    const watching = watchDowntime({
      request: {
        app: { domain: 'web.ci.test', stack: 's' },
        settings: { health: { path: '/ok', status: 200 } },
      } as never,
      signal: new AbortController().signal,
      prober: {
        probe: (url) => {
          asked.push(url);
          if (asked.length === 3) enough.resolve();
          return Promise.resolve({ ok: false, reason: 'Unreachable', message: '' });
        },
      },
    });
    await enough.promise;
    const { probes, answers } = await watching.end();
    expect(new Set(asked)).toEqual(new Set(['https://web.ci.test/ok']));
    expect(answers).toEqual({ Unreachable: probes });
    expect(asked.length).toBe(probes);
  });
});
