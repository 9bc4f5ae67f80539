import { describe, expect, it } from 'vitest';
import type { StackSeen, Thing } from '../../ports.ts';
import type { AbraResult } from '../../abra/driver.ts';
import { abraOf, appOf, swarmOf, timeOf } from '../step/testing.ts';
import { takeDown } from './app-steps.ts';

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
const RUN = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  aborted: false,
  allGone: true,
  stdout: '',
  stderr: '',
  durationMs: 1,
};
const DONE: AbraResult<void> = { ok: true, command: 'app', value: undefined, run: RUN };
const refused = (message: string): AbraResult<void> => ({
  ok: false,
  command: 'app',
  why: 'fatal',
  fault: 'recipe',
  message,
  lastLines: [],
  run: { ...RUN, exitCode: 1 },
});
type Look = { readonly things: readonly Thing['kind'][]; readonly services: number };

/** The swarm shows these, look after look, and then the last one for ever; `says` is abra's answer to everything. */
async function takenDown(looks: readonly Look[], says: AbraResult<void>): Promise<string[]> {
  let at = 0;
  const asked: string[] = [];
  const observe = (): Promise<StackSeen> => {
    const look = looks[Math.min(at++, looks.length - 1)] ?? nothing;
    const services = Array.from({ length: look.services }, () => ({}) as StackSeen['services'][number]);
    return Promise.resolve({ stack: STACK, services, things: look.things.map(thing) });
  };
  const answer = (word: string) => (): Promise<AbraResult<void>> => {
    asked.push(word);
    return Promise.resolve(says);
  };
  await takeDown({
    ...appOf('/nowhere'),
    ...timeOf(),
    abra: abraOf({ undeploy: answer('undeploy'), volumeRemove: answer('volume rm') }),
    swarm: swarmOf({ observe }),
  });
  return asked;
}

describe('taking an app down', () => {
  it('undeploys it, waits, and removes its volumes', async () => {
    const looks = [running, running, undeployed, undeployed, undeployed, nothing];
    expect(await takenDown(looks, DONE)).toEqual(['undeploy', 'volume rm']);
  });

  it('asks for nothing that is not there', async () => {
    expect(await takenDown([nothing], DONE)).toEqual([]);
  });

  it('is done once the swarm shows nothing, whatever abra said', async () => {
    const looks = [running, undeployed, undeployed, nothing];
    expect(await takenDown(looks, refused('no'))).toEqual(['undeploy', 'volume rm']);
  });

  it('is never the recipe’s fault, and says what abra said', async () => {
    await expect(takenDown([running], refused('it is not deployed'))).rejects.toMatchObject({
      fault: 'infra',
      failure: {
        reason: 'NotTakenDown',
        message: '2 things of the app did not go within 90 s.',
        evidence: `service ${STACK}_service\nit is not deployed`,
      },
    });
  });
});
