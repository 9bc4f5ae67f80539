import { describe, expect, it } from 'vitest';
import { chartOf } from './chart.ts';

const { forks, leaves } = chartOf();

describe('the chart as data', () => {
  it('has all leaves, with what they say', () => {
    expect(leaves.size).toBe(17);
    expect(leaves.get('begun.starting')).toEqual({
      phase: 'Running',
      action: 'startWork',
      says: 'starts the next step',
    });
  });

  it('has arrows that lead to the fork inside a state, or to a leaf', () => {
    expect(forks.get('judging')).toEqual([
      { guard: 'closed', to: 'closed.judging' },
      { guard: 'begun', to: 'begun.judging' },
      { guard: null, to: 'waiting.judging' },
    ]);
    expect(forks.get('closed.judging')).toEqual([
      { guard: 'deleted', to: 'closed.deleting' },
      { guard: null, to: 'closed.resting' },
    ]);
  });

  it('has no leaf that nothing leads to, and no arrow that leads nowhere', () => {
    const ends = new Set([...forks.values()].flat().map(({ to }) => to));
    expect([...leaves.keys()].filter((leaf) => !ends.has(leaf))).toEqual([]);
    expect([...ends].filter((end) => !leaves.has(end) && !forks.has(end))).toEqual([]);
  });

  it('never leads back: every set of facts comes to an end', () => {
    const loops = (path: string, before: readonly string[]): boolean =>
      before.includes(path) || (forks.get(path) ?? []).some(({ to }) => loops(to, [...before, path]));
    expect(loops('judging', [])).toBe(false);
  });
});
