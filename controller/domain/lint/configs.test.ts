import { describe, expect, it } from 'vitest';
import { configFindings, nameFindings } from './configs.ts';
import { edited, type Files, GOOD, heads, recipeOf } from './testing.ts';

const CHANGED: Files = { ...GOOD, 'app.conf': 'two' };
const NAME = 'name: ${STACK_NAME}_app_conf_${APP_CONF_VERSION}';
const BUMP = ['APP_CONF_VERSION=v1', 'APP_CONF_VERSION=v2'] as const;

describe('configFindings', () => {
  it.each<{ because: string; base?: Files; head: Files; want: string[] }>([
    { because: 'a file that did not change needs no new version', head: GOOD, want: [] },
    {
      because: 'a changed file needs a new version, at its line of abra.sh',
      head: CHANGED,
      want: ['error abra.sh:3 ConfigNotVersioned'],
    },
    {
      because: 'a changed file with a new version is right',
      head: edited(CHANGED, 'abra.sh', BUMP),
      want: [],
    },
    {
      because: 'a version need not be exported to count',
      head: edited(CHANGED, 'abra.sh', ['export APP_CONF_VERSION=v1', 'APP_CONF_VERSION="v2" # was v1']),
      want: [],
    },
    {
      because: 'the last of two lines counts, as in the shell',
      head: { ...CHANGED, 'abra.sh': `${CHANGED['abra.sh']}export APP_CONF_VERSION=v1\n` },
      want: ['error abra.sh:4 ConfigNotVersioned'],
    },
    {
      because: 'a commented version is none',
      head: edited(CHANGED, 'abra.sh', ['# Raise it with the file.', '#export APP_CONF_VERSION=v2']),
      want: ['error abra.sh:3 ConfigNotVersioned'],
    },
    {
      because: 'a name without a version stays the same, at the config’s line',
      base: edited(GOOD, 'compose.yml', [NAME, 'name: ${STACK_NAME}_app_conf']),
      head: edited(CHANGED, 'compose.yml', [NAME, 'name: ${STACK_NAME}_app_conf']),
      want: ['error compose.yml:15 ConfigNotVersioned'],
    },
    {
      because: 'a config without any name is called after its key',
      base: edited(GOOD, 'compose.yml', [`${NAME}\n    `, '']),
      head: edited(CHANGED, 'compose.yml', [`${NAME}\n    `, '']),
      want: ['error compose.yml:15 ConfigNotVersioned'],
    },
    {
      because: 'a version in .env.sample does not reach an old .env',
      base: { ...GOOD, 'abra.sh': '', '.env.sample': `${GOOD['.env.sample']}APP_CONF_VERSION=v1\n` },
      head: { ...CHANGED, 'abra.sh': '', '.env.sample': `${GOOD['.env.sample']}APP_CONF_VERSION=v2\n` },
      want: ['error compose.yml:15 ConfigNotVersioned'],
    },
    {
      because: 'another file behind the same name is a change as well',
      head: edited({ ...GOOD, 'other.conf': 'two' }, 'compose.yml', ['file: app.conf', 'file: ./other.conf']),
      want: ['error abra.sh:3 ConfigNotVersioned'],
    },
    {
      because: 'a file that only moved is none',
      head: edited({ ...GOOD, 'conf/new.conf': 'one' }, 'compose.yml', [
        'file: app.conf',
        'file: conf/new.conf',
      ]),
      want: [],
    },
    {
      because: 'a default in compose.yml is no version where abra.sh has one',
      base: edited(GOOD, 'compose.yml', ['${APP_CONF_VERSION}', '${APP_CONF_VERSION:-v7}']),
      head: edited(CHANGED, 'compose.yml', ['${APP_CONF_VERSION}', '${APP_CONF_VERSION:-v8}']),
      want: ['error abra.sh:3 ConfigNotVersioned'],
    },
    {
      because: 'a link within the recipe changes with what it leads to',
      base: { ...GOOD, 'app.conf': '-> conf/real', 'conf/real': 'one' },
      head: { ...GOOD, 'app.conf': '-> conf/real', 'conf/real': 'two' },
      want: ['error abra.sh:3 ConfigNotVersioned'],
    },
    {
      because: 'configs of optional files break the apps that use them',
      base: { ...GOOD, 'smtp.conf': 'one', 'compose.smtp.yml': 'configs: { smtp: { file: smtp.conf } }' },
      head: { ...GOOD, 'smtp.conf': 'two', 'compose.smtp.yml': 'configs: { smtp: { file: smtp.conf } }' },
      want: ['error compose.smtp.yml:1 ConfigNotVersioned'],
    },
    {
      because: 'a secret from a file is no different',
      base: edited(GOOD, 'compose.yml', ['external: true\n    name', 'file: app.conf\n    name']),
      head: edited(edited(CHANGED, 'abra.sh', BUMP), 'compose.yml', [
        'external: true\n    name',
        'file: app.conf\n    name',
      ]),
      want: ['error compose.yml:19 ConfigNotVersioned'],
    },
    {
      because: 'a new config has nothing to collide with',
      head: edited({ ...GOOD, 'new.conf': 'x' }, 'compose.yml', [
        'configs:',
        'configs:\n  new: { file: new.conf }',
      ]),
      want: [],
    },
  ])('$because', ({ base = GOOD, head, want }) => {
    const findings = configFindings(recipeOf(head), { tag: '1.0.0', recipe: recipeOf(base) });
    expect(heads(findings)).toEqual(want);
  });

  it('names the config, its file, its version and the next one', () => {
    const [finding] = configFindings(recipeOf(CHANGED), { tag: '1.0.0', recipe: recipeOf(GOOD) });
    expect(finding?.message).toMatch(
      /app\.conf behind the config "app_conf" changed since 1\.0\.0.*APP_CONF_VERSION is still v1/,
    );
    expect(finding?.fix).toBe('Raise it: export APP_CONF_VERSION=v2');
  });
});

describe('nameFindings', () => {
  const named = (name: string): Files =>
    edited(GOOD, 'compose.yml', ['name: ${STACK_NAME}_pw_', `name: \${STACK_NAME}_${name}_`]);

  it.each<{ because: string; head: Files; want: string[] }>([
    { because: 'short names fit', head: GOOD, want: [] },
    // 64 = 32 of the domain, 28, "v1" and two underscores.
    { because: '28 characters fit beside a domain of 32', head: named('a'.repeat(28)), want: [] },
    {
      because: '29 do not, at the secret’s line',
      head: named('a'.repeat(29)),
      want: ['warning compose.yml:19 LongName'],
    },
    {
      because: 'configs have the same limit',
      head: edited(GOOD, 'compose.yml', ['_app_conf_', `_${'a'.repeat(40)}_`]),
      want: ['warning compose.yml:15 LongName'],
    },
    {
      because: 'optional files have it too',
      head: { ...GOOD, 'compose.x.yml': `secrets: { ${'b'.repeat(40)}: { file: x } }` },
      want: ['warning compose.x.yml:1 LongName'],
    },
    {
      because: 'a name without the stack does not grow with the domain',
      head: edited(GOOD, 'compose.yml', [
        'name: ${STACK_NAME}_pw_${SECRET_PW_VERSION}',
        `name: ${'c'.repeat(60)}`,
      ]),
      want: [],
    },
  ])('$because', ({ head, want }) => expect(heads(nameFindings(recipeOf(head)))).toEqual(want));
});
