import { describe, expect, it } from 'vitest';
import type { StackSeen, Thing } from '../../ports.ts';
import { takeDown, type TakingDown } from './app-steps.ts';

const STACK = 'web_ci_test';
const thing = (kind: Thing['kind']): Thing => ({
  kind,
  id: `id-${kind}`,
  name: `${STACK}_${kind}`,
  stack: STACK,
  createdAt: new Date(0),
});
const running = { things: ['service', 'container', 'volume'], services: 1 } as const;
const undeployed = { things: ['volume'], services: 0 } as const;
const nothing = { things: [], services: 0 } as const;
type Look = { readonly things: readonly Thing['kind'][]; readonly services: number };

/** The swarm shows these, look after look, and then the last one for ever; `says` is abra's answer to everything. */
async function takenDown(looks: readonly Look[], says: { ok: boolean; message?: string }): Promise<string[]> {
  let now = 0;
  let at = 0;
  const asked: string[] = [];
  const observe = (): Promise<StackSeen> => {
    const look = looks[Math.min(at++, looks.length - 1)] ?? nothing;
    const services = Array.from({ length: look.services }, () => ({}) as StackSeen['services'][number]);
    return Promise.resolve({ stack: STACK, services, things: look.things.map(thing) });
  };
  const answer = (word: string) => () => {
    asked.push(word);
    return Promise.resolve(says);
  };
  await takeDown({
    abra: { undeploy: answer('undeploy'), volumeRemove: answer('volume rm') },
    clock: { now: () => new Date(now) },
    request: { app: { stack: STACK, domain: 'web.ci.test' } },
    swarm: { observe },
    wait: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  } as unknown as TakingDown);
  return asked;
}

describe('taking an app down', () => {
  it('undeploys it, waits, and removes its volumes', async () => {
    const looks = [running, running, undeployed, undeployed, undeployed, nothing];
    expect(await takenDown(looks, { ok: true })).toEqual(['undeploy', 'volume rm']);
  });

  it('asks for nothing that is not there', async () => {
    expect(await takenDown([nothing], { ok: true })).toEqual([]);
  });

  it('is done once the swarm shows nothing, whatever abra said', async () => {
    const looks = [running, undeployed, undeployed, nothing];
    expect(await takenDown(looks, { ok: false, message: 'no' })).toEqual(['undeploy', 'volume rm']);
  });

  it('is never the recipe’s fault, and says what abra said', async () => {
    await expect(takenDown([running], { ok: false, message: 'it is not deployed' })).rejects.toMatchObject({
      fault: 'infra',
      failure: {
        reason: 'NotTakenDown',
        message: '2 things of the app did not go within 90 s.',
        evidence: `service ${STACK}_service\nit is not deployed`,
      },
    });
  });
});
