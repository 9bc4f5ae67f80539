/** What Chromium's sandbox is made of: files for its starter, binds, limits, and whether Chromium can use its own sandbox inside. */
import { realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { exists } from '../../store/exists.ts';
import type { Cgroup } from './cgroup.ts';
import { type Bind, bwrapArgs, FD, LIMITS, type SandboxLimits } from './plan.ts';
import { etcBinds, sandboxUid, systemPaths } from './sandbox.ts';
import { seccompProgram } from './seccomp.ts';

const MIB = 1024 * 1024;

/** A page with all of its processes; Chromium alone takes 300 MiB and 150 threads. */
export const BROWSER_LIMITS: SandboxLimits = {
  ...LIMITS,
  timeoutMs: 10 * 60_000,
  memoryBytes: 2048 * MIB,
  processes: 1_024,
  fileBytes: 256 * MIB,
  scratchBytes: 512 * MIB,
};

/** Of the sandbox's loopback, where nothing else listens. */
export const TUNNEL_PORT = 3128;

const AT = '/ccci';
/** Chromium writes into the database that it reads its authorities from, or does not read it. */
const OWN_DATABASE = [
  '/bin/sh',
  '-c',
  `mkdir /tmp/.pki && cp -r ${AT}/nssdb /tmp/.pki/ && exec "$@"`,
  'sh',
] as const;
/** Fonts, and how this machine starts Chromium. */
const ETC = ['/etc/fonts', '/etc/chromium.d', '/etc/chromium'];

export interface BrowserPlace {
  /** Of this browser alone, mode 700; its name is nobody else's. */
  readonly home: string;
  readonly chromium: string;
  readonly domain: string;
  readonly tunnel: string;
  /** The NSS database that it trusts, or null. */
  readonly trusted: string | null;
  readonly cgroup: Cgroup | null;
  /** For bubblewrap, not for what runs inside. */
  readonly env: Readonly<Record<string, string>>;
}

/** The environment of browser.sh. */
export async function browserStart(place: BrowserPlace): Promise<Record<string, string>> {
  const { home, domain, cgroup, env } = place;
  const uid = sandboxUid(home);
  const chromium = await realpath(place.chromium);
  const start = join(home, 'start');
  const gate = [
    `${AT}/node`,
    `${AT}/relay-gate.ts`,
    `${AT}/tunnel.sock`,
    String(TUNNEL_PORT),
    chromium,
  ] as const;
  const args = bwrapArgs(
    {
      argv: place.trusted === null ? [...gate] : [...OWN_DATABASE, ...gate],
      cwd: '/tmp',
      env: { PATH: '/usr/bin:/bin', HOME: '/tmp', TMPDIR: '/tmp', LANG: 'C.UTF-8' },
      uid,
      system: await systemPaths(),
      binds: [...(await etcBinds({ dir: home, domain, mark: home })), ...(await bindsOf(place, chromium))],
      report: null,
      limits: BROWSER_LIMITS,
    },
    { seccomp: FD.seccomp },
  );
  await writeFile(start, ['bwrap', ...args, ''].join('\n'));
  await writeFile(join(home, 'seccomp'), seccompProgram({ userNamespaces: true }));
  return {
    ...env,
    BROWSER_START: start,
    BROWSER_SECCOMP: join(home, 'seccomp'),
    BROWSER_CGROUPS: (cgroup?.dirs ?? []).join(' '),
  };
}

async function bindsOf({ tunnel, trusted }: BrowserPlace, chromium: string): Promise<Bind[]> {
  const there = await Promise.all(ETC.map(exists));
  const own = /^\/(?:usr|nix\/store)\//.test(chromium) ? [] : [dirname(chromium)];
  return [
    ...[...ETC.filter((_path, index) => there[index]), ...own].map((path) => ({ from: path, to: path })),
    { from: process.execPath, to: `${AT}/node` },
    { from: join(import.meta.dirname, 'relay-gate.ts'), to: `${AT}/relay-gate.ts` },
    { from: tunnel, to: `${AT}/tunnel.sock` },
    ...(trusted === null ? [] : [{ from: trusted, to: `${AT}/nssdb` }]),
  ];
}

/** Chromium parts its pages from itself by user namespaces, which not every kernel gives to everybody: asked, not guessed. */
export async function hasUserNamespaces(
  home: string,
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const uid = String(sandboxUid(home));
  const who = ['--reuid', uid, '--regid', uid, '--clear-groups', '--no-new-privs', '--bounding-set=-all'];
  const asked = await execa('setpriv', [...who, '--', 'unshare', '--user', 'true'], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  });
  return !asked.failed;
}
