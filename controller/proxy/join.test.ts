import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../ports.ts';
import { ensureSlotNetworks, hasJoined, joinFile, type NetworkKeeper } from './join.ts';

/** A swarm that keeps the networks that it was told to make, and what they are like. */
function keeperOf(there: readonly string[]) {
  const networks = new Map(there.map((name) => [name, '']));
  const keeper: NetworkKeeper = {
    names: () => Promise.resolve([...networks.keys()]),
    ensure: (name, { like, internal }) => {
      if (!networks.has(name)) networks.set(name, `${like}${internal ? ', internal' : ''}`);
      return Promise.resolve();
    },
  };
  return { keeper, networks };
}

const specOf = (networks: readonly string[]): ServiceSpec =>
  ({ name: 'app', networks: networks.map((name) => ({ name, aliases: [] })) }) as unknown as ServiceSpec;

describe('the networks of the slots', () => {
  it('are made for each run that there may be and some more, like the one of all', async () => {
    const { keeper, networks } = keeperOf(['proxy']);
    const names = await ensureSlotNetworks(keeper, 2);
    const wanted = [1, 2, 3, 4].flatMap((slot) => [
      [`ccci-proxy-${slot}`, 'proxy'],
      [`ccci-proxy-${slot}-closed`, 'proxy, internal'],
    ]);
    expect(names).toEqual(wanted.map(([name]) => name));
    expect([...networks]).toEqual([['proxy', ''], ...wanted]);
  });

  it('stay when there may be fewer runs: one may be in it', async () => {
    const { keeper } = keeperOf(['proxy', 'ccci-proxy-9', 'ccci-proxy-x', 'shop_ccci-proxy-8']);
    expect(await ensureSlotNetworks(keeper, 1)).toContain('ccci-proxy-9');
    expect(await ensureSlotNetworks(keeper, 1)).toHaveLength(7);
  });

  it('are joined once the proxy was told all of them', () => {
    const wanted = ['ccci-proxy-1', 'ccci-proxy-2'];
    expect(hasJoined([specOf(['proxy', ...wanted])], wanted)).toBe(true);
    expect(hasJoined([specOf(['proxy', 'ccci-proxy-1'])], wanted)).toBe(false);
    expect(hasJoined([], wanted)).toBe(false);
  });

  it('are told in a file of the recipe’s own version, which docker wants to be the same', () => {
    const text = joinFile('---\nversion: "3.8"\nservices: {}\n', {
      networks: ['ccci-proxy-1'],
      labels: { 'ccci.proxy.settings': 'abc' },
    });
    expect(parse(text)).toEqual({
      version: '3.8',
      services: {
        app: {
          networks: ['proxy', 'ccci-proxy-1'],
          deploy: { labels: ['ccci.proxy.settings=abc'] },
        },
      },
      networks: { 'ccci-proxy-1': { external: true } },
    });
    expect(joinFile('services: {}\n', { networks: [], labels: {} })).not.toContain('version');
  });
});
