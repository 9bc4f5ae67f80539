import { describe, expect, it } from 'vitest';
import type { StackSeen } from '../../ports.ts';
import type { StageContext } from '../step/context.ts';
import { judgeOf, makeLook } from './watch-stack.ts';

const EMPTY: StackSeen = { stack: 'web', services: [], things: [] };

/** Docker does not answer for so many seconds. */
async function looked(blindForSeconds: number): Promise<{ said: string[]; seconds: number }> {
  let now = 0;
  const said: string[] = [];
  const context = {
    clock: { now: () => new Date(now) },
    log: { say: (line: string) => said.push(line) },
    request: { app: { stack: 'web' }, settings: { crashLoop: { restarts: 4, within: '60s' } } },
    swarm: {
      observe: () =>
        now < blindForSeconds * 1_000 ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve(EMPTY),
    },
    wait: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  } as unknown as StageContext;
  const look = makeLook(context, judgeOf(context, { since: new Date(0), commit: null }));
  await look();
  await look();
  return { said, seconds: now / 1_000 };
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
