import { describe, expect, it } from 'vitest';
import { secretFindings } from './secrets.ts';
import { edited, type Files, GOOD, heads, recipeOf } from './testing.ts';

const with_ = (pair: string): Files => edited(GOOD, 'compose.yml', ['- PW_FILE=/run/secrets/pw', pair]);
const ERROR = ['error compose.yml:5 PlainSecret'];
const WARNING = ['warning compose.yml:5 PlainSecret'];

describe('secretFindings', () => {
  it.each<{ because: string; pair: string; want: string[] }>([
    { because: 'a literal password is everybody’s', pair: '- DB_PASSWORD=hunter2', want: ERROR },
    { because: 'quotes do not hide it', pair: `- 'DB_PASSWORD="hunter2"'`, want: ERROR },
    { because: 'a placeholder is a password all the same', pair: '- MYSQL_ROOT_PASSWORD=changeme', want: ERROR },
    { because: 'a mapping is read too', pair: 'API_TOKEN: abc123', want: ERROR },
    { because: 'a number is a literal', pair: 'APP_SECRET: 12345', want: ERROR },
    { because: 'short names count', pair: '- RABBITMQ_DEFAULT_PASS=rabbit', want: ERROR },
    { because: 'keys count', pair: '- SECRET_KEY=b64b64b64', want: ERROR },
    { because: 'a dollar that docker would not fill is a literal', pair: '- DB_PASSWORD=pa$$word', want: ERROR },
    { because: 'a variable is the operator’s', pair: '- DB_PASSWORD=${DB_PASSWORD}', want: [] },
    { because: 'a bare variable too', pair: '- DB_PASSWORD=$DB_PASSWORD', want: [] },
    { because: 'a variable that is passed through has no value here', pair: '- DB_PASSWORD', want: [] },
    { because: 'nor has an empty one', pair: 'DB_PASSWORD: ""', want: [] },
    { because: 'a path of a secret is what it should be', pair: '- DB_PASSWORD=/run/secrets/db_password', want: [] },
    { because: 'also with a scheme', pair: '- DB_PASSWORD=file:///run/secrets/db_password', want: [] },
    { because: 'or in words', pair: '- DB_PASSWORD=from /run/secrets/db_password', want: [] },
    { because: 'a _FILE is a path', pair: '- DB_PASSWORD_FILE=secret.txt', want: [] },
    { because: 'a switch is no secret', pair: '- ALLOW_EMPTY_PASSWORD=yes', want: [] },
    { because: 'a boolean of a mapping neither', pair: 'MYSQL_RANDOM_ROOT_PASSWORD: true', want: [] },
    { because: 'a public key is public', pair: '- VAPID_PUBLIC_KEY=BEl62i', want: [] },
    { because: 'a word that ends in key is no key', pair: '- FAVOURITE_MONKEY=gibbon', want: [] },
    { because: 'a certificate’s file is no secret', pair: '- TLS_KEY=certs/tls.key', want: [] },
    { because: 'an address is no token', pair: '- OAUTH_TOKEN=https://id.example.com/oauth/token', want: [] },
    { because: 'a template is filled by swarm', pair: `- 'DB_PASSWORD={{ secret "pw" }}'`, want: [] },
    { because: 'a password in an address is one', pair: '- DB_URL=postgres://app:hunter2@db/app', want: WARNING },
    { because: 'a variable in an address is not', pair: '- DB_URL=postgres://app:${PW}@db/app', want: [] },
    { because: 'nor an address without one', pair: '- DB_URL=postgres://app@db:5432/app', want: [] },
  ])('$because', ({ pair, want }) => expect(heads(secretFindings(recipeOf(with_(pair))))).toEqual(want));

  it('is advice for a file that is not deployed unless an operator asks for it', () => {
    const files = { ...GOOD, 'compose.dev.yml': 'services:\n  db:\n    environment:\n      PASSWORD: dev\n' };
    expect(heads(secretFindings(recipeOf(files)))).toEqual(['warning compose.dev.yml:4 PlainSecret']);
  });

  it('is an error in a file that COMPOSE_FILE appends to itself', () => {
    const files = {
      ...edited(GOOD, '.env.sample', ['SECRET_PW', 'COMPOSE_FILE="$COMPOSE_FILE:compose.db.yml"\nSECRET_PW']),
      'compose.db.yml': 'services:\n  db:\n    environment:\n      PASSWORD: dev\n',
    };
    expect(heads(secretFindings(recipeOf(files)))).toEqual(['error compose.db.yml:4 PlainSecret']);
  });

  it.each<{ because: string; line: string; want: string[] }>([
    { because: 'a value that looks real is every app’s', line: 'ADMIN_PASSWORD=S3cure-enough', want: ['warning .env.sample:7 SampleSecret'] },
    { because: 'in quotes as well', line: 'API_KEY="a8f5f167f44f"', want: ['warning .env.sample:7 SampleSecret'] },
    { because: 'a commented line is no default', line: '#ADMIN_PASSWORD=S3cure-enough', want: [] },
    { because: 'an empty one neither', line: 'ADMIN_PASSWORD= # put yours', want: [] },
    { because: 'a placeholder asks to be replaced', line: 'ADMIN_PASSWORD=changeme', want: [] },
    { because: 'brackets do too', line: 'ADMIN_PASSWORD=<your password>', want: [] },
    { because: 'the version of a secret is none', line: 'SECRET_ADMIN_PASSWORD_VERSION=v1 # length=32', want: [] },
    { because: 'a variable that is none of these', line: 'LOG_LEVEL=info', want: [] },
  ])('.env.sample: $because', ({ line, want }) => {
    const files = { ...GOOD, '.env.sample': `${GOOD['.env.sample']}${line}\n` };
    expect(heads(secretFindings(recipeOf(files)))).toEqual(want);
  });

  it('never quotes the value', () => {
    const files = { ...with_('- DB_PASSWORD=hunter2-x9'), '.env.sample': 'A_TOKEN=hunter2-x9\n' };
    const findings = secretFindings(recipeOf(files));
    expect(findings).toHaveLength(2);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
}); // oxfmt-ignore
