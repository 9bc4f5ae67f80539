import { accessSync, constants, existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { say, step } from './log.ts';

/** What is installed for which purpose: the sandbox alone, everything the project's tests use, or another kernel for one of them. */
export type Purpose = 'sandbox' | 'tests' | 'kernel';

interface Need {
  package: string;
  /** Any one of these commands makes the package unnecessary (a machine may have Docker's own packages). */
  commands: string[];
  purpose: Purpose;
}

const NEEDS: readonly Need[] = [
  { package: 'docker.io', commands: ['dockerd'], purpose: 'sandbox' },
  { package: 'containerd', commands: ['containerd'], purpose: 'sandbox' },
  { package: 'runc', commands: ['runc'], purpose: 'sandbox' },
  { package: 'iptables', commands: ['iptables'], purpose: 'sandbox' },
  { package: 'iproute2', commands: ['ip'], purpose: 'sandbox' },
  { package: 'openssl', commands: ['openssl'], purpose: 'sandbox' },
  { package: 'git', commands: ['git'], purpose: 'sandbox' },
  { package: 'docker-registry', commands: ['docker-registry'], purpose: 'sandbox' },
  { package: 'mmdebstrap', commands: ['mmdebstrap'], purpose: 'sandbox' },
  { package: 'python3-pip', commands: ['pip', 'pip3'], purpose: 'sandbox' },
  { package: 'restic', commands: ['restic'], purpose: 'tests' },
  { package: 'bubblewrap', commands: ['bwrap'], purpose: 'tests' },
  // Debian's own: what somebody installed for another Python is not to be seen in a sandbox.
  { package: 'python3-pytest', commands: ['pytest-3'], purpose: 'tests' },
  { package: 'bats', commands: ['bats'], purpose: 'tests' },
  { package: 'curl', commands: ['curl'], purpose: 'tests' },
  { package: 'libnss3-tools', commands: ['certutil'], purpose: 'tests' },
  { package: 'nix-bin', commands: ['nix'], purpose: 'tests' },
  { package: 'shellcheck', commands: ['shellcheck'], purpose: 'tests' },
  { package: 'chromium', commands: ['chromium'], purpose: 'tests' },
  { package: 'user-mode-linux', commands: ['linux.uml'], purpose: 'kernel' },
];

const POLICY = '/usr/sbin/policy-rc.d';
/** Units that come with the packages and must neither start now nor at the next boot. */
const UNITS = ['docker.service', 'docker.socket', 'containerd.service', 'docker-registry.service'];

/** System administrators' folders are searched too: `dockerd` is there, and a plain user's PATH lacks them. */
export function commandPath(command: string, path = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...path.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean);
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function missingPackages(purposes: readonly Purpose[]): string[] {
  return NEEDS.filter((need) => purposes.includes(need.purpose))
    .filter((need) => !need.commands.some((command) => commandPath(command)))
    .map((need) => need.package);
}

/** Installs what is missing and nothing else; says what it does. */
export async function ensurePackages(purposes: readonly Purpose[]): Promise<string[]> {
  const missing = missingPackages(purposes);
  if (missing.length === 0) return [];
  const list = missing.join(' ');
  if (process.getuid?.() !== 0)
    throw new Error(`Missing: ${list}. Run \`node tests/sandbox/install.ts\` as root.`);
  if (!commandPath('apt-get'))
    throw new Error(`Missing: ${list}. There is no apt-get here: install them by hand.`);
  await withoutStartingServices(async () => {
    if (!(await aptKnows(missing))) await step('Reading the package lists', () => apt(['update']));
    await step(`Installing ${list}`, () => apt(['install', '-y', '--no-install-recommends', ...missing]));
  });
  await disableUnits();
  return missing;
}

async function apt(args: string[]): Promise<void> {
  await execa('apt-get', ['-q', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    stdin: 'ignore',
    all: true,
  });
}

async function aptKnows(packages: string[]): Promise<boolean> {
  const { exitCode } = await execa('apt-get', ['install', '-s', '--no-install-recommends', ...packages], {
    reject: false,
  });
  return exitCode === 0;
}

/** Debian starts a service as soon as it is installed; the system's dockerd must never run because of us. */
async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  const aside = `${POLICY}.ccci-aside`;
  const ours = '#!/bin/sh\n# cc-ci: no service starts while its packages are installed\nexit 101\n';
  const had = existsSync(POLICY) && (await readFile(POLICY, 'utf8')) !== ours;
  if (had) await rename(POLICY, aside);
  await writeFile(POLICY, ours, { mode: 0o755 });
  try {
    await work();
  } finally {
    await rm(POLICY, { force: true });
    if (existsSync(aside)) await rename(aside, POLICY);
  }
}

/** Without systemd nothing starts at boot by itself, so there is nothing to turn off. */
async function disableUnits(): Promise<void> {
  if (!existsSync('/run/systemd/system')) return;
  const { failed } = await execa('systemctl', ['disable', '--now', ...UNITS], { reject: false });
  if (failed)
    say('could not disable every unit of the new packages: see `systemctl list-unit-files docker*`');
}
