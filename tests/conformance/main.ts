import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { resolveAbraBin } from '../../controller/abra/resolve.ts';
import { messageOf } from '../../controller/runtime/errors.ts';
import { runSuite, type Finding } from './suite.ts';
import { makeWorld } from './world.ts';

const USAGE = `conformance: does an executable do what cc-ci takes abra to do?

  bin/conformance [--abra PATH|auto] [--docker-host URL] [--image IMAGE] [--verbose]

  --abra         the executable (default: auto, abra where it is on the PATH, else bin/abra-builtin)
  --docker-host  a swarm manager to deploy on (default: the test sandbox, which needs root)
  --image        an image with httpd, sleep, cat and true (default: ccci/busybox:1.37 of the sandbox)

Exits 0 when every fact agreed, 1 when one differs, 2 when it could not compare. Deploys one app "conf-….ci.test" and removes it.
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function dockerHostOf(given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const { ensureSandbox } = await import('../sandbox/sandbox.ts');
  return (await ensureSandbox()).dockerHost;
}

function lineOf({ agrees, section, says, seen, seconds }: Finding): string {
  const line = `${agrees ? 'agrees ' : 'DIFFERS'}  ${section.padEnd(8)} ${says}  (${seconds.toFixed(1)} s)`;
  return agrees ? line : `${line}\n           ${seen.replaceAll('\n', '\n           ')}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      abra: { type: 'string', default: 'auto' },
      'docker-host': { type: 'string' },
      image: { type: 'string', default: 'ccci/busybox:1.37' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const path = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
  const builtin = join(import.meta.dirname, '..', '..', 'bin', 'abra-builtin');
  const { bin, kind, version } = await resolveAbraBin(values.abra, { path, builtin });
  const dockerHost = await dockerHostOf(values['docker-host']);
  say(`${bin}: ${version}\non ${dockerHost}\n`);
  const verbose = (line: string): void => (values.verbose ? say(`         | ${line}`) : undefined);
  const resolveImage = values.image.startsWith('ccci/') ? 'never' : 'always';
  const world = await makeWorld({ bin, kind, dockerHost, image: values.image, path, resolveImage, verbose });
  try {
    const findings = await runSuite(world, (finding) => say(lineOf(finding)));
    const differing = findings.filter((finding) => !finding.agrees).length;
    say(`\n${findings.length - differing} facts agreed, ${differing} differ`);
    return differing === 0 ? 0 : 1;
  } finally {
    await world.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`conformance: ${messageOf(error)}\n`);
  process.exitCode = 2; // nothing was compared
}
