/** The command line of the Gitea of the tests: `node tests/gitea/main.ts build`. */
import { once } from 'node:events';
import { ensureGitea } from './build.ts';
import { MissingTools } from './toolchain.ts';
import { ADMIN } from './people.ts';
import { ADA, BOT, EVE, makeWorld } from './world.ts';

const HELP = `node tests/gitea/main.ts COMMAND

Commands
  build           build it where the cache has it not, and print its folder
  serve [NAME]... start it, with the people of the tests and these fixture recipes (tiny-web), until Ctrl-C

Building takes minutes, Go, gcc and the way to Go's modules; nothing is installed.
Ends 69 if something has to be installed first.

Environment
  CCCI_CACHE   where it is kept (~/.cache/cc-ci)
`;
/** EX_UNAVAILABLE of sysexits.h; tests/run-all.ts takes it for a reason to skip. */
const UNAVAILABLE = 69;

async function serve(fixtures: readonly string[]): Promise<void> {
  const world = await makeWorld();
  try {
    for (const fixture of fixtures) await world.addRecipe(fixture);
    const logins = [ADMIN, ADA, EVE, BOT].map((login) => `${login}, ${world.passwordOf(login)}`);
    const lines = [world.server.url, 'login, password:', ...logins, `token of ${BOT}: ${world.botToken}`];
    process.stdout.write(`${lines.join('\n')}\n`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  } finally {
    await world.stop();
  }
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'build' && rest.length === 0) process.stdout.write(`${await ensureGitea()}\n`);
  else if (command === 'serve') await serve(rest.length > 0 ? rest : ['tiny-web']);
  else {
    process.stderr.write(HELP);
    process.exitCode = command === '--help' ? 0 : 2;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`gitea: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof MissingTools ? UNAVAILABLE : 1;
});
