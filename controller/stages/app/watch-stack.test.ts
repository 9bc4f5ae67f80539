import { describe, expect, it } from 'vitest';
import type { StackSeen } from '../../ports.ts';
import { appOf, logOf, stepOf, swarmOf, timeOf } from '../step/testing.ts';
import { judgeOf, makeLook } from './watch-stack.ts';

const EMPTY: StackSeen = { stack: 'web', services: [], things: [] };

/** Docker does not answer for so many seconds. */
async function looked(blindForSeconds: number): Promise<{ said: string[]; seconds: number }> {
  const time = timeOf();
  const said: string[] = [];
  const observe = (): Promise<StackSeen> =>
    time.ms() < blindForSeconds * 1_000 ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve(EMPTY);
  const app = { domain: 'web.ci.test', stack: 'web' };
  const context = {
    ...appOf('/nowhere', { request: { app } }),
    ...stepOf({ ...time, log: logOf(said) }),
    swarm: swarmOf({ observe }),
  };
  const look = makeLook(context, judgeOf(context, { since: new Date(0), commit: null }));
  await look();
  await look();
  return { said, seconds: time.ms() / 1_000 };
}

describe('looking at a stack', () => {
  it('goes on while Docker is restarted, and says once what it waits for', async () => {
    const { said, seconds } = await looked(50);
    expect(said).toEqual(['Waiting for the first service of stack "web".']);
    expect(seconds).toBeCloseTo(50, 0);
  });

  it('gives up after a minute, which is not the recipe’s fault', async () => {
    await expect(looked(70)).rejects.toMatchObject({
      fault: 'infra',
      failure: { reason: 'DockerNotAnswering', evidence: 'ECONNREFUSED' },
    });
  });
});
