import { describe, expect, it } from 'vitest';
import { fillCompose, parseCompose, type ComposeFile } from './compose.ts';
import { parseEnv } from '../domain/recipe/dotenv.ts';
import { checkConfigNames, generateValue, secretsOf } from './secrets.ts';

function files(text: string, env: Record<string, string>): ComposeFile[] {
  const raw = parseCompose(text, 'compose.yml');
  return [{ name: 'compose.yml', raw, filled: fillCompose(raw, env, 'compose.yml') }];
}

const COMPOSE = `
services:
  app: {secrets: [db_password, {source: jwt, target: j}]}
secrets:
  db_password: {external: true, name: "\${STACK_NAME}_db_password_\${SECRET_DB_PASSWORD_VERSION}"}
  jwt: {external: {name: "\${STACK_NAME}_jwt_\${SECRET_JWT_VERSION}"}}
  unused: {external: true, name: "\${STACK_NAME}_unused_v1"}
`;

function wanted(envText: string, stack = 'x_org') {
  const { env, modifiers } = parseEnv(envText);
  return secretsOf(files(COMPOSE, { ...env, STACK_NAME: stack }), modifiers);
}

describe('secretsOf', () => {
  it('takes the secrets in use with the modifiers of their active lines', () => {
    const found = wanted(
      'SECRET_DB_PASSWORD_VERSION=v1 # length=20 charset=hex\nSECRET_JWT_VERSION=v2 # generate=false',
    );
    expect(found).toEqual([
      {
        name: 'db_password',
        version: 'v1',
        fullName: 'x_org_db_password_v1',
        length: 20,
        charset: 'hex',
        generate: true,
      },
      {
        name: 'jwt',
        version: 'v2',
        fullName: 'x_org_jwt_v2',
        length: undefined,
        charset: 'default',
        generate: false,
      },
    ]);
  });
  it.each([
    {
      because: 'no version',
      env: 'SECRET_JWT_VERSION=v1',
      stack: 'x',
      want: /missing version for secret\? \(x_db_password_\)/,
    },
    {
      because: 'a name above 64 characters, and says which',
      env: 'SECRET_DB_PASSWORD_VERSION=v1\nSECRET_JWT_VERSION=v1',
      stack: 's'.repeat(50),
      want: /secret db_password is > 64 chars.*\(65\)/,
    },
    {
      because: 'a length that is none',
      env: 'SECRET_DB_PASSWORD_VERSION=v1 # length=many\nSECRET_JWT_VERSION=v1',
      stack: 'x',
      want: /length=many/,
    },
  ])('refuses $because', ({ env, stack, want }) => expect(() => wanted(env, stack)).toThrow(want));
});

describe('checkConfigNames', () => {
  it('refuses a long name, and says which', () => {
    const long = files(`configs: {page: {name: "${'c'.repeat(65)}"}}`, {});
    expect(() => checkConfigNames(long)).toThrow(/config page is > 64 chars/);
  });
});

describe('generateValue', () => {
  it.each([
    { length: 20, charset: 'hex', want: /^[0-9a-f]{20}$/ },
    { length: 43, charset: 'default', want: /^[A-Za-z0-9]{43}$/ },
    { length: 8, charset: 'alnum', want: /^[A-Za-z0-9]{8}$/ },
    { length: undefined, charset: 'hex', want: /^[0-9a-f]{32}$/ },
    { length: undefined, charset: 'default', want: /^(?:[a-z]{5}-){7}[a-z]{5}$/ },
  ])('$length $charset', ({ length, charset, want }) => {
    const [one, two] = [
      generateValue({ name: 'x', length, charset }),
      generateValue({ name: 'x', length, charset }),
    ];
    expect(one).toMatch(want);
    expect(one).not.toBe(two);
  });
  it('refuses a charset it does not know', () => {
    expect(() => generateValue({ name: 'x', length: 3, charset: 'klingon' })).toThrow(/charset=klingon/);
  });
});
