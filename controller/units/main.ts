/** `bin/install`: makes a machine with systemd and Docker a cc-ci server, as the NixOS modules do; safe to call again. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { install, type Installed } from './install.ts';
import { Units, UnitRefused } from './render.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

const HELP = `bin/install --repo <traefik recipe>: makes this machine a cc-ci server, with the units of modules/units.json.

  --repo <git address>           the traefik recipe
  --ref <ref>                    a commit, a branch or a tag of it (HEAD)
  --set <NAME=value>             a setting of its .env; repeat it for more
  --route <name=url>             a name that leads to a program of this machine; repeat it for more
  --subnet <network>             addresses of the network "proxy" (10.77.0.0/16)
  --advertise-address <address>  under which the swarm knows this machine, if it has several
  --prefix <folder>              write below this folder, and start nothing

Says of each file whether it was created, updated, unchanged or kept; what you wrote into the configuration is never touched.
docs/install-debian.md says what comes before and after.
`;

const out = (line: string): void => void process.stdout.write(`${line}\n`);

function asked(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      repo: { type: 'string' },
      ref: { type: 'string', default: 'HEAD' },
      set: { type: 'string', multiple: true, default: [] },
      route: { type: 'string', multiple: true, default: [] },
      subnet: { type: 'string', default: '10.77.0.0/16' },
      'advertise-address': { type: 'string' },
      prefix: { type: 'string', default: '/' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return values;
}
type Asked = ReturnType<typeof asked>;

function moreOf(repo: string, wish: Asked): Record<string, readonly string[]> {
  const address = wish['advertise-address'];
  return {
    'cc-ci-swarm': [
      '--subnet',
      wish.subnet,
      ...(address === undefined ? [] : ['--advertise-address', address]),
    ],
    'cc-ci-proxy': [
      '--repo',
      repo,
      '--ref',
      wish.ref,
      ...wish.set.flatMap((term) => ['--set', term]),
      ...wish.route.flatMap((term) => ['--route', term]),
    ],
  };
}

/** A unit that is as it was is left running; steps of runs are never touched. */
async function start(installed: readonly Installed[], names: readonly string[]): Promise<void> {
  const systemctl = async (...args: readonly string[]): Promise<void> =>
    void (await execa('systemctl', [...args]));
  await systemctl('daemon-reload');
  await systemctl('enable', ...names);
  if (installed.some(({ path, done }) => path.startsWith('/etc/cc-ci/') && done === 'created'))
    return out('next: write your values into /etc/cc-ci/environment, and call bin/install again.');
  const oneshots = names.filter((name) => name !== 'cc-ci.service');
  await systemctl('start', ...oneshots);
  const isOther = installed.some(({ path, done }) => path.endsWith('/cc-ci.service') && done !== 'unchanged');
  await systemctl(isOther ? 'restart' : 'start', 'cc-ci.service');
}

async function main(): Promise<void> {
  const wish = asked(process.argv.slice(2));
  if (wish.help === true) return void process.stdout.write(HELP);
  if (wish.repo === undefined)
    throw new UnitRefused('It is not said where the traefik recipe is: give --repo.');
  const units = Units.parse(JSON.parse(await readFile(join(ROOT, 'modules', 'units.json'), 'utf8')));
  const more = moreOf(wish.repo, wish);
  const installed = await install({ prefix: wish.prefix, root: ROOT, units, more });
  for (const { path, done } of installed) out(`${path} ${done}`);
  if (wish.prefix !== '/') return;
  if (!existsSync('/run/systemd/system'))
    throw new UnitRefused('systemd does not run here, so nothing was started.');
  await start(
    installed,
    Object.keys(units).map((name) => `${name}.service`),
  );
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`bin/install: ${message.trim()}\n`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
