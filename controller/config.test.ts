import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError, environmentOf, readConfig } from './config.ts';

describe('readConfig', () => {
  it('has a usable default for everything', () => {
    expect(readConfig({ PATH: '/bin' })).toMatchObject({
      zone: 'ci.test',
      maxTests: 1,
      abraBin: 'auto',
      baseEnv: { PATH: '/bin' },
    });
  });

  it('gives a child what it was given itself', () => {
    const config = readConfig({
      PATH: '/bin',
      CCCI_ZONE: 'ci.example.org',
      CCCI_MAX_TESTS: '3',
      CCCI_PROXY_ADDRESS: '127.0.0.1',
    });
    expect(readConfig(environmentOf(config))).toEqual(config);
  });

  it('hands on nothing secret', () => {
    expect(readConfig({ PATH: '/bin', GITEA_PASSWORD: 'x', AWS_SECRET: 'y' }).baseEnv).toEqual({
      PATH: '/bin',
    });
  });

  it('has no door where none is configured', () => {
    expect(readConfig({}).doors).toEqual({
      gitea: null,
      http: null,
      publicUrl: null,
      drone: null,
      mirrorToken: null,
      site: { sshHost: null, gatewayAddress: null, certificate: null },
    });
  });

  it('reads who may say it, how often it asks, and where the secrets stand', () => {
    const { doors } = readConfig({
      CCCI_GITEA_URL: 'https://git.example.org/',
      CCCI_GITEA_ORGANISATION: 'recipe-maintainers',
      CCCI_GITEA_ALLOWED: 'ada, bob',
      CCCI_GITEA_USER: 'cc-ci',
      CCCI_GITEA_PASSWORD_FILE: '/run/secrets/gitea',
      CCCI_HTTP_LISTEN: '[::1]:8080',
      CCCI_HOOK_SECRET: '0123456789abcdef',
      CCCI_HTTP_PROXIES: '10.0.0.0/8, ::1',
      CCCI_PUBLIC_URL: 'https://ci.example.org/',
      CCCI_DRONE_URL: 'https://drone.example.org',
      CCCI_DRONE_REPOSITORY: 'coop-cloud/cc-ci',
      CCCI_DRONE_TOKEN: 'x',
      CCCI_MIRROR_TOKEN_FILE: '/run/secrets/mirror',
      CCCI_SSH_HOST: 'root@cc-ci',
      CCCI_GATEWAY_ADDRESS: '192.0.2.7',
      CCCI_CERTIFICATE_FILE: '/var/lib/certs/fullchain.pem',
      CCCI_CERTIFICATE_KEY_FILE: '/var/lib/certs/privkey.pem',
    });
    expect(doors).toEqual({
      gitea: {
        url: 'https://git.example.org',
        organisation: 'recipe-maintainers',
        allowed: ['ada', 'bob'],
        pollMs: 20_000,
        credentials: { user: 'cc-ci', password: { file: '/run/secrets/gitea' } },
      },
      http: {
        host: '::1',
        port: 8080,
        hookSecret: { value: '0123456789abcdef' },
        proxies: ['10.0.0.0/8', '::1'],
      },
      publicUrl: 'https://ci.example.org',
      drone: {
        url: 'https://drone.example.org',
        repository: { owner: 'coop-cloud', name: 'cc-ci' },
        branch: 'main',
        token: { value: 'x' },
      },
      mirrorToken: { file: '/run/secrets/mirror' },
      site: {
        sshHost: 'root@cc-ci',
        gatewayAddress: '192.0.2.7',
        certificate: { file: '/var/lib/certs/fullchain.pem', keyFile: '/var/lib/certs/privkey.pem' },
      },
    });
  });

  it('hands no door to a child, whose secrets it would read', () => {
    const env = {
      CCCI_GITEA_URL: 'https://git.example.org',
      CCCI_GITEA_ALLOWED: 'ada',
      CCCI_GITEA_TOKEN: 'tok',
    };
    expect(JSON.stringify(environmentOf(readConfig(env)))).not.toMatch(/tok|GITEA/);
  });

  it.each([
    {
      because: 'a Gitea whose members nobody named',
      env: { CCCI_GITEA_URL: 'https://g.org', CCCI_GITEA_TOKEN: 'x' },
      want: /CCCI_GITEA_ORGANISATION: is needed/,
    },
    {
      because: 'a Gitea without credentials',
      env: { CCCI_GITEA_URL: 'https://g.org', CCCI_GITEA_ALLOWED: 'ada' },
      want: /CCCI_GITEA_TOKEN_FILE: is needed/,
    },
    ...['git.example.org', 'ci.git.example.org', 'example.org'].map((zone) => ({
      because: `apps that would stand where the forge does, in ${zone}`,
      env: {
        CCCI_ZONE: zone,
        CCCI_GITEA_URL: 'https://git.example.org',
        CCCI_GITEA_TOKEN: 'x',
        CCCI_GITEA_ALLOWED: 'ada',
      },
      want: /CCCI_ZONE: .* and the forge, git\.example\.org, share a zone/,
    })),
    {
      because: 'a token that would go out in clear',
      env: { CCCI_GITEA_URL: 'http://g.org' },
      want: /CCCI_GITEA_URL: must be https/,
    },
    {
      because: 'a password in an address',
      env: { CCCI_GITEA_URL: 'https://a:b@g.org' },
      want: /must not hold a user/,
    },
    {
      because: 'a secret given twice',
      env: {
        CCCI_GITEA_URL: 'https://g.org',
        CCCI_GITEA_ALLOWED: 'a',
        CCCI_GITEA_TOKEN: 'x',
        CCCI_GITEA_TOKEN_FILE: '/y',
      },
      want: /stands beside/,
    },
    {
      because: 'a mirror of nobody’s forge',
      env: { CCCI_MIRROR_TOKEN: 'x' },
      want: /CCCI_MIRROR_TOKEN: needs CCCI_GITEA_URL/,
    },
    {
      because: 'a certificate without its key',
      env: { CCCI_CERTIFICATE_FILE: '/a.pem' },
      want: /goes with CCCI_CERTIFICATE_KEY_FILE/,
    },
    {
      because: 'a host that ssh would take for an option',
      env: { CCCI_SSH_HOST: '-oProxyCommand=x' },
      want: /CCCI_SSH_HOST: must be a host/,
    },
    {
      because: 'a poll that takes longer than an answer may',
      env: { CCCI_GITEA_POLL: '5m' },
      want: /CCCI_GITEA_POLL: must be from 1s to 60s/,
    },
    {
      because: 'a public address below another one',
      env: { CCCI_PUBLIC_URL: 'https://example.org/ci' },
      want: /CCCI_PUBLIC_URL: must have no path/,
    },
    {
      because: 'a webhook that nobody hears',
      env: { CCCI_HOOK_SECRET: '0123456789abcdef' },
      want: /needs CCCI_HTTP_LISTEN/,
    },
    {
      because: 'a Drone without a token',
      env: { CCCI_DRONE_URL: 'https://d.org' },
      want: /CCCI_DRONE_URL: needs/,
    },
    { because: 'a misspelt name is not a default', env: { CCCI_MAXTESTS: '2' }, want: /CCCI_MAXTESTS/ },
    { because: 'no tests at all', env: { CCCI_MAX_TESTS: '0' }, want: /CCCI_MAX_TESTS: / },
    {
      because: 'a Docker that is not local',
      env: { CCCI_DOCKER_HOST: 'tcp://1.2.3.4:2375' },
      want: /CCCI_DOCKER_HOST: must be a local socket/,
    },
    {
      because: 'a zone that leaves no room in a stack name',
      env: { CCCI_ZONE: 'a.very.long.zone.name.example.org' },
      want: /CCCI_ZONE: must be at most 30/,
    },
    {
      because: 'an executable that depends on the working directory',
      env: { CCCI_ABRA_BIN: './abra' },
      want: /CCCI_ABRA_BIN: must be "auto" or an absolute path/,
    },
    {
      because: 'an age that is none',
      env: { CCCI_REAP_MIN_AGE: 'young' },
      want: /CCCI_REAP_MIN_AGE: must be a duration/,
    },
  ] as { because: string; env: Record<string, string>; want: RegExp }[])(
    'refuses $because',
    ({ env, want }) => {
      expect(() => readConfig(env)).toThrow(want);
    },
  );

  it('throws nothing but ConfigError, whatever the environment holds', () => {
    const names = fc.constantFrom(
      'CCCI_ZONE',
      'CCCI_MAX_TESTS',
      'CCCI_DOCKER_HOST',
      'CCCI_PROXY_ADDRESS',
      'CCCI_ABRA_BIN',
      'CCCI_LOG_LEVEL',
      'CCCI_X',
      'PATH',
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (env) => {
        try {
          readConfig(env);
        } catch (error) {
          refused++;
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
    expect(refused).toBeGreaterThan(0);
  });
});
