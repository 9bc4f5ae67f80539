import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectDone, expectRefused, expectSame, expectThat, type Check } from './check.ts';

/** The life of secrets, before the first deploy. */
export const SECRETS: readonly Check[] = [
  {
    section: '5.5', says: 'a deploy without its secrets is FATA "secret not generated"',
    look: async ({ abra, domain, service }) => {
      expectRefused(await abra.deploy({ domain, chaos: true, noDomainChecks: true }), /secret not generated: db_password|secret not inserted.*manual_token/);
      expectSame(await service('app'), undefined, 'service');
    },
  },
  {
    section: '2.3, 4.4', says: 'secret generate -a -m answers with name and value, by length= and charset=',
    look: async ({ abra, domain, secrets }) => {
      const made = await abra.secretGenerate(domain);
      expectDone(made);
      if (made.ok) for (const { name, value } of made.value) secrets.set(name, value);
      expectThat(/^[0-9a-f]{20}$/.test(secrets.get('db_password') ?? ''), [...secrets.keys()]);
    },
  },
  {
    section: '4.4', says: 'generate=false is not generated',
    look: ({ secrets }) => Promise.resolve(expectThat(!secrets.has('manual_token'), 'manual_token was generated')),
  },
  {
    section: '3.3', says: 'secrets are called <stack>_<name>_<version>',
    look: async ({ docker, stack }) => {
      const names = await docker('secret', 'ls', '--filter', `name=${stack}_`, '--format', '{{.Name}}');
      expectSame(names.split('\n'), [`${stack}_db_password_v1`], 'secrets');
    },
  },
  {
    section: '2.1', says: 'secret generate -a again makes nothing and breaks nothing',
    look: async ({ abra, domain }) => {
      const again = await abra.secretGenerate(domain);
      expectDone(again);
      if (again.ok) expectSame(again.value, [], 'secrets');
    },
  },
  {
    section: '2.3', says: 'secret ls -m tells which exist',
    look: async ({ abra, domain, stack }) => {
      const listed = await abra.secretList(domain);
      expectDone(listed);
      const rows = listed.ok ? listed.value.toSorted((a, b) => a.name.localeCompare(b.name)) : [];
      expectSame(rows.map((row) => [row.name, row.version, row.fullName, row.created]), [
        ['db_password', 'v1', `${stack}_db_password_v1`, true],
        ['manual_token', 'v1', `${stack}_manual_token_v1`, false],
      ], 'rows');
    },
  },
  {
    section: '5.5', says: 'a deploy without an inserted secret says so',
    look: async ({ abra, domain }) => expectRefused(await abra.deploy({ domain, chaos: true, noDomainChecks: true }), /secret not inserted \(#generate=false\): manual_token/),
  },
  {
    section: '2.1', says: 'secret insert stores a file as it is',
    look: async ({ abra, domain, abraDir, secrets }) => {
      const file = join(abraDir, 'token.txt');
      await writeFile(file, 'line one\nline two\n', { mode: 0o600 });
      expectDone(await abra.secretInsert({ domain, name: 'manual_token', version: 'v1', file }));
      secrets.set('manual_token', 'line one\nline two\n');
    },
  },
  {
    section: '2.1', says: 'inserting it again is refused as already existing',
    look: async ({ abra, domain, abraDir }) => {
      const again = await abra.secretInsert({ domain, name: 'manual_token', version: 'v1', file: join(abraDir, 'token.txt') });
      expectRefused(again, /already ?exists/i);
    },
  },
  {
    section: '3.3', says: 'a secret name above 64 characters is refused before anything is made',
    look: async ({ abra, docker, write, git, resetRecipe }) => {
      const domain = `conf-${'l'.repeat(30)}.ci.test`;
      const id = 'a_secret_with_a_name_that_is_long';
      await write('compose.side.yml', `services:\n  side:\n    image: x\n    secrets: [${id}]\nsecrets:\n  ${id}:\n    external: true\n    name: \${STACK_NAME}_${id}_v1\n`);
      await git('commit', '-qam', 'long');
      const made = await abra.appNew({ recipe: 'conf-recipe', domain, chaos: true });
      const result = made.ok ? await abra.secretGenerate(domain) : made;
      await abra.appRemove(domain);
      await resetRecipe();
      expectThat(!result.ok && /64|too long/.test(result.message), result.ok ? 'it was accepted' : result.message);
      expectSame(await docker('secret', 'ls', '-q', '--filter', 'name=conf-llll'), '', 'secrets');
    },
  },
]; // oxfmt-ignore
