/** The demo: a whole cc-ci on a private swarm tests one recipe, shows the proof, and leaves nothing. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { ROOT } from '../../controller/config.ts';
import { readLock } from '../../controller/store/lock.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import { type Installation, makeInstallation } from '../e2e/installation.ts';
import { removeSandbox } from '../sandbox/sandbox.ts';
import {
  answered,
  askForTest,
  type DemoForge,
  endForges,
  logins,
  pagesEnvironment,
  pullAddress,
  startForge,
} from './forge.ts';
import { proofText } from './proof.ts';

const HELP = `bin/demo: tests the recipe custom-html for real, from nothing.

  bin/demo                 run it, show it, leave nothing behind but a cache
  bin/demo --recipe NAME   another fixture recipe: custom-html (default), tiny-web
  bin/demo --gitea         the same from a pull request: a real Gitea, and somebody who says !testme
  bin/demo --keep          leave it all running, to look around
  bin/demo down            end what --keep left

Needs root on a Debian-like Linux, npm, and a way to the Debian and npm registries. No Docker is needed: it brings its own.
Takes a few minutes the first time (packages, images), under a minute later.
Gitea is built from its Go module the first time, which takes about ten minutes, Go and gcc.
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
  await endForges(DIR);
  await removeSandbox();
  await rm(DIR, { recursive: true, force: true });
  say('everything that the demo started is gone');
}

async function prepare(extra: Readonly<Record<string, string>>): Promise<Installation> {
  say('Debian packages');
  await execa(process.execPath, [join(ROOT, 'tests', 'sandbox', 'install.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  say('private Docker Swarm, images, proxy');
  await rm(join(DIR, 'repos'), { recursive: true, force: true });
  const installation = await makeInstallation({ dir: DIR, say, extra });
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
  return watch(installation, name);
}

async function watch(installation: Installation, name: string): Promise<boolean> {
  let told = '';
  const status = await installation.until(
    `${name} finished`,
    async () => {
      const seen = await installation.status(name);
      if (seen !== null && seen.message !== told) say(`${seen.phase}: ${seen.message}`);
      told = seen?.message ?? told;
      return seen?.finishedAt == null ? null : seen;
    },
    900_000,
  );
  process.stdout.write(proofText(await installation.results(name)));
  return status.verdict === 'Passed';
}

/** From the pull request on: nobody writes a document. */
async function testPullRequest(
  installation: Installation,
  forge: DemoForge,
  recipe: string,
): Promise<boolean> {
  void installation.startController();
  const opened = await askForTest(forge, installation, recipe);
  say(`a member said !testme under ${pullAddress(forge.world, opened)}; the controller polls for it`);
  const prefix = `${recipe}-pr${opened.number}-c`;
  const name = await installation.until('the comment became a run', async () => {
    const names = await readdir(installation.layout.testruns);
    return names.find((file) => file.startsWith(prefix))?.replace(/\.yaml$/, '') ?? null;
  });
  say(`TestRun ${name}`);
  const passed = await watch(installation, name);
  const verdict = passed ? 'passed' : 'failed';
  const page = await installation.until('the verdict stands under the pull request', async () => {
    const text = await answered(forge, opened);
    return text.includes(`cc-ci: ${verdict}`) && !text.includes(': pending,') ? text : null;
  });
  process.stdout.write(page);
  return passed;
}

async function explain(installation: Installation, forge: DemoForge | null): Promise<void> {
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
  ${installation.env['CCCI_PUBLIC_URL'] ?? ''}                     # the pages of it
${forge === null ? '' : `  ${forge.world.server.url}                     # Gitea; login / password: ${logins(forge.world)}\n`}  bin/demo down                              # end it all
`);
}

async function demo(
  recipe: string,
  { keep, gitea }: { readonly keep: boolean; readonly gitea: boolean },
): Promise<boolean> {
  await mkdir(DIR, { recursive: true });
  if (gitea) say('Gitea');
  const forge = gitea ? await startForge(DIR, keep) : null;
  const installation = await prepare({ ...(await pagesEnvironment()), ...forge?.env });
  try {
    const passed =
      forge === null ? await test(installation, recipe) : await testPullRequest(installation, forge, recipe);
    if (keep) await explain(installation, forge);
    return passed;
  } finally {
    if (!keep) await end(installation, forge);
  }
}

async function end(installation: Installation, forge: DemoForge | null): Promise<void> {
  await installation.stop();
  await forge?.world.stop();
  await removeSandbox();
  say(
    `nothing is left running. Again, and stay: bin/demo --keep. The run's files: ${join(DIR, 'state', 'runs')}`,
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      gitea: { type: 'boolean' },
      keep: { type: 'boolean' },
      recipe: { type: 'string', default: 'custom-html' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return void process.stdout.write(HELP);
  needRoot();
  if (positionals[0] === 'down') return down();
  if (positionals.length > 0) throw new Error(`unknown word "${positionals[0]}". See bin/demo --help.`);
  const passed = await demo(values.recipe, { keep: values.keep === true, gitea: values.gitea === true });
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
