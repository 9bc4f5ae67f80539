import { expect, it } from 'vitest';
import type { StackSeen, Thing, ThingKind } from '../../ports.ts';
import {
  EMPTY_INVENTORY,
  inventoryDifference,
  inventoryLines,
  inventoryOf,
  isEmptyInventory,
} from './inventory.ts';

const thing = (kind: ThingKind, name: string): Thing => ({
  kind,
  id: name,
  name,
  stack: null,
  createdAt: new Date(0),
});
const seen = (...things: Thing[]): StackSeen => ({ stack: 'shop', services: [], things });

it('names everything of a stack, sorted, with what is outside the swarm', () => {
  const kinds: ThingKind[] = ['service', 'container', 'network', 'volume', 'secret', 'config'];
  const things = [...kinds.map((kind) => thing(kind, `shop_${kind}`)), thing('volume', 'shop_a')];
  const inventory = inventoryOf(seen(...things), ['/x/.env']);
  expect(inventory.volumes).toEqual(['shop_a', 'shop_volume']);
  expect(inventoryLines(inventory)).toEqual([
    'service shop_service',
    'container shop_container',
    'network shop_network',
    'volume shop_a',
    'volume shop_volume',
    'secret shop_secret',
    'config shop_config',
    'local /x/.env',
  ]);
});

it('is empty only when nothing is left, here or there', () => {
  expect(isEmptyInventory(inventoryOf(seen()))).toBe(true);
  expect(isEmptyInventory(inventoryOf(seen(), ['/x/.env']))).toBe(false);
  expect(isEmptyInventory(inventoryOf(seen(thing('secret', 'shop_key'))))).toBe(false);
});

it('tells what was removed, and counts two networks of one name twice', () => {
  const network = thing('network', 'shop_default');
  const before = inventoryOf(seen(network, network, thing('volume', 'shop_data')));
  const after = inventoryOf(seen(network));
  expect(inventoryDifference(before, after)).toEqual({
    ...EMPTY_INVENTORY,
    networks: ['shop_default'],
    volumes: ['shop_data'],
  });
  expect(isEmptyInventory(inventoryDifference(after, before))).toBe(true);
});

it('leaves its own empty inventory empty', () => {
  inventoryOf(seen(thing('volume', 'x')));
  expect(isEmptyInventory(EMPTY_INVENTORY)).toBe(true);
});
