/** The swarms that runs can be tested on, by name. */
import type { Server, Servers } from '../ports.ts';
import { Terminal } from './errors.ts';

export function makeServers<S>(servers: readonly Server<S>[]): Servers<S> {
  const byName = new Map(servers.map((server) => [server.name, server]));
  const names = [...byName.keys()];
  return {
    all: () => servers,
    names: () => names,
    of: (name) => {
      const found = byName.get(name);
      if (found !== undefined) return found;
      const message = `There is no server "${name}". Those that are configured: ${names.join(', ')}.`;
      throw new Terminal('ServerUnknown', message);
    },
  };
}
