import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { composeFacts, hasBackup, type ComposeFacts } from '../recipe/compose-facts.ts';
import { findingLine } from '../recipe/finding.ts';
import { documentedVariables, liftedFindings, policyFindings, type Allow, type Finding } from './policy.ts';

const STACK = 'web-pr1-abcde2345_ci_test';
const DOMAIN = 'web-pr1-abcde2345.ci.test';
const NOTHING: Allow = {
  binds: [],
  ports: [],
  privileged: false,
  capabilities: [],
  aliases: [],
  registries: [],
  middlewares: [],
  entrypoints: [],
};
const ENV = { STACK_NAME: STACK, DOMAIN, SECRET_DB_VERSION: 'v1', APP_CONF_VERSION: 'v3' };

function facts(text: string, ...more: string[]): ComposeFacts {
  const files = [text, ...more].map((one, index) => ({
    path: index === 0 ? 'compose.yml' : `compose.${index}.yml`,
    text: one,
  }));
  return composeFacts({ files, env: ENV, stack: STACK });
}

function findings(text: string, allow: Partial<Allow> = {}, documented: string[] = []): Finding[] {
  return policyFindings(facts(text), { ...NOTHING, ...allow }, { domain: DOMAIN, stack: STACK, documented });
}

const errors = (text: string, allow: Partial<Allow> = {}): Finding[] =>
  findings(text, allow).filter((finding) => finding.severity === 'error');

/** A recipe with which nothing is wrong; `extra` goes into the service, `rest` after it. */
const recipe = (extra = '', rest = ''): string => `version: "3.8"
services:
  app:
    image: nginx:1.27.0
    healthcheck: { test: [CMD, curl, -f, http://localhost] }
    deploy:
      labels:
        - "traefik.http.routers.\${STACK_NAME}.rule=Host(\`\${DOMAIN}\`)"
        - "coop-cloud.\${STACK_NAME}.version=1.0.0+1.27.0"
    networks: [proxy]
${extra === '' ? '' : `    ${extra}\n`}networks:
  proxy: { external: true }
${rest}`;
/** With a second service that has this. */
const withSecond = (more: string): string =>
  recipe().replace(
    /^networks:/m,
    () =>
      `  db:\n    image: db:1.0.0\n    healthcheck: { test: [CMD, ask] }\n    ${more}\nnetworks:\n  inner: {}`,
  );
/** Where `extra` stands. */
const EXTRA_LINE = 11;

describe('policyFindings', () => {
  it('has nothing to say of a good recipe', () => {
    expect(findings(recipe())).toEqual([]);
  });

  it.each([
    ['HostBind', 'volumes: ["/etc:/host"]', { binds: ['/etc'] }],
    ['HostBind', 'volumes: ["/srv/data/../../etc:/host"]', { binds: ['/etc'] }],
    ['HostBind', 'volumes: [{ type: bind, source: /srv/x, target: /x }]', { binds: ['/srv'] }],
    [
      'DockerSocket',
      'volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]',
      { binds: ['/var/run/docker.sock'] },
    ],
    [
      'DockerSocket',
      'volumes: ["/srv/engine/docker.sock:/var/run/docker.sock"]',
      { binds: ['/srv/engine/docker.sock'] },
    ],
    ['PublishedPort', 'ports: ["8443:443"]', { ports: [8443] }],
    ['PublishedPort', 'ports: ["127.0.0.1:53:53/udp"]', { ports: [53] }],
    ['PublishedPort', 'ports: [{ target: 22, published: 2222, mode: host }]', { ports: [2222] }],
    ['Privileged', 'privileged: true', { privileged: true }],
    ['Capability', 'cap_add: [SYS_ADMIN]', { privileged: true }],
    ['Capability', 'cap_add: [CAP_NET_ADMIN]', { privileged: true }],
    ['Device', 'devices: ["/dev/kvm:/dev/kvm"]', { privileged: true }],
    ['SecurityOption', 'security_opt: ["apparmor:unconfined"]', { privileged: true }],
    ['HostNamespace', 'network_mode: host', { privileged: true }],
    ['HostNamespace', 'pid: host', { privileged: true }],
    ['HostNamespace', 'ipc: host', { privileged: true }],
  ])('%s: %s is refused at its line, until the operator allows it', (rule, extra, allow) => {
    const [finding, ...others] = errors(recipe(extra));
    expect(finding).toMatchObject({ rule, file: 'compose.yml', line: EXTRA_LINE });
    expect(finding?.fix).toMatch(/\.$/);
    expect(others).toEqual([]);
    expect(errors(recipe(extra), allow)).toEqual([]);
  });

  it.each([
    [
      'a folder around it does not allow the socket',
      'volumes: ["/run/docker.sock:/s"]',
      { binds: ['/run', '/'] },
    ],
    [
      'the allowlist’s path is no prefix of names',
      'volumes: ["/srv/data-of-others:/x"]',
      { binds: ['/srv/data'] },
    ],
    ['a relative bind is a bind', 'volumes: ["./conf:/etc/conf"]', {}],
    ['the whole range counts', 'ports: ["8000-8002:8000-8002"]', { ports: [8000, 8001] }],
    ['a home folder is the host’s', 'volumes: ["~/x:/x"]', {}],
  ])('%s', (_because, extra, allow) => {
    expect(errors(recipe(extra), allow)).toHaveLength(1);
  });

  it.each([
    ['named volumes', 'volumes: ["content:/usr/share/nginx/html"]'],
    ['the clock, to be read', 'volumes: ["/etc/localtime:/etc/localtime:ro"]'],
    ['harmless capabilities', 'cap_add: [CHOWN]'],
    ['modes that are not the host’s', 'ipc: private'],
  ])('allows %s', (_what, extra) => {
    expect(errors(recipe(extra))).toEqual([]);
  });

  it('only warns of a port that swarm picks', () => {
    expect(findings(recipe('ports: ["80"]'))).toMatchObject([{ rule: 'PublishedPort', severity: 'warning' }]);
  });

  it.each([
    ['HostBind', 'volumes:\n  data: { driver_opts: { type: none, o: bind, device: /etc } }\n'],
    ['PathOutside', 'configs:\n  conf: { file: ../../../etc/passwd }\n'],
    ['PathOutside', 'secrets:\n  key: { file: /root/.ssh/id_rsa }\n'],
    ['PathOutside', 'configs:\n  conf: { file: ./x/../.git/config }\n'],
    ['ForeignName', 'volumes:\n  data: { name: other_ci_test_data }\n'],
    ['ForeignName', 'configs:\n  conf: { file: ./conf, name: traefik_conf_v1 }\n'],
  ])('%s: %s', (rule, rest) => {
    expect(errors(recipe('', rest))).toMatchObject([{ rule, file: 'compose.yml', line: 14 }]);
  });

  it.each([
    { because: 'a file of the recipe', text: 'env_file: app.env' },
    { because: 'several', text: 'env_file: [app.env, ./more.env]' },
    { because: 'one that may be missing', text: 'env_file: [{ path: app.env, required: false }]' },
    { because: 'a hidden one', text: 'env_file: .env' },
  ])('refuses an env file, which docker reads with a parser of its own: $because', ({ text }) => {
    const [first, ...others] = errors(recipe(text));
    expect(first).toMatchObject({
      rule: 'WrongValue',
      file: 'compose.yml',
      message: expect.stringContaining('env_file'),
    });
    expect(others).toEqual([]);
  });

  it.each([
    { because: 'none', text: recipe().replace(/ {4}image.*\n/, '') },
    { because: 'an empty one', text: recipe().replace('nginx:1.27.0', '""') },
    { because: 'only a build', text: recipe().replace('image: nginx:1.27.0', 'build: .') },
  ])('refuses a service without an image: $because', ({ text }) => {
    expect(errors(text)).toMatchObject([{ rule: 'NoImage', file: 'compose.yml' }]);
  });

  it('refuses env files outside the recipe', () => {
    expect(errors(recipe('env_file: [.env, ../../secrets.env]'))).toMatchObject([{ rule: 'PathOutside' }]);
  });

  it.each(['secret', 'config', 'network'])(
    'refuses an external %s of another app, whether it is used or not',
    (kind) => {
      const rest = `${kind === 'network' ? '  taken' : `${kind}s:\n  taken`}: { external: true, name: traefik_key_v1 }\n`;
      const use = kind === 'network' ? '' : `${kind}s: [taken]`;
      const text = recipe(use, rest).replace('[proxy]', kind === 'network' ? '[proxy, taken]' : '[proxy]');
      expect(errors(text)).toMatchObject([{ rule: 'ForeignName' }]);
      expect(errors(recipe('', rest))).toMatchObject([{ rule: 'ForeignName' }]);
    },
  );

  it('says which name is too long and by how much', () => {
    const key = 'database_password_of_the_admin_user_old';
    const rest = `secrets:\n  ${key}: { external: true, name: "\${STACK_NAME}_${key}_\${SECRET_DB_VERSION}" }\n`;
    const [finding] = errors(recipe(`secrets: [${key}]`, rest));
    expect(finding).toMatchObject({ rule: 'NameTooLong', line: 15 });
    expect(finding?.message).toContain(`"${STACK}_${key}_v1": 68 characters, and swarm allows 64.`);
    expect(finding?.fix).toBe('Shorten the secret’s name or its version by 4 characters.');
  });

  it('refuses a stack name that abra would cut', () => {
    const names = { domain: DOMAIN, stack: 'x'.repeat(46), documented: [] };
    expect(policyFindings(facts(recipe()), NOTHING, names)).toMatchObject([
      { rule: 'StackTooLong', severity: 'error' },
    ]);
  });

  it.each([
    ['MissingVariable', 'command: "run ${NOBODY_SETS_THIS}"', 'NOBODY_SETS_THIS'],
    ['MissingVariable', 'command: "run ${NOBODY_SETS_THIS:?please}"', 'please'],
    ['InvalidVariable', 'command: "costs $ 5"', '$$'],
    ['TypedVariable', 'stop_grace_period: "${STACK_NAME}"', 'services.app.stop_grace_period'],
  ])('%s: %s', (rule, extra, said) => {
    const [finding, ...others] = errors(recipe(extra));
    expect(finding).toMatchObject({ rule, file: 'compose.yml', line: EXTRA_LINE });
    expect(`${finding?.message} ${finding?.fix}`).toContain(said);
    expect(others).toEqual([]);
  });

  it('takes a variable that .env.sample mentions as optional, but not where the value is vital', () => {
    const documented = documentedVariables('DOMAIN=x\n#EXTRA_DOMAINS=`, y`\n# TAG=1.2\n');
    expect(documented).toEqual(['EXTRA_DOMAINS', 'TAG']);
    expect(findings(recipe('command: "run ${EXTRA_DOMAINS}"'), {}, documented)).toEqual([]);
    const vital = recipe().replace('nginx:1.27.0', 'nginx:${TAG}');
    expect(findings(vital, {}, documented)).toContainEqual(
      expect.objectContaining({ rule: 'MissingVariable', line: 4 }),
    );
  });

  it('warns of a variable that is passed through and that nobody sets, unless .env.sample mentions it', () => {
    const passed = recipe('environment: [DOMAIN, NOBODY_SETS_THIS]');
    expect(findings(passed)).toEqual([
      expect.objectContaining({ rule: 'MissingVariable', severity: 'warning', line: EXTRA_LINE }),
    ]);
    expect(findings(passed, {}, ['NOBODY_SETS_THIS'])).toEqual([]);
  });

  it.each([
    ['FloatingImage', recipe().replace('nginx:1.27.0', 'nginx:latest')],
    ['FloatingImage', recipe().replace('nginx:1.27.0', 'registry.example.org:5000/nginx')],
    ['NoHealthcheck', recipe().replace(/ {4}healthcheck.*\n/, '')],
    ['NoHealthcheck', recipe().replace(/healthcheck: .*/, 'healthcheck: { test: [NONE] }')],
    ['NoAppService', recipe().replace('  app:', '  web:')],
    ['NoRouter', recipe().replace('.rule=Host(`${DOMAIN}`)', '.priority=1')],
    ['OddVariable', recipe('command: "run ${EXTRA:-${DOMAIN}}"')],
    ['UnroutedOnProxy', withSecond('networks: [proxy]')],
    ['UnroutedOnProxy', withSecond('networks: { inner: null, proxy: null }')],
    [
      'UnroutedOnProxy',
      withSecond('').replace(
        'proxy: { external: true }',
        'proxy: { external: true }\n  default: { external: true, name: proxy }',
      ),
    ],
    ['NoVersion', recipe().replace('=1.0.0+1.27.0', '=')],
    ['NoVersion', recipe().replace('=1.0.0+1.27.0', '=1.27-abcdef')],
  ])('warns: %s', (rule, text) => {
    expect(findings(text)).toMatchObject([{ rule, severity: 'warning', file: 'compose.yml' }]);
  });

  it.each([
    { because: 'a network of its own', text: withSecond('networks: [inner]') },
    { because: 'the default network', text: withSecond('') },
    {
      because: 'a route',
      text: withSecond('networks: [proxy]\n    deploy: { labels: ["traefik.enable=true"] }'),
    },
  ])('says nothing of a second service with $because', ({ text }) => expect(findings(text)).toEqual([]));

  it.each([
    ['ComposeInvalid', '- a\n- list\n', 1],
    ['ComposeInvalid', 'services:\n  app: {\n', 3],
    ['ComposeInvalid', 'a: *nowhere\n', 1],
    ['ComposeInvalid', 'services: &all\n  app: { x-again: *all }\n', 1],
    ['ComposeInvalid', '', 1],
    ['NoServices', 'version: "3.8"\n', 1],
    ['NoServices', 'services: []\n', 1],
  ])('%s: refuses %j', (rule, text, line) => {
    expect(findings(text)).toMatchObject([{ rule, severity: 'error', file: 'compose.yml', line }]);
  });

  it('survives a document that multiplies without end', () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(', ')}]`,
    );
    expect(findings(`a0: &a0 x\n${levels.join('\n')}\n`)).toMatchObject([{ rule: 'ComposeInvalid' }]);
  });

  it('says a finding in one line', () => {
    const [finding] = errors(recipe('privileged: true'));
    expect(finding && findingLine(finding)).toMatch(
      /^error compose\.yml:11 Privileged: Service "app" is privileged\. /,
    );
  });
});

describe('the fixture recipes', () => {
  it.each(['custom-html', 'tiny-web'])('%s may be deployed', (name) => {
    const folder = join(import.meta.dirname, '../../../tests/fixtures/recipes', name, 'head');
    const [text, sample] = ['compose.yml', '.env.sample'].map((file) =>
      readFileSync(join(folder, file), 'utf8'),
    );
    const env = {
      ...ENV,
      LETS_ENCRYPT_ENV: '',
      DEFAULT_CONF_VERSION: 'v1',
      SECRET_ADMIN_TOKEN_VERSION: 'v1',
    };
    const seen = composeFacts({ files: [{ path: 'compose.yml', text: text ?? '' }], env, stack: STACK });
    const documented = documentedVariables(sample ?? '');
    expect(policyFindings(seen, NOTHING, { domain: DOMAIN, stack: STACK, documented })).toEqual([]);
    expect(seen.version).toMatch(/^1\.1\.1\+/);
    expect(hasBackup(seen)).toBe(true);
  });
});

describe('composeFacts', () => {
  it.each([
    ['a list', '- "coop-cloud.${STACK_NAME}.version=2.1.0+8.0"', '2.1.0+8.0'],
    [
      'a mapping, whose key docker leaves as it is',
      'coop-cloud.${STACK_NAME}.version: "2.1.0+8.0"',
      '2.1.0+8.0',
    ],
    ['nothing', 'a: b', null],
    ['an empty value', '- "coop-cloud.${STACK_NAME}.version="', null],
    ['the early form', '- "coop-cloud.${STACK_NAME}.app.version=nginx-8f3c"', null],
  ])('reads the version from %s', (_form, label, version) => {
    const text = `services:\n  app:\n    image: a:1\n    deploy:\n      labels:\n        ${label}\n`;
    expect(facts(text).version).toBe(version);
  });

  it('lets a later file add to a service and replace its values', () => {
    const later =
      'services:\n  app:\n    image: nginx:2.0.0\n    deploy: { labels: ["coop-cloud.${STACK_NAME}.version=2.0.0+2.0.0"] }\n  db:\n    image: postgres:17.1\n';
    const merged = facts(recipe('volumes: ["/a:/a"]'), later);
    expect(merged.services.map((service) => service.name)).toEqual(['app', 'db']);
    expect(merged).toMatchObject({ version: '2.0.0+2.0.0', images: ['nginx:2.0.0', 'postgres:17.1'] });
    expect(merged.services[0]).toMatchObject({
      hasHealthcheck: true,
      imagePlace: { file: 'compose.1.yml', line: 3 },
    });
    expect(policyFindings(merged, NOTHING, { domain: DOMAIN, stack: STACK, documented: [] })).toContainEqual(
      expect.objectContaining({ rule: 'HostBind', file: 'compose.yml' }),
    );
  });

  it('follows anchors and merge keys', () => {
    const text = 'x-base: &base\n  privileged: true\nservices:\n  app:\n    <<: *base\n    image: a:1\n';
    expect(errors(text)).toMatchObject([{ rule: 'Privileged', file: 'compose.yml' }]);
  });

  it('knows how things will be called', () => {
    const rest =
      'configs:\n  app_conf: { name: "${STACK_NAME}_app_conf_${APP_CONF_VERSION}", file: ./app.conf }\nvolumes:\n  data:\n';
    const seen = facts(recipe('volumes: ["data:/data"]', rest));
    expect(seen.configs).toMatchObject([
      { key: 'app_conf', name: `${STACK}_app_conf_v3`, external: false, used: false },
    ]);
    expect(seen.volumes).toMatchObject([{ key: 'data', name: `${STACK}_data`, used: true }]);
    expect(seen.paths).toMatchObject([{ kind: 'config', path: './app.conf' }]);
    expect(seen.routers).toMatchObject([{ name: STACK, rule: `Host(\`${DOMAIN}\`)`, service: 'app' }]);
  });

  it('knows whether there is anything to back up', () => {
    expect(hasBackup(facts(recipe()))).toBe(false);
    expect(
      hasBackup(facts(recipe().replace('labels:\n', 'labels:\n        - "backupbot.backup=true"\n'))),
    ).toBe(true);
  });
});

describe('what only the operator lets through', () => {
  const BIND = recipe('volumes: ["/srv/data:/data"]');
  it.each([
    { because: 'is nothing of a recipe in order, whatever is allowed', text: recipe(), allow: { binds: ['/srv'] }, want: [] },
    { because: 'is the bind that is allowed, at its line', text: BIND, allow: { binds: ['/srv/data'] }, want: [`HostBind compose.yml:${EXTRA_LINE}`] },
    { because: 'is not what stays refused', text: BIND, allow: { ports: [80] }, want: [] },
    { because: 'is each of several things', text: recipe('volumes: ["/srv/data:/data"]\n    cap_add: [NET_ADMIN]'), allow: { binds: ['/srv/data'], capabilities: ['NET_ADMIN'] }, want: [`HostBind compose.yml:${EXTRA_LINE}`, `Capability compose.yml:${EXTRA_LINE + 1}`] },
  ])('$because', ({ text, allow, want }) => {
    const names = { domain: DOMAIN, stack: STACK, documented: [] };
    const lifted = liftedFindings(facts(text), { ...NOTHING, ...allow }, names);
    expect(lifted.map(({ rule, file, line }) => `${rule} ${file}:${line}`)).toEqual(want);
  }); // oxfmt-ignore
});

describe('a size in the recipe', () => {
  it.each([
    { because: 'is fine up to the most', memory: '64g', want: [] },
    { because: 'is refused beyond it', memory: '65g', want: ['OverLimit'] },
    { because: 'is refused in units that are beyond any most', memory: '1p', want: ['OverLimit'] },
    { because: 'is refused where it is none', memory: 'much', want: ['OverLimit'] },
    { because: 'is refused below nothing', memory: '-1', want: ['OverLimit'] },
  ])('$because: $memory', ({ memory, want }) => {
    const text = recipe().replace('    deploy:\n', `    deploy:\n      resources: { limits: { memory: ${memory} } }\n`);
    expect(errors(text).map(({ rule }) => rule)).toEqual(want);
  }); // oxfmt-ignore
});
