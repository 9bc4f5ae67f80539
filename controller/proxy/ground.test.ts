import { describe, expect, it } from 'vitest';
import { ensureGround, type GroundKeeper, type GroundSeen, groundStep } from './ground.ts';

const READY: GroundSeen = {
  state: 'active',
  manager: true,
  error: '',
  address: '192.0.2.7',
  network: { driver: 'overlay', subnets: ['10.77.0.0/16'] },
};
const WISH = { address: null, subnet: '10.77.0.0/16' };

describe('the next thing to do for the swarm', () => {
  it.each<{ because: string; seen: Partial<GroundSeen>; step: string; address?: string; message?: RegExp }>([
    { because: 'all is there', seen: {}, step: 'nothing' },
    {
      because: 'there is no swarm, or the node left it',
      seen: { state: 'inactive', network: null },
      step: 'make swarm',
    },
    { because: 'the network is gone', seen: { network: null }, step: 'make network' },
    {
      because: 'managers are being elected',
      seen: { state: 'pending', manager: false, network: null },
      step: 'wait',
    },
    {
      because: 'the swarm is locked',
      seen: { state: 'locked', manager: false },
      step: 'ask',
      message: /docker swarm unlock/,
    },
    {
      because: 'the node cannot take its part',
      seen: { state: 'error', error: 'could not bind 192.0.2.9' },
      step: 'ask',
      message: /does not come up: could not bind 192\.0\.2\.9\. .*docker swarm leave/,
    },
    {
      because: 'the machine is another’s worker',
      seen: { manager: false },
      step: 'ask',
      message: /worker of another machine's swarm.*docker node promote/,
    },
    {
      because: 'the swarm knows the machine by another address',
      seen: {},
      address: '192.0.2.8',
      step: 'ask',
      message: /as 192\.0\.2\.7, not as 192\.0\.2\.8/,
    },
    {
      because: 'somebody made a network of the name that apps cannot join',
      seen: { network: { driver: 'bridge', subnets: [] } },
      step: 'ask',
      message: /is a bridge network.*docker network rm proxy/,
    },
    {
      because: 'its network is smaller than we would make it, which doctor tells',
      seen: { network: { driver: 'overlay', subnets: ['10.1.0.0/20'] } },
      step: 'nothing',
    },
  ])('where $because: $step', ({ seen, step, address = null, message }) => {
    const next = groundStep({ ...READY, ...seen }, { ...WISH, address });
    expect(next.do).toBe(step);
    expect(next.do === 'ask' ? next.message : null).toEqual(
      message === undefined ? null : expect.stringMatching(message),
    );
  });
});

/** A Docker that keeps what it was told, and is `pending` for some looks after a swarm was made. */
function dockerOf(start: Partial<GroundSeen>, { pendingLooks = 0 } = {}) {
  let seen: GroundSeen = { ...READY, ...start };
  let pending = 0;
  const deeds: string[] = [];
  const keeper: GroundKeeper = {
    observe: () => Promise.resolve(pending-- > 0 ? { ...seen, state: 'pending', manager: false } : seen),
    makeSwarm: (address) => {
      deeds.push(`swarm ${address ?? 'by itself'}`);
      seen = { ...READY, address: address ?? READY.address, network: null };
      pending = pendingLooks;
      return Promise.resolve();
    },
    makeNetwork: (name, subnet) => {
      deeds.push(`${name} ${subnet}`);
      seen = { ...seen, network: { driver: 'overlay', subnets: [subnet] } };
      return Promise.resolve();
    },
  };
  let ms = 0;
  const clock = { now: () => new Date(ms) };
  const wait = (pause: number): Promise<void> => Promise.resolve(void (ms += pause));
  return { deeds, deps: { keeper, clock, wait, say: () => undefined } };
}

describe('the swarm and its network', () => {
  it('are made from nothing, and the second time nothing is done', async () => {
    const { deeds, deps } = dockerOf(
      { state: 'inactive', manager: false, network: null },
      { pendingLooks: 3 },
    );
    expect(await ensureGround(deps, { ...WISH, address: '192.0.2.7' })).toBe('changed');
    expect(deeds).toEqual(['swarm 192.0.2.7', 'proxy 10.77.0.0/16']);
    expect(await ensureGround(deps, { ...WISH, address: '192.0.2.7' })).toBe('unchanged');
    expect(deeds).toHaveLength(2);
  });

  it('heal where the network was removed by hand', async () => {
    const { deeds, deps } = dockerOf({ network: null });
    expect(await ensureGround(deps, WISH)).toBe('changed');
    expect(deeds).toEqual(['proxy 10.77.0.0/16']);
  });

  it('leave to a person what would take something from somebody', async () => {
    const { deeds, deps } = dockerOf({ manager: false });
    await expect(ensureGround(deps, WISH)).rejects.toMatchObject({ name: 'Terminal', reason: 'NotManager' });
    expect(deeds).toEqual([]);
  });

  it('are not waited for without end', async () => {
    const { deps } = dockerOf({ state: 'pending', manager: false });
    await expect(ensureGround(deps, WISH)).rejects.toMatchObject({
      reason: 'SwarmNotReady',
      message: expect.stringContaining('it is "pending"'),
    });
  });
});
