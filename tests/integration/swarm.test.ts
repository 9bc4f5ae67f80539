import { afterAll, describe, expect, it } from 'vitest';
import { convergenceOf } from '../../controller/domain/swarm/convergence.ts';
import type { Swarm } from '../../controller/ports.ts';
import { ensureSandbox } from '../sandbox/sandbox.ts';
import { describeSwarmContract, removeStack } from '../simulation/swarm-contract.ts';
import { worldOf } from './swarm-world.ts';

const sandbox = await ensureSandbox();
const world = worldOf(sandbox);
const { docker } = world;
const swarm: Swarm = world.swarm();

describeSwarmContract('real', world);

describe('the real swarm only', () => {
  const stacks: string[] = [];
  const newStack = () => {
    const stack = world.newStack();
    stacks.push(stack);
    return stack;
  };
  const convergedOrFailed = async (stack: string) => {
    const expected = { since: new Date(0), crashLoop: { restarts: 2, withinMs: 60_000 } };
    const judge = async () => convergenceOf(await swarm.observe(stack), expected, new Date());
    await expect.poll(judge, { timeout: 60_000, interval: 200 }).not.toMatchObject({ state: 'converging' });
    return judge();
  };

  afterAll(async () => void (await Promise.all(stacks.map((stack) => removeStack(world, stack)))));

  it('tells what the engine is', async () => {
    expect(await swarm.info()).toMatchObject({ manager: true, swarm: 'active' });
  });

  it('tells an image that does not exist from an app that fails', async () => {
    const stack = newStack();
    await world.deployService(stack, { version: '1', command: 'true', image: 'ccci/nonesuch:9' });
    expect(await convergedOrFailed(stack)).toMatchObject({
      state: 'failed',
      fault: 'recipe',
      cause: { reason: 'ImageMissing', service: 'app', evidence: 'No such image: ccci/nonesuch:9' },
    });
  });

  it('shows what the health check said, although swarm has ended the task', async () => {
    const stack = newStack();
    const healthcheck = { test: ['CMD-SHELL', 'echo no table users; exit 1'], interval: '300ms', retries: 2 };
    await world.deployService(stack, { version: '1', command: 'exec sleep 3600', healthcheck });
    expect(await convergedOrFailed(stack)).toMatchObject({
      cause: { reason: 'HealthcheckFailing', evidence: 'no table users' },
    });
  });

  it('never removes a container that was given another name', async () => {
    const stack = newStack();
    const name = `${stack}_stray`;
    const { stdout: id } = await docker(['create', '--name', name, 'ccci/busybox:1.35', 'true']);
    const [thing] = (await swarm.observe(stack)).things;
    expect(thing).toMatchObject({ kind: 'container', id, name });
    await docker(['rename', name, `${name}2`]);
    await expect(swarm.ensureAbsent(thing!)).rejects.toThrow(`is now called "${name}2" and was left alone`);
    await docker(['inspect', id]);
  });

  it('pulls what the registry has, and knows its digest', async () => {
    const image = `${sandbox.registry}/swarmtest/present:1`;
    await docker(['tag', 'ccci/busybox:1.35', image]);
    await docker(['push', '-q', image]);
    await docker(['rmi', image]);
    expect(await swarm.ensureImage(image)).toMatchObject({
      ok: true,
      digest: expect.stringMatching(/^sha256:/),
    });
    await docker(['rmi', image]);
  });

  it('knows the size of an image', async () => {
    const { stdout } = await docker(['image', 'inspect', '--format', '{{.Size}}', 'ccci/busybox:1.35']);
    expect(await swarm.ensureImage('ccci/busybox:1.35')).toMatchObject({ ok: true, bytes: Number(stdout) });
  });

  it('blames itself for a registry that does not answer', async () => {
    expect(await swarm.ensureImage(`${sandbox.address}:9/swarmtest/x:1`)).toMatchObject({
      ok: false,
      fault: 'infra',
      reason: 'RegistryUnreachable',
    });
  });
});
