import { expectDone, expectRefused, expectSame, expectThat, type Check } from './check.ts';
import { HEAD_LABEL, NEWEST, RECIPE } from './recipe.ts';

/** A chaos deploy, and what stands in the way of everything else while an app is deployed. */
export const CHAOS: readonly Check[] = [
  {
    section: '4.8', says: 'a variable in a typed field is refused: the schema comes before the env',
    look: async ({ abra, domain, write, resetRecipe, image }) => {
      await write('compose.side.yml', `services:\n  side:\n    image: ${image}\n    stop_grace_period: \${GRACE:-1s}\n`);
      const result = await abra.deploy({ domain, chaos: true, noDomainChecks: true, noConverge: true });
      await resetRecipe();
      expectRefused(result, /stop_grace_period|grace/i);
    },
  },
  {
    section: '5.6', says: 'a domain that does not resolve is refused without --no-domain-checks',
    look: async ({ abra, domain }) => expectRefused(await abra.deploy({ domain, chaos: true }), /resolve|domain|dns|no such host|lookup/i),
  },
  {
    section: '5', says: 'deploy --chaos deploys the checkout and waits until it runs',
    look: async ({ abra, domain, resetRecipe, docker, stack }) => {
      await resetRecipe();
      expectDone(await abra.deploy({ domain, chaos: true, noDomainChecks: true }));
      const replicas = await docker('service', 'ls', '--filter', `label=com.docker.stack.namespace=${stack}`, '--format', '{{.Replicas}}');
      expectSame(replicas.split('\n'), ['1/1', '1/1'], 'replicas');
    },
  },
  {
    section: '3.5', says: 'the app service bears recipe, chaos and the commit in eight digits',
    look: async ({ service, stack, head }) => {
      const labels = (await service('app'))?.labels ?? {};
      const label = (name: string) => labels[`coop-cloud.${stack}.${name}`];
      expectSame([label('recipe'), label('chaos'), label('chaos-version')], [RECIPE, 'true', (await head()).slice(0, 8)], 'labels');
    },
  },
  {
    section: '3.5', says: 'the version label of a chaos deploy is what compose.yml says',
    look: async ({ service, stack }) => expectSame((await service('app'))?.labels[`coop-cloud.${stack}.version`], HEAD_LABEL, 'version'),
  },
  {
    section: '3.5', says: 'the env file is exposed to app, which keeps its own values',
    look: async ({ service, stack, domain, head }) => {
      const env = (await service('app'))?.env ?? [];
      const wanted = [`STACK_NAME=${stack}`, `DOMAIN=${domain}`, 'LETS_ENCRYPT_ENV=production', 'OWN_VALUE=mine', 'GREETING=head'];
      for (const line of wanted) expectThat(env.includes(line), `no ${line} in ${env.join(' ')}`);
      const type = `TYPE=${RECIPE}:${(await head()).slice(0, 8)}`;
      expectThat(env.includes(type), `no ${type} in ${env.join(' ')}`);
    },
  },
  {
    section: '4', says: 'env without a value passes through, $$ is a dollar, defaults apply',
    look: async ({ service }) => {
      const env = (await service('app'))?.env ?? [];
      for (const line of ['PASSED_THROUGH=yes', 'PRICE=$5', 'DEFAULTED=fallback']) expectThat(env.includes(line), `no ${line} in ${env.join(' ')}`);
    },
  },
  {
    section: '4.7', says: 'config versions come from abra.sh',
    look: async ({ service, stack }) => expectSame((await service('app'))?.configs, [`${stack}_page_v2`], 'configs'),
  },
  {
    section: '4.3', says: 'COMPOSE_FILE may append to itself',
    look: async ({ service }) => expectThat((await service('side')) !== undefined, 'no service side'),
  },
  {
    section: '3.3', says: 'the container sees the secrets that were made',
    look: async ({ abra, domain, secrets }) => {
      const seen = await abra.run({ domain, service: 'app', command: ['cat', '/run/secrets/db_password'] });
      expectDone(seen);
      if (seen.ok) expectThat(seen.value.includes(secrets.get('db_password') ?? '?'), 'another value');
    },
  },
  {
    section: '2.3', says: 'app ps -m has a row for each service',
    look: async ({ abra, domain }) => {
      const rows = await abra.appPs(domain);
      expectDone(rows);
      const app = rows.ok ? rows.value.find((row) => /(?:^|_)app$/.test(row.service)) : undefined;
      expectSame([rows.ok && rows.value.length, app?.state, app?.chaos], [2, 'running', 'true'], 'rows');
    },
  },
  {
    section: '2.3', says: 'app ls -S -m is nested by server and tells what is deployed',
    look: async ({ abra, domain, head }) => {
      const rows = await abra.appList();
      expectDone(rows);
      const row = rows.ok ? rows.value.find((candidate) => candidate.domain === domain) : undefined;
      const wanted = ['default', RECIPE, 'deployed', 'true', (await head()).slice(0, 8), HEAD_LABEL];
      expectSame([row?.server, row?.recipe, row?.status, row?.chaos, row?.chaosVersion, row?.version], wanted, 'row');
    },
  },
  {
    section: '4.1, 13.7', says: 'after the deploy .env says TYPE=<recipe>:<commit>',
    look: async ({ readEnv, head }) => {
      const text = await readEnv();
      expectThat(text.includes(`TYPE=${RECIPE}:${(await head()).slice(0, 8)}\n`), text);
      expectThat(text.includes('# length=20 charset=hex'), 'the modifiers are gone');
    },
  },
  {
    section: '5.3', says: 'an app that is deployed is not deployed again without --force or --chaos',
    look: async ({ abra, domain }) => expectRefused(await abra.deploy({ domain, chaos: false, version: NEWEST, noDomainChecks: true }), /already deployed/),
  },
  {
    section: '2.1', says: 'volume rm is refused while the app is deployed',
    look: async ({ abra, domain }) => expectRefused(await abra.volumeRemove(domain), /deployed|in use/i),
  },
  {
    section: '2.1', says: 'app remove is refused while the app is deployed',
    look: async ({ abra, domain }) => expectRefused(await abra.appRemove(domain), /deployed/i),
  },
  {
    section: '3.5', says: 'a dirty tree, untracked files too, is +U',
    look: async ({ abra, domain, write, service, stack, head }) => {
      await write('untracked.txt', 'x');
      expectDone(await abra.deploy({ domain, chaos: true, noDomainChecks: true }));
      const label = (await service('app'))?.labels[`coop-cloud.${stack}.chaos-version`];
      expectSame(label, `${(await head()).slice(0, 8)}+U`, 'chaos-version');
    },
  },
  {
    section: '5.2', says: 'a pinned deploy refuses a dirty tree',
    look: async ({ abra, domain, resetRecipe }) => {
      const result = await abra.deploy({ domain, chaos: false, force: true, version: NEWEST, noDomainChecks: true });
      await resetRecipe();
      expectRefused(result, /unstaged changes/);
    },
  },
]; // oxfmt-ignore
