/** Puts the units, the program `ccci-ctl` and a first configuration in place; safe to call again. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ENVIRONMENT_FILE, renderUnit, type Units, UnitRefused } from './render.ts';

export interface InstallWish {
  /** Before every path; `/` but in tests and for images of a disk. */
  readonly prefix: string;
  /** The project's folder on the machine. */
  readonly root: string;
  readonly units: Units;
  /** More arguments of a unit's program, by the unit's name. */
  readonly more: Readonly<Record<string, readonly string[]>>;
}

export type Done = 'created' | 'updated' | 'unchanged' | 'kept';

export interface Installed {
  readonly path: string;
  readonly done: Done;
}

const FIRST_CONFIGURATION = `# What the controller and ccci-ctl are configured by; docs/runbook.md names every variable.
# Secrets stand in files of their own, which are named here: CCCI_GITEA_TOKEN_FILE='/etc/cc-ci/gitea-token'
HOME='/var/lib/cc-ci'
CCCI_STATE_DIR='/var/lib/cc-ci'
CCCI_ZONE='ci.example.org'
CCCI_MAX_TESTS='1'
CCCI_CERTIFICATE_FILE='/var/lib/ci-certs/live/fullchain.pem'
CCCI_CERTIFICATE_KEY_FILE='/var/lib/ci-certs/live/privkey.pem'
`;

/** Throws UnitRefused before anything is written. */
export async function install({ prefix, root, units, more }: InstallWish): Promise<Installed[]> {
  // Units have no access to home folders, so that a program there could not be started.
  if (/^\/(?:root|home|run\/user)(?:\/|$)/.test(root))
    throw new UnitRefused(
      `${root} is in a home folder, which units cannot see. Move the project, to /opt/cc-ci for one.`,
    );
  const texts = Object.entries(units).map(
    ([name, unit]) =>
      [`/etc/systemd/system/${name}.service`, renderUnit(unit, { root, more: more[name] ?? [] })] as const,
  );
  const installed: Installed[] = [];
  for (const [path, text] of texts)
    installed.push({ path, done: await put(join(prefix, path), text, 0o644) });
  const ctl = `#!/bin/sh\n# Written by bin/install: ccci-ctl, configured as the units are.\nset -a; . ${ENVIRONMENT_FILE}; exec ${root}/bin/ccci-ctl "$@"\n`;
  const path = '/usr/local/bin/ccci-ctl';
  installed.push({ path, done: await put(join(prefix, path), ctl, 0o755) });
  const configured = join(prefix, ENVIRONMENT_FILE);
  const had = (await readOrNull(configured)) !== null;
  if (!had) await put(configured, FIRST_CONFIGURATION, 0o644);
  return [...installed, { path: ENVIRONMENT_FILE, done: had ? 'kept' : 'created' }];
}

async function put(file: string, text: string, mode: number): Promise<Done> {
  const before = await readOrNull(file);
  if (before === text) return 'unchanged';
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.new`;
  await writeFile(aside, text, { mode });
  await rename(aside, file);
  return before === null ? 'created' : 'updated';
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
