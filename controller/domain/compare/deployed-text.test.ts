import { describe, expect, it } from 'vitest';
import { deployedCompose, deployedEnv, isSensitive } from './deployed-text.ts';

describe('isSensitive', () => {
  it.each([
    ['SMTP_PASSWORD', true],
    ['PGPASS', true],
    ['SECRET_KEY_BASE', true],
    ['JWT_TOKEN', true],
    ['DATABASE_DSN', true],
    ['SECRET_DB_PASSWORD_VERSION', false],
    ['DB_PASSWORD_FILE', false],
    ['DOMAIN', false],
    ['KEYCLOAK_DOMAIN', false],
  ])('%s: %s', (name, want) => {
    expect(isSensitive(name)).toBe(want);
  });
});

describe('deployedEnv', () => {
  it('has names and values by name, without what looks like a secret', () => {
    const env = {
      TIMEOUT: '60',
      DOMAIN: 'x.ci.test',
      SMTP_PASSWORD: 'hunter2',
      EMPTY_TOKEN: '',
      DATABASE_URL: 'postgres://app:hunter2@db/app',
      LINES: 'one\ntwo',
    };
    expect(deployedEnv(env).split('\n')).toEqual([
      'DATABASE_URL=postgres://app:[redacted]@db/app',
      'DOMAIN=x.ci.test',
      'EMPTY_TOKEN=',
      'LINES="one\\ntwo"',
      'SMTP_PASSWORD=[redacted]',
      'TIMEOUT=60',
      '',
    ]);
  });
});

const COMPOSE = `x-common: &common
  init: true
services:
  app:
    <<: *common
    image: nginx:\${VERSION:-1.26}
    command: ["serve", "--password", "\${SMTP_PASSWORD}"]
    environment:
      - SMTP_PASSWORD
      - DB_PASSWORD=hunter2
      - "DB_PASSWORD_FILE=/run/secrets/db_password"
    secrets: [db_password]
    deploy:
      labels:
        - "traefik.http.routers.\${STACK_NAME}.rule=Host(\\"\${DOMAIN}\\")"
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: hunter2=b
      PIN_TOKEN: 12345678
secrets:
  db_password:
    external: true
    name: \${STACK_NAME}_db_password_v1
`;

describe('deployedCompose', () => {
  it('is filled in, file by file, without values that look like secrets', () => {
    const files = [{ path: 'compose.yml', text: COMPOSE }];
    const env = { DOMAIN: 'x.ci.test', STACK_NAME: 'x_ci_test', SMTP_PASSWORD: 'correct horse' };
    expect(deployedCompose({ files, env })).toBe(`---
# compose.yml
services:
  app:
    init: true
    image: nginx:1.26
    command:
      - serve
      - --password
      - "[redacted]"
    environment:
      - SMTP_PASSWORD
      - DB_PASSWORD=[redacted]
      - DB_PASSWORD_FILE=/run/secrets/db_password
    secrets:
      - db_password
    deploy:
      labels:
        - traefik.http.routers.x_ci_test.rule=Host("x.ci.test")
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: "[redacted]"
      PIN_TOKEN: "[redacted]"
secrets:
  db_password:
    external: true
    name: x_ci_test_db_password_v1
`);
  });

  it('says of a file that is no YAML why it cannot be read', () => {
    const files = [{ path: 'compose.bad.yml', text: 'services: [' }];
    expect(deployedCompose({ files, env: {} })).toMatch(/^---\n# compose\.bad\.yml\n# cannot be read: .+\n$/);
  });
});
