import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../config.ts';
import { install, type InstallWish } from './install.ts';
import { renderUnit, Units } from './render.ts';

const units = Units.parse(JSON.parse(await readFile(join(ROOT, 'modules', 'units.json'), 'utf8')));
const unitOf = (name: string) => units[name] ?? expect.fail(`there is no unit ${name}`);

describe('a unit', () => {
  it('calls a program of the project, with the arguments of this machine', () => {
    const text = renderUnit(unitOf('cc-ci-swarm'), { root: '/opt/cc-ci', more: ['--subnet', '10.9.0.0/16'] });
    expect(text).toContain('\nExecStart=/opt/cc-ci/bin/ccci-ctl swarm --subnet 10.9.0.0/16\n');
    expect(text).toContain('\nRequires=docker.service\n');
    // A list of filters is a line each: the second takes away from the first.
    expect(text).toMatch(/\nSystemCallFilter=@system-service\nSystemCallFilter=~@privileged\n/);
    expect(text).toContain('\nCapabilityBoundingSet=\n');
  });

  it.each(['a b', 'a"b', '$HOME', '100%', 'a;b', 'a\nExecStartPre=/bin/sh', ''])(
    'is refused where an argument would mean something else: %j',
    (word) => {
      expect(() => renderUnit(unitOf('cc-ci'), { root: '/opt/cc-ci', more: [word] })).toThrow(
        /cannot stand in a unit/,
      );
    },
  );

  it('names a program that is there and may be started', async () => {
    for (const { program } of Object.values(units))
      expect((await stat(join(ROOT, program))).mode & 0o111).toBe(0o111);
  });
});

describe('bin/install', () => {
  let prefix: string;
  let wish: InstallWish;
  beforeEach(async () => {
    prefix = await mkdtemp(join(tmpdir(), 'ccci-install-'));
    wish = { prefix, root: '/opt/cc-ci', units, more: { 'cc-ci-proxy': ['--repo', '/srv/traefik'] } };
  });
  afterEach(() => rm(prefix, { recursive: true, force: true }));
  const doneOf = async (): Promise<string[]> => [...new Set((await install(wish)).map(({ done }) => done))];

  it('puts everything in place, and the second time changes nothing', async () => {
    expect(await doneOf()).toEqual(['created']);
    expect(await doneOf()).toEqual(['unchanged', 'kept']);
    expect(await readFile(join(prefix, 'etc/systemd/system/cc-ci-proxy.service'), 'utf8')).toContain(
      'ExecStart=/opt/cc-ci/bin/ccci-ctl proxy --repo /srv/traefik\n',
    );
  });

  it('follows what was asked otherwise, and keeps what a person wrote', async () => {
    await install(wish);
    await writeFile(join(prefix, 'etc/cc-ci/environment'), "CCCI_ZONE='ci.test'\n");
    wish = { ...wish, more: { 'cc-ci-proxy': ['--repo', '/srv/other'] } };
    const changed = (await install(wish)).filter(({ done }) => done !== 'unchanged');
    expect(changed).toEqual([
      { path: '/etc/systemd/system/cc-ci-proxy.service', done: 'updated' },
      { path: '/etc/cc-ci/environment', done: 'kept' },
    ]);
    expect(await readFile(join(prefix, 'etc/cc-ci/environment'), 'utf8')).toBe("CCCI_ZONE='ci.test'\n");
  });

  it.each(['/root/cc-ci', '/home/ada/cc-ci'])(
    'refuses a project that units would not see, in %s',
    async (root) => {
      await expect(install({ ...wish, root })).rejects.toThrow(/is in a home folder/);
      await expect(stat(join(prefix, 'etc'))).rejects.toThrow('ENOENT');
    },
  );

  it('gives ccci-ctl the configuration of the units', async () => {
    await install(wish);
    const text = await readFile(join(prefix, 'usr/local/bin/ccci-ctl'), 'utf8');
    expect(text.split('\n').at(-2)).toBe(
      'set -a; . /etc/cc-ci/environment; exec /opt/cc-ci/bin/ccci-ctl "$@"',
    );
  });

  it('is a program that says what it did', () => {
    const said = execFileSync(join(ROOT, 'bin', 'install'), ['--repo', '/srv/traefik', '--prefix', prefix], {
      encoding: 'utf8',
    });
    expect(said.trim().split('\n')).toEqual([
      '/etc/systemd/system/cc-ci-swarm.service created',
      '/etc/systemd/system/cc-ci-proxy.service created',
      '/etc/systemd/system/cc-ci.service created',
      '/usr/local/bin/ccci-ctl created',
      '/etc/cc-ci/environment created',
    ]);
  });
});
