import { expect, it } from 'vitest';
import { appNameOf } from '../domain/run/names.ts';
import type { Server, Swarm, Thing } from '../ports.ts';
import { silentLog } from '../runtime/log.ts';
import { makeServers } from '../runtime/servers.ts';
import { reap, type ReaperDeps } from './reaper.ts';

const KEY = 'k'.repeat(32);
const NOW = new Date('2026-11-30T12:00:00Z');

/** A server that holds the volume of a run that is over. */
function serverOf(name: string, isThere = true): Server<Pick<Swarm, 'things' | 'ensureAbsent'>> {
  const zone = `${name}.test`;
  const { stack } = appNameOf({ recipe: 'ghost', pr: null, uid: name, attempt: 1, zone }, KEY);
  const createdAt = new Date('2026-11-30T11:00:00Z');
  let things: Thing[] = [{ kind: 'volume', id: 'v', name: `${stack}_data`, stack, createdAt }];
  const swarm = {
    things: async () => {
      if (!isThere) throw new Error(`${name} does not answer`);
      return things;
    },
    ensureAbsent: async (thing: Thing) => void (things = things.filter((each) => each !== thing)),
  };
  return { name, swarm, zone, dockerHost: '', abraServer: name };
}

function depsOf(servers: readonly ReturnType<typeof serverOf>[]): ReaperDeps & { readonly gone: string[] } {
  const gone: string[] = [];
  return {
    gone,
    store: { statuses: () => [] },
    servers: makeServers(servers),
    stages: {
      owners: async () => [{ uid: 'u1', what: ['process 1'], since: new Date(0) }],
      ensureLocalAbsent: async (uid) => void gone.push(uid),
    },
    clock: { now: () => NOW },
    log: silentLog,
    key: KEY,
    minAgeMs: 120_000,
  };
}

it('sweeps every server by the names of its own zone', async () => {
  const [one, two] = [serverOf('one'), serverOf('two')];
  const deps = depsOf([one, two]);
  const report = await reap(deps, { dryRun: false });
  expect(report).toMatchObject({ seen: 2, ours: 2, young: 0, failed: [] });
  expect([await one.swarm.things(), await two.swarm.things(), deps.gone]).toEqual([[], [], ['u1']]);
});

it('keeps nothing on a server because another does not answer, and says that one does not', async () => {
  const [lost, there] = [serverOf('lost', false), serverOf('there')];
  const deps = depsOf([lost, there]);
  await expect(reap(deps, { dryRun: false })).rejects.toThrow('lost does not answer');
  expect([await there.swarm.things(), deps.gone]).toEqual([[], ['u1']]);
});

it('only says in a dry run what it would remove', async () => {
  const one = serverOf('one');
  const deps = depsOf([one]);
  expect((await reap(deps, { dryRun: true })).removed).toHaveLength(2);
  expect([(await one.swarm.things()).length, deps.gone]).toEqual([1, []]);
});
