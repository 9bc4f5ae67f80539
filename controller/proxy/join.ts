/** The proxy joins a network for each run that there may be, once and before any of them: a task cannot join one later (moby#39391). */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isClosed, isSlotNetwork, PROXY_NETWORK, slotNetworks } from '../domain/swarm/slot-networks.ts';
import { ensureExcluded } from '../git/exclude.ts';
import type { ServiceSpec } from '../ports.ts';

export interface NetworkKeeper {
  names(): Promise<readonly string[]>;
  /** An overlay network with the options of the one that it is like. */
  ensure(name: string, wish: { readonly like: string; readonly internal: boolean }): Promise<void>;
}

/** Written into the proxy's own checkout, and named in its COMPOSE_FILE. */
export const JOIN_FILE = 'compose.ccci-slots.yml';

/** All of them by name. Those that were made for more runs than there may be now stay: a run may be in one. */
export async function ensureSlotNetworks(keeper: NetworkKeeper, slots: number): Promise<string[]> {
  const wanted = slotNetworks(slots);
  for (const name of wanted) await keeper.ensure(name, { like: PROXY_NETWORK, internal: isClosed(name) });
  const older = (await keeper.names()).filter((name) => isSlotNetwork(name) && !wanted.includes(name));
  return [...wanted, ...older.sort()];
}

export function hasJoined(specs: readonly ServiceSpec[], networks: readonly string[]): boolean {
  const joined = specs.find(({ name }) => name === 'app')?.networks ?? [];
  return networks.every((network) => joined.some(({ name }) => name === network));
}

export interface Join {
  readonly networks: readonly string[];
  /** What the service of the proxy says of itself. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Docker refuses compose files of different versions in one deploy, so this one says what the recipe's says. */
export function joinFile(compose: string, { networks, labels }: Join): string {
  const version = /^version:.*$/m.exec(compose)?.[0];
  return [
    ...(version === undefined ? [] : [version]),
    'services:',
    '  app:',
    '    networks:',
    ...[PROXY_NETWORK, ...networks].map((name) => `      - ${name}`),
    ...(Object.keys(labels).length === 0 ? [] : ['    deploy:', '      labels:']),
    ...Object.entries(labels).map(([name, value]) => `        - "${name}=${value}"`),
    'networks:',
    ...networks.flatMap((name) => [`  ${name}:`, '    external: true']),
    '',
  ].join('\n');
}

export async function writeJoinFile(checkout: string, wish: Join): Promise<void> {
  const compose = await readFile(join(checkout, 'compose.yml'), 'utf8');
  await writeFile(join(checkout, JOIN_FILE), joinFile(compose, wish));
  await ensureExcluded(checkout, JOIN_FILE);
}
