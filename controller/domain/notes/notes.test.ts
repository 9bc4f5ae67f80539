import { describe, expect, it } from 'vitest';
import type { OperatorNote } from '../../api/operator-note.ts';
import { edited, type Files, GOOD, recipeOf } from '../lint/testing.ts';
import { operatorNotes } from './notes.ts';

const notesOf = (base: Files, head: Files, notes = ''): OperatorNote[] =>
  operatorNotes({ head: recipeOf(head), base: { recipe: recipeOf(base) }, notes });

/** `! newSecret pw` where it is by hand. */
const heads = (notes: readonly OperatorNote[]): string[] =>
  notes.map(({ kind, subject, byHand }) => `${byHand ? '! ' : ''}${kind} ${subject}`);

const sample = (...lines: string[]): Files => ({
  ...GOOD,
  '.env.sample': `${GOOD['.env.sample']}${lines.join('\n')}\n`,
});
const using = (files: Files, variable: string): Files =>
  edited(files, 'compose.yml', ['PW_FILE=/run/secrets/pw', `PW_FILE=/run/secrets/pw\n      - ${variable}`]);
const image = (name: string): Files => edited(GOOD, 'compose.yml', ['nginx:1.27.0', name]);
const labelled = (label: string): Files =>
  edited(GOOD, 'compose.yml', [
    '- "backupbot.backup=true"',
    `- "backupbot.backup=true"\n        - "${label}"`,
  ]);
const withService = (yaml: string): Files =>
  edited(GOOD, 'compose.yml', ['services:\n', `services:\n${yaml}\n`]);
const withSecret = (files: Files, name: string): Files =>
  edited(
    edited(files, 'compose.yml', ['secrets:\n', `secrets:\n  key:\n    external: true\n    name: ${name}\n`]),
    'compose.yml',
    ['    volumes:\n', '    secrets: [pw, key]\n    volumes:\n'],
  );
const usingPw = (files: Files): Files =>
  edited(files, 'compose.yml', ['    volumes:\n', '    secrets: [pw]\n    volumes:\n']);
const optional = (files: Files, text: string): Files => ({ ...files, 'compose.db.yml': text }); // oxfmt-ignore

interface Row {
  readonly because: string;
  readonly base?: Files;
  readonly head?: Files;
  readonly want: readonly string[];
  /** Of the first note. */
  readonly text?: RegExp;
}

const VARIABLES: readonly Row[] = [
  { because: 'nothing changed', want: [] },
  {
    because: 'a new variable with a default in .env.sample, which no compose file needs',
    head: sample('LOG_LEVEL=info'),
    want: ['newVariable LOG_LEVEL'],
    text: /has the default `info`\. An older `\.env` does not have it/,
  },
  {
    because: 'one that a compose file reads without a default is missing in an older .env',
    head: using(sample('LOG_LEVEL=info'), 'LEVEL=${LOG_LEVEL}'),
    want: ['! newVariable LOG_LEVEL'],
    text: /^The variable `LOG_LEVEL` is new, and the app reads it: set it with `abra app config <domain>` before.* `info`\.$/,
  },
  {
    because: 'one that is passed through is missing too',
    head: using(sample('LOG_LEVEL=info'), 'LOG_LEVEL'),
    want: ['! newVariable LOG_LEVEL'],
  },
  {
    because: 'one that was read all along without being set is not missed',
    base: using(GOOD, 'LEVEL=${LOG_LEVEL}'),
    head: using(sample('LOG_LEVEL=info'), 'LEVEL=${LOG_LEVEL}'),
    want: ['newVariable LOG_LEVEL'],
  },
  {
    because: 'a default of the compose file does',
    head: using(sample('LOG_LEVEL='), 'LEVEL=${LOG_LEVEL:-info}'),
    want: ['newVariable LOG_LEVEL'],
    text: /may stay unset/,
  },
  {
    because: 'one without any default is the operator’s to choose',
    head: sample('SMTP_HOST='),
    want: ['! newVariable SMTP_HOST'],
    text: /has no default: choose a value and set it with `abra app config <domain>`/,
  },
  {
    because: 'one that is only shown in a comment is optional',
    head: sample('# SMTP_HOST=mail'),
    want: ['newVariable SMTP_HOST'],
    text: /optional/,
  },
  {
    because: 'one that was only shown in a comment is not in an older .env',
    base: sample('#SMTP_HOST=mail'),
    head: using(sample('SMTP_HOST=mail'), 'HOST=${SMTP_HOST}'),
    want: ['! newVariable SMTP_HOST'],
    text: /only shown in a comment before/,
  },
  {
    because: 'one that is only shown in a comment now is optional',
    base: sample('SMTP_HOST=mail'),
    head: sample('#SMTP_HOST=mail'),
    want: ['changedDefault SMTP_HOST'],
    text: /optional now/,
  },
  {
    because: 'an empty one that became a comment is what it was',
    base: sample('SMTP_HOST='),
    head: sample('#SMTP_HOST='),
    want: [],
  },
  {
    because: 'a comment that is prose is no variable',
    head: sample('# Set SMTP_HOST to your mail server'),
    want: [],
  },
  {
    because: 'a removed variable may be deleted',
    base: sample('LOG_LEVEL=info'),
    want: ['removedVariable LOG_LEVEL'],
    text: /gone: it may be deleted/,
  },
  {
    because: 'one that a compose file still reads counts on',
    base: using(sample('LOG_LEVEL=info'), 'LEVEL=${LOG_LEVEL:-info}'),
    head: using(GOOD, 'LEVEL=${LOG_LEVEL:-info}'),
    want: ['removedVariable LOG_LEVEL'],
    text: /still counts/,
  },
  {
    because: 'a changed default says both',
    base: sample('LIMIT=10M'),
    head: sample('LIMIT="20 M" # per file'),
    want: ['changedDefault LIMIT'],
    text: /changed from `10M` to `20 M`\. Your `\.env` keeps its value/,
  },
  {
    because: 'a default with backticks is quoted all the same',
    base: sample('RULE=a'),
    head: sample('RULE=Host(`x`)'),
    want: ['changedDefault RULE'],
    text: /to `` Host\(`x`\) ``\./,
  },
  {
    because: 'what abra writes into every .env is nothing new',
    base: { ...GOOD, '.env.sample': '#EXTRA_DOMAINS=x\nSECRET_PW_VERSION=v1\n' },
    want: [],
  },
  {
    because: 'without the older .env.sample nothing can be said of variables',
    base: Object.fromEntries(Object.entries(GOOD).filter(([path]) => path !== '.env.sample')),
    head: sample('SMTP_HOST='),
    want: [],
  },
  {
    because: 'nor without that of the head',
    head: Object.fromEntries(Object.entries(GOOD).filter(([path]) => path !== '.env.sample')),
    want: [],
  },
];

const FILES: readonly Row[] = [
  {
    because: 'a file that is deployed by default now',
    head: optional(sample('COMPOSE_FILE="$COMPOSE_FILE:compose.db.yml"'), 'services: { db: { image: "redis:7" } }'),
    want: ['! composeFile compose.db.yml', 'newService db'],
    text: /names `compose\.db\.yml` now: add it to yours with `abra app config <domain>`/,
  },
  {
    because: 'a file that an older COMPOSE_FILE names is gone, and its service with it',
    base: optional(sample('COMPOSE_FILE="$COMPOSE_FILE:compose.db.yml"'), 'services: { db: { image: "redis:7" } }'),
    want: ['! composeFile compose.db.yml', '! removedService db'],
    text: /which is gone: take it out/,
  },
  {
    because: 'a new optional file',
    head: optional(GOOD, 'services: { db: { image: "redis:7" } }'),
    want: ['composeFile compose.db.yml'],
  },
  {
    because: 'an optional file is gone',
    base: optional(GOOD, 'services: { db: { image: "redis:7" } }'),
    want: ['! composeFile compose.db.yml'],
    text: /if `COMPOSE_FILE` of your `\.env` names it/,
  },
  {
    because: 'what changed in an optional file concerns who uses it',
    base: optional(GOOD, 'services: { db: { image: "redis:6" } }'),
    head: optional(GOOD, 'services: { db: { image: "redis:7" } }'),
    want: ['! database db', 'image db'],
    text: /^Only with `compose\.db\.yml` in `COMPOSE_FILE`: In the service `db`, Redis goes from 6 to 7\./,
  },
  {
    because: 'an optional file that cannot be read is lint’s to say',
    base: optional(GOOD, 'services: { db: { image: "redis:6" } }'),
    head: optional(GOOD, 'services: ['),
    want: [],
  },
]; // oxfmt-ignore

const SECRETS: readonly Row[] = [
  {
    because: 'a new secret is generated by hand, with its line for the .env',
    base: usingPw(GOOD),
    head: withSecret(sample('SECRET_KEY_VERSION=v1 # length=43 charset=hex'), '${STACK_NAME}_app_key_${SECRET_KEY_VERSION}'),
    want: ['! newSecret app_key'],
    text: /`app_key` is new: before you upgrade, set `SECRET_KEY_VERSION=v1 # length=43 charset=hex` with `abra app config <domain>`, then `abra app secret generate <domain> app_key v1`\.$/,
  },
  {
    because: 'one that cannot be generated is inserted',
    base: usingPw(GOOD),
    head: withSecret(sample('SECRET_KEY_VERSION=v1 # generate=false'), '${STACK_NAME}_key_${SECRET_KEY_VERSION}'),
    want: ['! newSecret key'],
    text: /`abra app secret insert <domain> key v1 --file <file>`/,
  },
  {
    because: 'one whose version the recipe says needs no line',
    base: usingPw(GOOD),
    head: withSecret({ ...GOOD, 'abra.sh': `${GOOD['abra.sh']}export SECRET_KEY_VERSION=v1\n` }, '${STACK_NAME}_key_${SECRET_KEY_VERSION}'),
    want: ['! newSecret key'],
    text: /before you upgrade, `abra app secret generate <domain> key v1`/,
  },
  {
    because: 'one whose line is only a comment is pointed to',
    base: usingPw(GOOD),
    head: withSecret(sample('#SECRET_KEY_VERSION=v1'), '${STACK_NAME}_key_${SECRET_KEY_VERSION:-v1}'),
    want: ['! newSecret key'],
    text: /take the line `SECRET_KEY_VERSION=…` from the new `\.env\.sample`/,
  },
  {
    because: 'one that is not the app’s own is made on the server',
    base: usingPw(GOOD),
    head: withSecret(GOOD, 'shared_key'),
    want: ['! newSecret key'],
    text: /`shared_key` is new, and is not this app’s alone.*`docker secret create`/,
  },
  {
    because: 'a raised version is a new value',
    base: usingPw(GOOD),
    head: edited(usingPw(GOOD), '.env.sample', ['SECRET_PW_VERSION=v1', 'SECRET_PW_VERSION=v2']),
    want: ['! secretVersion pw'],
    text: /new version, v2 instead of v1: .*`SECRET_PW_VERSION=v2 # length=32`.*`abra app secret generate <domain> pw v2`/,
  },
  {
    because: 'a removed secret may go',
    base: withSecret(sample('SECRET_KEY_VERSION=v1'), '${STACK_NAME}_key_${SECRET_KEY_VERSION}'),
    head: usingPw(GOOD),
    want: ['removedSecret key'],
    text: /`abra app secret rm <domain> key` removes it/,
  },
]; // oxfmt-ignore

const THINGS: readonly Row[] = [
  {
    because: 'a raised config version needs nobody',
    head: { ...GOOD, 'abra.sh': 'export APP_CONF_VERSION=v2\n', 'app.conf': 'two' },
    want: ['configVersion app_conf'],
    text: /`app_conf` is v2 instead of v1/,
  },
  {
    because: 'a new volume is empty',
    head: edited(edited(GOOD, 'compose.yml', ['- data:/data', '- data:/data\n      - cache:/cache']), 'compose.yml', ['volumes:\n  data:', 'volumes:\n  cache:\n  data:']),
    want: ['newVolume cache'],
  },
  {
    because: 'a removed volume keeps its data',
    base: edited(edited(GOOD, 'compose.yml', ['- data:/data', '- data:/data\n      - cache:/cache']), 'compose.yml', ['volumes:\n  data:', 'volumes:\n  cache:\n  data:']),
    want: ['removedVolume cache'],
    text: /stays on the server in `<stack>_cache` until you remove it there with `docker volume rm`\.$/,
  },
  {
    because: 'a renamed volume looks like one that went and one that came',
    head: edited(edited(GOOD, 'compose.yml', ['- data:/data', '- files:/data']), 'compose.yml', ['volumes:\n  data:', 'volumes:\n  files:']),
    want: ['! removedVolume data', 'newVolume files'],
    text: /If `files` takes its place.*copy it from `<stack>_data` to `<stack>_files`/,
  },
  {
    because: 'so does one with another name for swarm',
    head: edited(GOOD, 'compose.yml', ['volumes:\n  data:', 'volumes:\n  data:\n    name: ${STACK_NAME}_new']),
    want: ['! removedVolume data', 'newVolume data'],
  },
  {
    because: 'a network of others has to be there',
    head: edited(edited(GOOD, 'compose.yml', ['    volumes:\n', '    networks: [mail]\n    volumes:\n']), 'compose.yml', ['configs:\n', 'networks:\n  mail:\n    external: true\nconfigs:\n']),
    want: ['! external mail'],
    text: /`docker network create --driver overlay --attachable`/,
  },
]; // oxfmt-ignore

const SERVICES: readonly Row[] = [
  { because: 'a new service', head: withService('  cache:\n    image: redis:7'), want: ['newService cache'] },
  {
    because: 'a dropped service runs on',
    base: withService('  cache:\n    image: redis:7'),
    want: ['! removedService cache'],
    text: /`docker service rm <stack>_cache`/,
  },
  {
    because: 'a new image',
    head: image('nginx:1.28'),
    want: ['image app'],
    text: /runs `nginx:1\.28` instead of `nginx:1\.27\.0`/,
  },
  { because: 'an image of one digest and then another', base: image('nginx@sha256:aa'), head: image('nginx@sha256:bb'), want: ['image app'] },
  { because: 'a database of the next series', base: image('postgres:15'), head: image('postgres:17'), want: ['! database app', 'image app'] },
]; // oxfmt-ignore

const rule = (text: string): Files => labelled(`traefik.http.routers.\${STACK_NAME}.rule=${text}`);
const ROUTES: readonly Row[] = [
  {
    because: 'another path on the same host',
    base: rule('Host(`${DOMAIN}`)'),
    head: rule('Host(`${DOMAIN}`) && PathPrefix(`/app`)'),
    want: ['route <stack>'],
    text: /`` Host\(`<domain>`\) && PathPrefix\(`\/app`\) `` instead of `` Host\(`<domain>`\) ``/,
  },
  {
    because: 'another host needs DNS',
    base: rule('Host(`${DOMAIN}`)'),
    head: rule('Host(`${DOMAIN}`, `api.${DOMAIN}`)'),
    want: ['! host api.<domain>', 'route <stack>'],
    text: /point the name to the server/,
  },
  {
    because: 'a secret in a rule is not shown',
    base: { ...rule('Host(`${DOMAIN}`)'), '.env.sample': `${GOOD['.env.sample']}HOOK_TOKEN=hunter2hunter2\n` },
    head: { ...rule('PathPrefix(`/${HOOK_TOKEN}`)'), '.env.sample': `${GOOD['.env.sample']}HOOK_TOKEN=hunter2hunter2\n` },
    want: ['route <stack>'],
    text: /PathPrefix\(`\/<HOOK_TOKEN>`\)/,
  },
  {
    because: 'an entrypoint is the proxy’s',
    head: labelled('traefik.tcp.routers.${STACK_NAME}-ssh.entrypoints=gitea-ssh'),
    want: ['! entrypoint gitea-ssh'],
  },
  {
    because: 'the port inside is between proxy and app',
    base: labelled('traefik.http.services.${STACK_NAME}.loadbalancer.server.port=80'),
    head: labelled('traefik.http.services.${STACK_NAME}.loadbalancer.server.port=8080'),
    want: ['route <stack>'],
    text: /port `8080` of `<stack>` instead of `80`/,
  },
  {
    because: 'a port of the server',
    head: edited(GOOD, 'compose.yml', ['    volumes:\n', '    ports: ["2222:22"]\n    volumes:\n']),
    want: ['! port 2222'],
  },
  {
    because: 'a port that is not open any more',
    base: edited(GOOD, 'compose.yml', ['    volumes:\n', '    ports: ["2222:22"]\n    volumes:\n']),
    want: ['port 2222'],
  },
]; // oxfmt-ignore

describe.each([
  ['variables', VARIABLES],
  ['compose files', FILES],
  ['secrets', SECRETS],
  ['volumes, configs and what is outside', THINGS],
  ['services', SERVICES],
  ['routes', ROUTES],
])('operatorNotes of %s', (_what, rows) => {
  it.each(rows)('$because', ({ base = GOOD, head = GOOD, want, text = /(?:)/ }) => {
    const notes = notesOf(base, head);
    expect(heads(notes)).toEqual(want);
    expect(notes[0]?.text ?? '').toMatch(text);
  });

  it('gives every note by hand a command or a place', () => {
    const byHand = rows.flatMap(({ base = GOOD, head = GOOD }) => notesOf(base, head)).filter((note) => note.byHand);
    const placed = /`(?:abra|docker) |on the server|In the service `|your DNS|the firewall/;
    expect(byHand.filter(({ text }) => !placed.test(text))).toEqual([]);
  }); // oxfmt-ignore
});

describe('operatorNotes', () => {
  it('are none where nothing is published', () => {
    expect(operatorNotes({ head: recipeOf(GOOD), base: null, notes: '' })).toEqual([]);
  });

  it('are those of operators, not of this CI’s own settings', () => {
    const overrides = { DOMAIN: 'x.ci.test', LOG_LEVEL: 'debug', COMPOSE_FILE: 'compose.yml:compose.ci.yml' };
    const files = { ...GOOD, 'compose.ci.yml': 'services: { probe: { image: "x:1" } }' };
    const notes = operatorNotes({
      head: recipeOf(files, overrides),
      base: { recipe: recipeOf(GOOD, overrides) },
      notes: '',
    });
    expect(heads(notes)).toEqual(['composeFile compose.ci.yml']);
  });

  it.each([
    { because: 'a password', name: 'SMTP_PASSWORD', value: 'hunter2!' },
    { because: 'a token', name: 'apiToken', value: 'hunter2!' },
    { because: 'a key', name: 'LICENSE_KEY', value: 'hunter2!' },
    { because: 'keys', name: 'SSH_KEYS_EXTRA', value: 'hunter2!' },
    { because: 'a secret', name: 'OIDC_CLIENT_SECRET', value: 'hunter2!' },
    { because: 'the version of a secret that is none', name: 'SECRET_X_VERSION', value: 'hunter2!' },
    { because: 'an address with a password', name: 'DB_URL', value: 'postgres://app:hunter2!@db/app' },
    { because: 'an address with a user', name: 'SENTRY_DSN', value: 'https://hunter2!@errors.example.org/1' },
  ])('never show the default of $because', ({ name, value }) => {
    const set = sample(`${name}='${value}'`);
    const used = using(set, `A=\${${name}}`);
    const inImage = { ...image(`\${${name}}:1`), '.env.sample': set['.env.sample'] ?? '' };
    const all = [
      ...notesOf(GOOD, set),
      ...notesOf(GOOD, used),
      ...notesOf(GOOD, inImage),
      ...notesOf(sample(`${name}=other`), set),
      ...notesOf(set, sample(`${name}=other`)),
      ...notesOf(set, GOOD),
    ];
    expect(all.map(({ subject }) => subject)).toContain(name);
    expect(JSON.stringify(all)).not.toContain('hunter2');
  });

  it('never show a value that was written where a secret’s version belongs', () => {
    const secret = withSecret(sample('SECRET_KEY_VERSION=hunter2!'), '${STACK_NAME}_key_${SECRET_KEY_VERSION}');
    const [note, ...more] = notesOf(usingPw(GOOD), secret);
    expect([note?.subject, more]).toEqual(['key', []]);
    expect(note?.text).toContain('`SECRET_KEY_VERSION=<version>`');
    expect(note?.text).not.toContain('hunter2');
  }); // oxfmt-ignore

  it.each([
    { because: 'a release note that names it', notes: 'Set SMTP_HOST.', want: true },
    { because: 'one that names another', notes: 'Set SMTP_HOSTS or OLD_SMTP_HOST.', want: false },
    { because: 'none', notes: '', want: false },
  ])('know whether operators are told: $because', ({ notes, want }) => {
    expect(notesOf(GOOD, sample('SMTP_HOST='), notes)).toMatchObject([{ subject: 'SMTP_HOST', told: want }]);
  });

  it('are kept to what fits, by hand first, and say how many are left out', () => {
    const many = Array.from({ length: 250 }, (_, index) => `A${index}=1`);
    const notes = notesOf(GOOD, sample(...many, 'LAST='));
    expect(notes).toHaveLength(201);
    expect(heads(notes)[0]).toBe('! newVariable LAST');
    expect(notes.at(-1)?.text).toMatch(/^51 more/);
  });

  it('quote names and values on one line, without control characters', () => {
    const value = `a\\nb\u0007\u202ec${'x'.repeat(500)}`;
    const [note] = notesOf(GOOD, sample(`LONG="${value}"`));
    expect(note?.text).toMatch(/the default `a b cx+…`/);
    expect(note?.text).not.toMatch(/\p{C}/u);
    expect(note?.text.length).toBeLessThan(400);
  });
});
