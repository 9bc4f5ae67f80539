/** What every Swarm does, the real one and the simulated: the same sentences, so that the fake stays honest. */
import { afterAll, describe, expect, it } from 'vitest';
import type { StackSeen, Swarm, Thing, ThingKind } from '../../controller/ports.ts';
import { type Convergence, convergenceOf } from '../../controller/domain/swarm/convergence.ts';
import { inventoryOf, isEmptyInventory } from '../../controller/domain/swarm/inventory.ts';

export type ContractFate = 'healthy' | 'crash' | 'unschedulable';

/** How a world makes what the contract looks at. */
export interface SwarmWorld {
  swarm(): Swarm;
  /** One stack of one service `app` with a volume `data`, a label `version` and this fate; again is an update. */
  deploy(stack: string, wish: { version: string; fate: ContractFate; replicas: number }): Promise<void>;
  /** An update to `version` that swarm takes back. */
  deployRolledBack(stack: string, version: string): Promise<void>;
  undeploy(stack: string): Promise<void>;
  /** Without any label. */
  createSecret(name: string): Promise<void>;
  createVolume(name: string): Promise<void>;
  /** A stack's name that nobody else uses. */
  newStack(): string;
  missingImage: string;
  presentImage: string;
}

const CRASH_LOOP = { restarts: 2, withinMs: 60_000 };
const POLL_MS = 100;

async function until<T>(look: () => Promise<T>, good: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Undeploys a stack and removes what that leaves, until the swarm shows nothing of it. */
export async function removeStack(
  world: Pick<SwarmWorld, 'swarm' | 'undeploy'>,
  stack: string,
): Promise<void> {
  const swarm = world.swarm();
  // `docker stack rm` fails where a network still has tasks (measured on 20.10.24); what is left shows itself below.
  await world.undeploy(stack).catch(() => undefined);
  const sweep = async () => {
    const { things } = await swarm.observe(stack);
    for (const thing of things.filter(({ kind }) => kind !== 'service'))
      await swarm.ensureAbsent(thing).catch(() => undefined);
    return await swarm.observe(stack);
  };
  await until(sweep, ({ things }) => things.length === 0);
}

export function describeSwarmContract(name: string, world: SwarmWorld): void {
  const made: string[] = [];
  const newStack = () => {
    const stack = world.newStack();
    made.push(stack);
    return stack;
  };
  const observe = (stack: string) => world.swarm().observe(stack);
  const converge = async (stack: string, since: Date, version?: string): Promise<Convergence> => {
    const label = version !== undefined && { version: { label: 'version', value: version, service: 'app' } };
    const judge = (seen: StackSeen) =>
      convergenceOf(seen, { since, crashLoop: CRASH_LOOP, ...label }, new Date());
    return judge(
      await until(
        () => observe(stack),
        (seen) => judge(seen).state !== 'converging',
      ),
    );
  };
  const find = async (stack: string, kind: ThingKind) => {
    const thing = (await observe(stack)).things.find((it) => it.kind === kind);
    if (!thing) throw new Error(`${stack} has no ${kind}`);
    return thing;
  };

  describe(`swarm contract: ${name}`, () => {
    // All at once: a real swarm needs six seconds to stop one stack, and hardly more for twenty.
    afterAll(async () => void (await Promise.all(made.map((stack) => removeStack(world, stack)))));

    it('shows nothing of a stack that never was', async () => {
      const stack = newStack();
      expect(await observe(stack)).toEqual({ stack, services: [], things: [] });
    });

    it('shows a deployed stack until all its tasks run as the present spec says', async () => {
      const stack = newStack();
      const since = new Date();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 2 });
      expect(await converge(stack, since, '1')).toMatchObject({ state: 'converged', cause: null });
      const [service] = (await observe(stack)).services;
      expect(service).toMatchObject({ name: 'app', desired: 2, replicated: true, job: false, update: null });
      expect(service?.labels['version']).toBe('1');
      const running = service?.tasks.filter(({ specVersion }) => specVersion === service.specVersion) ?? [];
      expect(running.map(({ state, health }) => [state, health])).toEqual([
        ['running', 'healthy'],
        ['running', 'healthy'],
      ]);
      expect(running.every(({ exitCode, container }) => exitCode === null && container !== null)).toBe(true);
    });

    it('takes an update for done only when new tasks have replaced the old ones', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0), '1');
      const before = (await observe(stack)).services[0]?.tasks[0]?.id;
      await world.deploy(stack, { version: '2', fate: 'healthy', replicas: 1 });
      expect(await converge(stack, new Date(0), '2')).toMatchObject({ state: 'converged' });
      const [service] = (await observe(stack)).services;
      expect(service?.update?.state).toBe('completed');
      expect(service?.tasks.find(({ id }) => id === before)).toMatchObject({ specVersion: null });
    });

    it('shows an update that swarm takes back as failed, although the old version is healthy', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0), '1');
      const since = new Date();
      await world.deployRolledBack(stack, '2');
      const result = await converge(stack, since, '2');
      expect(result).toMatchObject({
        state: 'failed',
        fault: 'recipe',
        cause: {
          reason: 'SwarmRollback',
          service: 'app',
          evidence: expect.stringMatching(/^task: non-zero exit \(3\) \(task \w+\)$/),
        },
      });
      const { services } = await until(
        () => observe(stack),
        ({ services }) => services[0]?.update?.state === 'rollback_completed',
      );
      expect(services[0]?.labels['version']).toBe('1');
    });

    it('tells a crash loop with its exit code', async () => {
      const stack = newStack();
      const since = new Date();
      await world.deploy(stack, { version: '1', fate: 'crash', replicas: 1 });
      expect(await converge(stack, since)).toMatchObject({
        state: 'failed',
        fault: 'recipe',
        cause: { reason: 'TaskExited', message: expect.stringContaining('exited with code 3') },
      });
    });

    it('tells that no node may run a service', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'unschedulable', replicas: 1 });
      expect(await converge(stack, new Date(0))).toMatchObject({ cause: { reason: 'Unschedulable' } });
    });

    it('counts a secret without a label and a stray volume as the stack’s by their names', async () => {
      const stack = newStack();
      await world.createSecret(`${stack}_password_v1`);
      await world.createVolume(`${stack}_stray`);
      const { things } = await observe(stack);
      expect(things.map(({ kind, name, stack: label }) => `${kind} ${name} ${label}`).toSorted()).toEqual([
        `secret ${stack}_password_v1 null`,
        `volume ${stack}_stray null`,
      ]);
      expect((await world.swarm().things()).filter((it) => it.name.startsWith(stack))).toHaveLength(2);
    });

    it('leaves the volume after an undeploy, and nothing else after a moment', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0));
      await world.undeploy(stack);
      const left = await until(
        () => observe(stack),
        ({ things }) => things.every(({ kind }) => kind === 'volume'),
      );
      expect(left.things.map(({ name }) => name)).toEqual([`${stack}_data`]);
      await world.swarm().ensureAbsent(left.things[0] as Thing);
      expect(isEmptyInventory(inventoryOf(await observe(stack)))).toBe(true);
    });

    it('refuses to remove what is in use, and says by what', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0));
      const volume = await find(stack, 'volume');
      await expect(world.swarm().ensureAbsent(volume)).rejects.toThrow(
        new RegExp(`volume "${volume.name}" cannot be removed yet: .*in use`),
      );
      const network = await find(stack, 'network');
      await expect(world.swarm().ensureAbsent(network)).rejects.toThrow(/cannot be removed yet: .*in use/);
    });

    it('kills a container as a crash would: its task has failed, and another takes its place', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0));
      const before = await observe(stack);
      const [task] = before.services[0]?.tasks ?? [];
      const container = before.things.find(({ kind, id }) => kind === 'container' && id === task?.container);
      await world.swarm().kill(container as Thing);
      const taskNow = ({ services }: StackSeen) => services[0]?.tasks.find(({ id }) => id === task?.id);
      const after = await until(
        () => observe(stack),
        (seen) => taskNow(seen)?.state === 'failed' && (seen.services[0]?.tasks.length ?? 0) > 1,
      );
      expect(taskNow(after)).toMatchObject({ desired: 'shutdown', exitCode: 137 });
      await world.swarm().kill(container as Thing);
      expect(await converge(stack, new Date(0))).toMatchObject({ state: 'converged' });
    });

    it('never kills a container of another name or stack than the one that was meant', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0));
      const container = await find(stack, 'container');
      for (const other of [{ name: `${stack}_other` }, { stack: `${stack}_eu` }, { stack: null }])
        await expect(world.swarm().kill({ ...container, ...other })).rejects.toThrow('left alone');
      const [service] = (await observe(stack)).services;
      expect(service?.tasks.map(({ state }) => state)).toEqual(['running']);
    });

    it('removes twice as well as once', async () => {
      const stack = newStack();
      await world.createSecret(`${stack}_password_v1`);
      const secret = await find(stack, 'secret');
      await world.swarm().ensureAbsent(secret);
      await world.swarm().ensureAbsent(secret);
      expect((await observe(stack)).things).toEqual([]);
    });

    it('never removes a thing whose name is another than the one that was meant', async () => {
      const stack = newStack();
      await world.createSecret(`${stack}_password_v1`);
      const secret = await find(stack, 'secret');
      await expect(world.swarm().ensureAbsent({ ...secret, name: `${stack}_other` })).rejects.toThrow(
        'left alone',
      );
      expect((await observe(stack)).things).toEqual([secret]);
    });

    it('leaves bystanders as they are', async () => {
      const [stack, other] = [newStack(), newStack()];
      await world.createSecret(`${other}_password_v1`);
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0));
      const before = (await observe(other)).things;
      await removeStack(world, stack);
      expect((await observe(other)).things).toEqual(before);
    });

    it('does not see the things of a stack whose name only starts alike', async () => {
      const stack = newStack();
      const longer = `${stack}_eu`;
      made.push(longer);
      await world.deploy(longer, { version: '1', fate: 'healthy', replicas: 1 });
      expect((await observe(stack)).things).toEqual([]);
    });

    it('finds an image that is there, and tells one that is nowhere as the recipe’s fault', async () => {
      expect(await world.swarm().ensureImage(world.presentImage)).toMatchObject({ ok: true });
      expect(await world.swarm().ensureImage(world.missingImage)).toMatchObject({
        ok: false,
        fault: 'recipe',
        reason: 'ImageMissing',
      });
    });

    it('gives the last lines of a service with their task, and none for a service that is not there', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await converge(stack, new Date(0));
      const service = (await observe(stack)).services[0];
      const lines = await until(
        () => world.swarm().logs(service?.id ?? '', 2),
        ({ length }) => length === 2,
      );
      expect(lines.map(({ text }) => text)).toEqual(['two', 'three']);
      expect(lines[0]?.task).toBe(service?.tasks[0]?.id);
      expect(await world.swarm().logs('doesnotexist', 2)).toEqual([]);
    });

    it('gives no lines, and at once, for a service that no node runs', async () => {
      const stack = newStack();
      await world.deploy(stack, { version: '1', fate: 'unschedulable', replicas: 1 });
      const { services } = await observe(stack);
      expect(await world.swarm().logs(services[0]?.id ?? '', 5)).toEqual([]);
    });

    it('says "look at everything" first, then names the stacks in which something happens', async () => {
      const stack = newStack();
      const control = new AbortController();
      const told: (string | null)[] = [];
      const watching = world.swarm().watch((it) => told.push(it), control.signal);
      await until(
        async () => told,
        ({ length }) => length > 0,
      );
      expect(told[0]).toBeNull();
      await world.deploy(stack, { version: '1', fate: 'healthy', replicas: 1 });
      await until(
        async () => told,
        (it) => it.includes(stack),
      );
      control.abort();
      await watching;
    });
  });
}
