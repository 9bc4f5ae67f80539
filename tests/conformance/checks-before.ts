import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expectDone, expectRefused, expectSame, expectThat, type Check } from './check.ts';
import { NEWEST, RECIPE } from './recipe.ts';

/** The command line, servers, and the env file. */
export const BEFORE: readonly Check[] = [
  {
    section: '2.0', says: '--version exits 0 and says a version',
    look: async ({ abra }) => expectThat(/\d/.test(await abra.version()), 'no version'),
  },
  {
    section: '1.6', says: 'server add --local makes servers/default',
    look: async ({ abra, abraDir }) => {
      expectDone(await abra.addLocalServer());
      expectThat((await stat(join(abraDir, 'servers', 'default'))).isDirectory(), 'no servers/default');
    },
  },
  {
    section: '1.9', says: 'server ls -m is an array of name and host',
    look: async ({ abra }) => {
      const servers = await abra.serverList();
      expectDone(servers);
      if (servers.ok) expectThat(servers.value.some((server) => server.name === 'default'), servers.value);
    },
  },
  ...['undeploy', 'volume rm'].map((name): Check => ({
    section: '11.1', says: `app ${name} knows no --chaos`,
    look: async ({ raw, domain }) => {
      const run = await raw(['app', ...name.split(' '), domain, '-n', '--chaos']);
      expectThat(run.exitCode !== 0 && /unknown.*flag/i.test(run.stdout), `exit ${run.exitCode}: ${run.stdout}`);
    },
  })),
  {
    section: '2.0', says: 'an app that does not exist is FATA with exit code 1',
    look: async ({ raw }) => {
      const run = await raw(['app', 'undeploy', 'no-such-app.ci.test', '-n']);
      expectThat(run.exitCode === 1 && run.stdout.includes('FATA'), `exit ${run.exitCode}: ${run.stdout}`);
    },
  },
  {
    section: '6.2', says: 'app new without --chaos moves the checkout to the newest release and writes it into .env',
    look: async ({ abra, domain, git, head, readEnv }) => {
      expectDone(await abra.appNew({ recipe: RECIPE, domain, chaos: false }));
      expectSame(await head(), await git('rev-parse', `${NEWEST}^{commit}`), 'checkout');
      expectThat((await readEnv()).includes(`TYPE=${RECIPE}:${NEWEST}\n`), await readEnv());
    },
  },
  {
    section: '2.1', says: 'app new refuses an app that exists',
    look: async ({ abra, domain }) => expectRefused(await abra.appNew({ recipe: RECIPE, domain, chaos: true }), /exists/i),
  },
  {
    section: '2.1', says: 'app remove removes the env file of an app that was never deployed',
    look: async ({ abra, domain, envFile }) => {
      expectDone(await abra.appRemove(domain));
      expectThat(await stat(envFile).then(() => false, () => true), 'the env file is still there');
    },
  },
  {
    section: '6.2', says: 'app new --chaos leaves the checkout alone',
    look: async ({ abra, domain, head, resetRecipe }) => {
      await resetRecipe();
      const before = await head();
      expectDone(await abra.appNew({ recipe: RECIPE, domain, chaos: true }));
      expectSame(await head(), before, 'checkout');
    },
  },
  {
    section: '4.1-4.4', says: '.env is .env.sample with the domain filled in, its comments and modifiers kept',
    look: async ({ readEnv, domain }) => {
      const text = await readEnv();
      const wanted = [`DOMAIN=${domain}\n`, '# a comment that stays\n', 'SECRET_DB_PASSWORD_VERSION=v1 # length=20 charset=hex\n', 'COMPOSE_FILE="$COMPOSE_FILE:compose.side.yml"\n'];
      for (const line of wanted) expectThat(text.includes(line), `no line ${line.trim()} in: ${text}`);
      expectThat(new RegExp(`^TYPE=${RECIPE}(?::\\S+)?$`, 'm').test(text), text);
    },
  },
  {
    section: '2.2', says: 'recipe lint draws a table and exits 0 although rules may be broken',
    look: async ({ abra }) => expectDone(await abra.lint(RECIPE)),
  },
  {
    section: '2.2', says: 'recipe lint leaves the checkout as it stands',
    look: async ({ abra, head }) => {
      const before = await head();
      expectDone(await abra.lint(RECIPE));
      expectSame(await head(), before, 'checkout');
    },
  },
  {
    section: '2.2', says: 'recipe lint is FATA when it cannot lint',
    look: async ({ abra, git, resetRecipe }) => {
      await git('rm', '-q', '.env.sample');
      expectRefused(await abra.lint(RECIPE), /\.env\.sample|unable to validate/i);
      await resetRecipe();
    },
  },
]; // oxfmt-ignore
