/** The demo: a whole cc-ci on a private swarm tests one recipe, shows the proof, and leaves nothing. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { ROOT } from '../../controller/config.ts';
import { readLock } from '../../controller/store/lock.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import { type Installation, makeInstallation } from '../e2e/installation.ts';
import { removeSandbox } from '../sandbox/sandbox.ts';
import { proofText } from './proof.ts';

const HELP = `bin/demo: tests the recipe custom-html for real, from nothing.

  bin/demo                 run it, show it, leave nothing behind but a cache
  bin/demo --recipe NAME   another fixture recipe: custom-html (default), tiny-web
  bin/demo --keep          leave the swarm and the controller running, to look around
  bin/demo down            end what --keep left

Needs root on a Debian-like Linux, npm, and a way to the Debian and npm registries. No Docker is needed: it brings its own.
Takes a few minutes the first time (packages, images), under a minute later.
`;

const DIR = join(ROOT, '.ccci', 'demo');
const began = performance.now();
const say = (text: string): void =>
  void process.stderr.write(`[${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s] ${text}\n`);

function needRoot(): void {
  if (process.getuid?.() === 0 || process.env['CCCI_DOCKER_HOST'] !== undefined) return;
  throw new Error(
    'The demo makes network namespaces and starts a Docker of its own: run it as root, or set CCCI_DOCKER_HOST to a swarm manager of yours.',
  );
}

async function down(): Promise<void> {
  const lock = await readLock(makeLayout(join(DIR, 'state')).lockFile);
  if (lock?.alive === true) process.kill(lock.pid, 'SIGTERM');
  await removeSandbox();
  await rm(DIR, { recursive: true, force: true });
  say('everything that the demo started is gone');
}

async function prepare(): Promise<Installation> {
  say('Debian packages');
  await execa(process.execPath, [join(ROOT, 'tests', 'sandbox', 'install.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  say('private Docker Swarm, images, proxy');
  await rm(join(DIR, 'repos'), { recursive: true, force: true });
  const installation = await makeInstallation({ dir: DIR, say });
  say(
    `swarm ready: ${installation.sandbox.dockerHost}, proxy at https://*.${installation.sandbox.zone} on ${installation.sandbox.address}`,
  );
  return installation;
}

async function test(installation: Installation, recipe: string): Promise<boolean> {
  const name = `demo-${recipe}-${new Date().toISOString().replaceAll(/\D/g, '').slice(2, 14)}`;
  await installation.run(name, { recipe, source: { ref: 'main' }, trigger: { kind: 'cli', user: 'demo' } });
  void installation.startController();
  say(`TestRun ${name} is written; the controller takes it`);
  let told = '';
  const status = await installation.until(
    `${name} finished`,
    async () => {
      const seen = await installation.status(name);
      if (seen !== null && seen.message !== told) say(`${seen.phase}: ${seen.message}`);
      told = seen?.message ?? told;
      return seen?.finishedAt == null ? null : seen;
    },
    600_000,
  );
  process.stdout.write(proofText(await installation.results(name)));
  return status.verdict === 'Passed';
}

async function explain(installation: Installation): Promise<void> {
  const file = join(DIR, 'env');
  await writeFile(
    file,
    Object.entries(installation.env)
      .filter(([key]) => key.startsWith('CCCI_'))
      .map(([key, value]) => `export ${key}='${value}'\n`)
      .join(''),
  );
  process.stdout.write(`
Look around:
  . ${file}
  bin/ccci-ctl get runs                      # what was tested
  bin/ccci-ctl describe run/NAME             # conditions, stages, events
  bin/ccci-ctl run tiny-web --wait           # another run
  bin/ccci-ctl doctor                        # is everything as it should be
  DOCKER_HOST=${installation.sandbox.dockerHost} docker service ls
  bin/demo down                              # end it all
`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: 'boolean' },
      recipe: { type: 'string', default: 'custom-html' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return void process.stdout.write(HELP);
  needRoot();
  if (positionals[0] === 'down') return down();
  if (positionals.length > 0) throw new Error(`unknown word "${positionals[0]}". See bin/demo --help.`);
  const installation = await prepare();
  let passed = false;
  try {
    passed = await test(installation, values.recipe);
    if (values.keep === true) await explain(installation);
  } finally {
    if (values.keep !== true) await installation.stop();
    if (values.keep !== true) await removeSandbox();
  }
  if (values.keep !== true)
    say(
      `nothing is left running. Again, and stay: bin/demo --keep. The run's files: ${join(DIR, 'state', 'runs')}`,
    );
  process.exitCode = passed ? 0 : 1;
  // The kept controller is a child; it must not keep us.
  process.exit();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bin/demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
