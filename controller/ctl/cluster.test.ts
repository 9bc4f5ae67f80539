import type { Cluster } from '../views/cluster.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, type Config } from '../config.ts';
import { appNameOf } from '../domain/run/names.ts';
import type { Swarm, Thing } from '../ports.ts';
import { makeCluster } from './cluster.ts';
import { finishedBody, Fixture, NOW, statusBody } from './testing.ts';

const KEY = 'k'.repeat(64);
let fixture: Fixture;
let config: Config;
let things: Thing[];

beforeEach(async () => {
  fixture = await Fixture.make();
  config = readConfig({ CCCI_STATE_DIR: fixture.layout.root });
  things = [];
  await fixture.write(fixture.layout.keyFile, `${KEY}\n`);
});

afterEach(() => fixture.remove());

/** A swarm that holds things and forgets what is removed. */
async function cluster(over: Partial<Swarm> = {}): Promise<Cluster> {
  const swarm = {
    things: () => Promise.resolve([...things]),
    ensureAbsent: (thing: Thing) => {
      things = things.filter((each) => each.id !== thing.id);
      return Promise.resolve();
    },
    ...over,
  } as Swarm;
  const stagesFor = () => ({ owners: () => Promise.resolve([]), ensureLocalAbsent: () => Promise.resolve() });
  return makeCluster({ config, clock: { now: () => NOW }, swarm, stagesFor });
}

const app = (uid: string) => appNameOf({ recipe: 'ghost', pr: null, uid, attempt: 1, zone: 'ci.test' }, KEY);
const thing = (stack: string, kind: Thing['kind']): Thing => ({
  kind,
  id: `${stack}/${kind}`,
  name: `${stack}_x`,
  stack,
  createdAt: new Date(0),
});

describe('the cluster', () => {
  it('shows live stacks with the run that owns them, and nobody else’s', async () => {
    const { stack, domain } = app('u-1');
    await fixture.run('x', statusBody({ phase: 'Running', app: { stack, domain } }));
    things = [thing(stack, 'service'), thing(stack, 'volume'), thing('traefik_ci_test', 'service')];
    expect(await (await cluster()).apps()).toEqual([
      { stack, domain, run: 'x', services: 1, things: 2, createdAt: new Date(0) },
    ]);
  });

  it('takes only what no live run owns for an orphan, and removes it', async () => {
    const live = app('u-1');
    const over = app('u-2');
    await fixture.run('live', statusBody({ phase: 'Running', app: live }));
    await fixture.run('over', finishedBody('Passed', { uid: 'u-2', app: over }));
    things = [
      thing(live.stack, 'service'),
      thing(over.stack, 'volume'),
      thing('bystander_ci_test', 'volume'),
    ];
    const here = await cluster();
    expect(await here.orphans()).toMatchObject([{ thing: 'volume', stack: over.stack }]);
    expect(await here.reap({ dryRun: true })).toMatchObject({
      seen: 3,
      ours: 2,
      removed: [expect.any(String)],
    });
    expect(things).toHaveLength(3);
    await here.reap({ dryRun: false });
    expect(things.map((each) => each.stack)).toEqual([live.stack, 'bystander_ci_test']);
  });

  it('removes nothing while a status cannot be read: its run may be live', async () => {
    things = [thing(app('u-1').stack, 'service')];
    await fixture.write(fixture.layout.statusFile('torn'), '{');
    await expect((await cluster()).reap({ dryRun: false })).rejects.toThrow('its run may be live');
    expect(things).toHaveLength(1);
  });

  it('owns nothing without a key', async () => {
    const { stack } = app('u-1');
    things = [thing(stack, 'service')];
    config = { ...config, stateDir: `${fixture.root}/other` };
    const here = await cluster();
    expect(await here.apps()).toEqual([]);
    expect(await here.reap({ dryRun: false })).toMatchObject({ seen: 1, ours: 0, removed: [] });
    expect(things).toHaveLength(1);
  });

  it('says 7 and what to do where Docker does not answer', async () => {
    const here = await cluster({ things: () => Promise.reject(new Error('connect ENOENT')) });
    await expect(here.apps()).rejects.toMatchObject({
      code: 'unreachable',
      next: expect.stringContaining('CCCI_DOCKER_HOST'),
    });
  });
});
