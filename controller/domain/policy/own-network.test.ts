import { describe, expect, it } from 'vitest';
import { composeTree, type Tree } from '../recipe/compose-tree.ts';
import { sharedNetworkKeys, withOwnNetwork } from './own-network.ts';

const OWN = 'ccci-proxy-2';

function treeOf(text: string): Tree {
  const read = composeTree({ files: [{ path: 'compose.yml', text }], env: {} });
  if (!read.ok) throw new Error(read.problem);
  return read.tree;
}

const recipe = (networks: string, labels: string, joins = '[proxy]'): Tree =>
  treeOf(
    `services: {app: {image: "web:1", networks: ${joins}, deploy: {labels: ${labels}}}}\nnetworks: ${networks}\n`,
  );

const labelsOf = (tree: Tree): unknown =>
  (withOwnNetwork(tree, OWN) as { services: { app: { deploy: { labels: unknown } } } }).services.app.deploy
    .labels;

describe('the network to the proxy', () => {
  it.each([
    { because: 'as recipes write it', networks: '{proxy: {external: true}}', want: ['proxy'] },
    { because: 'under another key', networks: '{web: {external: true, name: proxy}}', want: ['web'] },
    { because: 'as older files write it', networks: '{web: {external: {name: proxy}}}', want: ['web'] },
    { because: 'as the default', networks: '{default: {external: true, name: proxy}}', want: ['default'] },
    { because: 'but not a network of the app’s own', networks: '{proxy: {}, web: null}', want: [] },
  ])('is found $because', ({ networks, want }) => {
    const tree = treeOf(`services: {app: {image: "web:1"}}\nnetworks: ${networks}\n`);
    expect(sharedNetworkKeys(tree)).toEqual(want);
    const changed = withOwnNetwork(tree, OWN) as { networks: Record<string, unknown> };
    for (const key of want) expect(changed.networks[key]).toEqual({ external: true, name: OWN });
    expect(sharedNetworkKeys(changed)).toEqual([]);
  });

  const external = '{proxy: {external: true}, inner: null}';
  it.each([
    {
      because: 'where nothing names one, by the label that every Traefik knows',
      labels: '[traefik.enable=true]',
      want: { 'traefik.enable': 'true', 'traefik.docker.network': OWN },
    },
    {
      because: 'in place of the shared one, in any case',
      labels: '[Traefik.Docker.Network=proxy]',
      want: { 'traefik.docker.network': OWN },
    },
    {
      because: 'in the words of swarm where others are: Traefik leaves out a service with both',
      labels: '[traefik.swarm.lbswarm=true, traefik.swarm.network=proxy]',
      want: { 'traefik.swarm.lbswarm': 'true', 'traefik.swarm.network': OWN },
    },
    {
      because: 'but not where the recipe names a network of its own',
      labels: '[traefik.docker.network=web_ci_test_inner]',
      want: { 'traefik.docker.network': 'web_ci_test_inner' },
    },
    { because: 'but not where nothing is for Traefik', labels: '[other=x]', want: { other: 'x' } },
  ])('is told to Traefik $because', ({ labels, want }) => {
    expect(labelsOf(recipe(external, labels))).toEqual(want);
  });

  it('is nothing to a service that is not in it', () => {
    expect(labelsOf(recipe(external, '[traefik.enable=true]', '[inner]'))).toEqual({
      'traefik.enable': 'true',
    });
  });
});
