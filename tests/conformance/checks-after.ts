import { stat } from 'node:fs/promises';
import { expectDone, expectRefused, expectSame, expectThat, type Check } from './check.ts';
import { COMPOSE, HEAD_LABEL, NEWEST, RECIPE, RELEASES } from './recipe.ts';
import type { World } from './world.ts';

const OLDEST = RELEASES[0];

async function count(world: World, ...kind: string[]): Promise<number> {
  const text = await world.docker(...kind, '--filter', `label=com.docker.stack.namespace=${world.stack}`);
  return text.split('\n').filter(Boolean).length;
}

async function versionLabels({ service, stack }: World): Promise<(string | undefined)[]> {
  const labels = (await service('app'))?.labels ?? {};
  return ['version', 'chaos', 'chaos-version'].map((name) => labels[`coop-cloud.${stack}.${name}`]);
}

async function breakApp({ write, image, git }: World, edit: (text: string) => string): Promise<void> {
  await write('compose.yml', edit(COMPOSE(image, HEAD_LABEL, 'broken')));
  await git('commit', '-qam', 'broken');
}

/** Failures, undeploy, pinned versions, and the end. */
export const AFTER: readonly Check[] = [
  {
    section: '5', says: 'an update that swarm rolls back is "deploy failed" with a non-zero exit',
    look: async (world) => {
      await breakApp(world, (text) => text.replace('["httpd", "-f", "-p", "80"]', '["false"]'));
      const result = await world.abra.deploy({ domain: world.domain, chaos: true, noDomainChecks: true });
      await world.resetRecipe();
      expectRefused(result, /deploy failed/);
    },
  },
  {
    section: '11.12', says: 'undeploy stops everything and keeps volumes, secrets and env file',
    look: async (world) => {
      expectDone(await world.abra.undeploy(world.domain));
      expectSame(await count(world, 'service', 'ls', '-q'), 0, 'services');
      expectSame(await count(world, 'volume', 'ls', '-q'), 2, 'volumes');
      expectThat((await world.docker('secret', 'ls', '-q', '--filter', `name=${world.stack}_`)).split('\n').length === 2, 'secrets are gone');
      expectThat((await stat(world.envFile)).isFile(), 'no env file');
    },
  },
  {
    section: '2.1', says: 'undeploy of what is not deployed is refused',
    look: async ({ abra, domain }) => expectRefused(await abra.undeploy(domain), /not deployed/i),
  },
  {
    section: '5.6', says: 'a key of .env.sample that .env lacks is only warned about; -c waits for nothing',
    look: async ({ abra, domain, write, git, resetRecipe }) => {
      await write('.env.sample', 'TYPE=conf-recipe\nNEW_KEY=1\n');
      await git('commit', '-qam', 'new key');
      const began = performance.now();
      const result = await abra.deploy({ domain, chaos: true, noDomainChecks: true, noConverge: true });
      await resetRecipe();
      expectDone(result);
      expectThat(result.run.stdout.includes(`NEW_KEY missing from ${domain}.env`), result.run.stdout);
      expectThat(performance.now() - began < 30_000, 'it waited');
      expectDone(await abra.undeploy(domain));
    },
  },
  {
    section: '6.1', says: 'deploy <version> checks that release out and labels it, without a chaos-version',
    look: async (world) => {
      expectDone(await world.abra.deploy({ domain: world.domain, chaos: false, version: OLDEST, noDomainChecks: true }));
      expectSame(await versionLabels(world), [OLDEST, 'false', undefined], 'labels');
      expectSame(await world.head(), await world.git('rev-parse', `${OLDEST}^{commit}`), 'checkout');
      expectThat((await world.service('app'))?.env.includes(`GREETING=release-${OLDEST}`) === true, 'another compose file');
    },
  },
  {
    section: '4.1', says: 'a pinned deploy writes TYPE=<recipe>:<version>',
    look: async ({ readEnv }) => expectThat((await readEnv()).includes(`TYPE=${RECIPE}:${OLDEST}\n`), await readEnv()),
  },
  {
    section: '6.1', says: 'without an argument the version in .env goes before the newest release',
    look: async (world) => {
      await world.resetRecipe();
      expectDone(await world.abra.deploy({ domain: world.domain, chaos: false, force: true, noDomainChecks: true }));
      expectSame(await versionLabels(world), [OLDEST, 'false', undefined], 'labels');
    },
  },
  {
    section: '6.4', says: 'the upgrade of cc-ci: pinned release, then the head with --chaos',
    look: async (world) => {
      await world.resetRecipe();
      expectDone(await world.abra.deploy({ domain: world.domain, chaos: true, noDomainChecks: true }));
      expectSame(await versionLabels(world), [HEAD_LABEL, 'true', (await world.head()).slice(0, 8)], 'labels');
      expectThat((await world.service('app'))?.env.includes('GREETING=head') === true, 'the old spec');
    },
  },
  {
    section: '6.5', says: 'a lightweight version tag stops a pinned deploy, and not a chaos deploy',
    look: async ({ abra, domain, git, resetRecipe }) => {
      await resetRecipe();
      await git('tag', '0.0.1+0.0.1', 'main');
      const pinned = await abra.deploy({ domain, chaos: false, force: true, version: NEWEST, noDomainChecks: true });
      await resetRecipe();
      const chaos = await abra.deploy({ domain, chaos: true, noDomainChecks: true, noConverge: true });
      await git('tag', '-d', '0.0.1+0.0.1');
      expectRefused(pinned, /R014|annotated|lint/i);
      expectDone(chaos);
    },
  },
  {
    section: '5', says: 'a first deploy that never gets healthy fails at the timeout of its label; the spec stays',
    look: async (world) => {
      await world.abra.undeploy(world.domain);
      await breakApp(world, (text) => text.replace('"CMD", "true"', '"CMD", "false"').replace('TIMEOUT:-60', 'SHORT:-6'));
      const began = performance.now();
      const result = await world.abra.deploy({ domain: world.domain, chaos: true, noDomainChecks: true });
      const seconds = (performance.now() - began) / 1000;
      await world.resetRecipe();
      expectRefused(result, /deploy failed|timed out/);
      expectThat(seconds > 4 && seconds < 40, `it took ${seconds.toFixed(0)} s`);
      expectThat((await world.service('app')) !== undefined, 'the service is gone');
      expectDone(await world.abra.undeploy(world.domain));
    },
  },
  {
    section: '11.12', says: 'volume rm, then secret rm -a, leave nothing in the swarm',
    look: async (world) => {
      expectDone(await world.abra.volumeRemove(world.domain));
      expectDone(await world.abra.secretRemoveAll(world.domain));
      const left = [await count(world, 'volume', 'ls', '-q'), await world.docker('secret', 'ls', '-q', '--filter', `name=${world.stack}_`)];
      expectSame(left, [0, ''], 'volumes, secrets');
      expectSame([await count(world, 'network', 'ls', '-q'), await count(world, 'ps', '-aq')], [0, 0], 'networks, containers');
    },
  },
  {
    section: '2.1', says: 'both are harmless when there is nothing left to remove',
    look: async ({ abra, domain }) => {
      expectDone(await abra.volumeRemove(domain));
      expectDone(await abra.secretRemoveAll(domain));
    },
  },
  {
    section: '11.12', says: 'app remove removes the env file',
    look: async ({ abra, domain, envFile }) => {
      expectDone(await abra.appRemove(domain));
      expectThat(await stat(envFile).then(() => false, () => true), 'the env file is still there');
    },
  },
]; // oxfmt-ignore
