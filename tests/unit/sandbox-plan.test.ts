import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sourcesFor } from '../sandbox/debian.ts';
import { checkName, defaultName, layoutOf } from '../sandbox/paths.ts';
import { makeRecipeRepo, makeVariantRepo } from '../sandbox/repos.ts';
import { chooseSubnet, overlaps } from '../sandbox/subnet.ts';
import { ingressPlan, nodePlan, overlayPlan } from '../sandbox/vip-plan.ts';

describe('names of sandboxes', () => {
  it('differ between checkouts and fit into the names of network devices', () => {
    expect(defaultName('/a')).not.toBe(defaultName('/b'));
    const { bridge, veth } = layoutOf({ name: checkName('abcdefghij'), dir: '/x' });
    expect(Math.max(bridge.length, veth.length)).toBeLessThanOrEqual(15);
  });

  it.each(['', 'A', '1a', 'a-b', 'abcdefghijk', '../x'])('refuses %j, saying what may be used', (name) => {
    expect(() => checkName(name)).toThrow(/letter/);
  });
});

describe('the subnet of a sandbox', () => {
  it('stays the same for a name while it is free, and is the next one where it is not', () => {
    const first = chooseSubnet('a', () => false);
    expect(chooseSubnet('a', () => false)).toEqual(first);
    expect(chooseSubnet('a', (prefix) => prefix === first.prefix).prefix).not.toBe(first.prefix);
    expect(() => chooseSubnet('a', () => true)).toThrow(/is taken/);
  });

  it.each([
    { because: 'another sandbox has it', route: '10.231.4.1/24', want: true },
    { because: 'a single address in it is used', route: '10.231.4.77', want: true },
    { because: 'a larger network holds it', route: '10.0.0.0/8', want: true },
    { because: 'it is the neighbour', route: '10.231.5.1/24', want: false },
    { because: 'the default route is everywhere', route: 'default', want: false },
    { because: 'the default route is everywhere', route: '0.0.0.0/0', want: false },
  ])('$route: $want, because $because', ({ route, want }) => {
    expect(overlaps('10.231.4', route)).toBe(want);
  });
});

describe('the plan that stands in for IPVS', () => {
  const network = {
    Services: {
      '': { VIP: '<nil>', Tasks: [{ EndpointIP: '10.0.1.9' }] },
      web: {
        VIP: '10.0.1.2',
        Ports: ['Target: 80, Publish: 8080'],
        Tasks: [{ EndpointIP: '10.0.1.4' }, { EndpointIP: '10.0.1.3' }],
      },
    },
  };

  it('spreads a service address evenly over its tasks', () => {
    const { script } = overlayPlan(network);
    expect(script).toContain(
      '-d 10.0.1.2/32 -m statistic --mode random --probability 0.500000 -j DNAT --to-destination 10.0.1.3',
    );
    expect(script).toContain('-A CIVIP -d 10.0.1.2/32 -j DNAT --to-destination 10.0.1.4');
  });

  it('sends a published port to the port inside', () => {
    expect(ingressPlan(network).script).toContain('--dport 8080 -j DNAT --to-destination 10.0.1.4:80');
    expect(nodePlan(network, '172.18.0.2').script).toContain(
      '--dport 8080 -j DNAT --to-destination 172.18.0.2:8080',
    );
  });

  it('lets nothing but addresses into a script', () => {
    const odd = { Services: { web: { VIP: '10.0.1.2; reboot', Tasks: [{ EndpointIP: '$(reboot)' }] } } };
    expect(overlayPlan(odd).script).not.toContain('reboot');
  });
});

describe('apt sources for another release', () => {
  it('keeps the mirror and exchanges the release, leaving sources of others out', () => {
    const debian =
      'Types: deb\n# a note\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main';
    const other = 'Types: deb\nURIs: http://node.test\nSuites: nodistro\nComponents: main';
    const text = sourcesFor('trixie', [debian, other], 'bookworm');
    expect(text).toBe(
      'Types: deb\nURIs: http://mirror.test/debian\nSuites: trixie trixie-updates\nComponents: main\n',
    );
  });

  it('says which file to look at where there is no Debian source', () => {
    expect(() => sourcesFor('trixie', [], 'bookworm')).toThrow(/sources\.list\.d/);
  });
});

describe('fixture recipes', async () => {
  const into = await mkdtemp(join(tmpdir(), 'ccci-repos-'));
  afterAll(() => rm(into, { recursive: true }));

  it('become the same commits every time, whatever the machine', async () => {
    const repo = await makeRecipeRepo('tiny-web', into);
    expect(repo.tags).toEqual({
      '1.0.0+1.35': expect.stringMatching(/^[0-9a-f]{40}$/),
      '1.1.0+1.37': expect.any(String),
    });
    expect(await makeRecipeRepo('tiny-web', join(into, 'again'))).toEqual({
      ...repo,
      path: join(into, 'again/tiny-web'),
    });
  });

  it('are made anew where somebody changed them', async () => {
    const repo = await makeRecipeRepo('tiny-web', into);
    await writeFile(join(repo.path, 'compose.yml'), 'changed');
    expect(await makeRecipeRepo('tiny-web', into)).toEqual(repo);
  });

  it('have variants: the same history and one more commit', async () => {
    const base = await makeRecipeRepo('tiny-web', into);
    const variant = await makeVariantRepo({ base: 'tiny-web', name: 'tiny-broken', into }, (dir) =>
      writeFile(join(dir, 'compose.yml'), 'broken'),
    );
    expect(variant.tags).toEqual(base.tags);
    expect(variant.head).not.toBe(base.head);
  });
});
