/** Installs the Debian packages the tests need: `node tests/sandbox/install.ts [sandbox|tests|kernel]...`. */
import { type Purpose, ensurePackages } from './packages.ts';
import { say } from './log.ts';

const HELP = `node tests/sandbox/install.ts [sandbox] [tests] [kernel]

Installs the Debian packages that are missing, as root, and starts none of their services.
  sandbox   the private Docker Swarm: Docker, a registry, tools to build images
  tests     what the tests and the product use beside it: restic, bubblewrap, pytest, bats, Chromium
  kernel    a Linux that is a program, for what needs cgroup v2
Without an argument: the first two.
`;

const args = process.argv.slice(2);
const isPurpose = (word: string): word is Purpose => ['sandbox', 'tests', 'kernel'].includes(word);

if (args.includes('--help') || !args.every(isPurpose)) {
  process.stderr.write(HELP);
  process.exitCode = args.includes('--help') ? 0 : 2;
} else {
  const installed = await ensurePackages(args.length > 0 ? args.filter(isPurpose) : ['sandbox', 'tests']);
  say(installed.length > 0 ? `installed ${installed.join(' ')}` : 'every package is there');
}
