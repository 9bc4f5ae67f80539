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

  it.each([
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
