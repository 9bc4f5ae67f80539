import { describe, expect, it } from 'vitest';
import type { StackSeen, Thing } from '../../ports.ts';
import { appOf, logOf, swarmOf, timeOf } from '../step/testing.ts';
import { sweep } from './teardown.ts';

const STACK = 'web_ci_test';
const thing = (kind: Thing['kind']): Thing => ({
  kind,
  id: `id-${kind}`,
  name: `${STACK}_${kind}`,
  stack: STACK,
  createdAt: new Date(0),
});

/** A swarm that shows these things, look after look, then nothing; removed is what it was told to remove. */
async function swept(startedSecondsAgo: number | null, looks: readonly (readonly Thing['kind'][])[]) {
  const time = timeOf(1_000_000);
  const startedAt = startedSecondsAgo === null ? null : new Date(time.ms() - startedSecondsAgo * 1_000);
  const left = [...looks];
  const gone: string[] = [];
  const observe = (): Promise<StackSeen> =>
    Promise.resolve({ stack: STACK, services: [], things: (left.shift() ?? []).map(thing) });
  const info = () =>
    Promise.resolve({
      engine: '1',
      apiVersion: '1',
      swarm: 'active',
      manager: true,
      incarnation: 'a',
      startedAt,
    });
  const ensureAbsent = ({ name }: Thing): Promise<void> => {
    gone.push(name);
    return Promise.resolve();
  };
  const removed = await sweep({
    ...appOf('/nowhere', { request: { app: { domain: 'web.ci.test', stack: STACK } } }),
    ...time,
    log: logOf(),
    swarm: swarmOf({ observe, info, ensureAbsent }),
  });
  return { removed, gone, seconds: (time.ms() - 1_000_000) / 1_000 };
}

describe('sweep', () => {
  it('believes the first look that finds nothing, where Docker has long been up or does not say', async () => {
    expect(await swept(3_600, [[], ['volume']])).toEqual({ removed: [], gone: [], seconds: 0 });
    expect(await swept(null, [[], ['volume']])).toEqual({ removed: [], gone: [], seconds: 0 });
  });

  it('looks again after a restart of Docker: a task that its agent had not forgotten comes back', async () => {
    const { removed, seconds } = await swept(2, [[], [], ['container', 'volume'], ['volume']]);
    expect(removed).toEqual([`container ${STACK}_container`, `volume ${STACK}_volume`]);
    expect(seconds).toBeGreaterThanOrEqual(13);
  });

  it('takes services first: a container taken by hand would be made anew', async () => {
    const { gone } = await swept(3_600, [
      ['container', 'service', 'volume'],
      ['container', 'volume'],
    ]);
    expect(gone).toEqual(['service', 'container', 'volume'].map((kind) => `${STACK}_${kind}`));
  });

  it('gives up in the end, and leaves it to the inventory to say so', async () => {
    const { seconds } = await swept(
      3_600,
      Array.from({ length: 1_000 }, () => ['volume'] as const),
    );
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThan(92);
  });
});
