/** From a command line to the command that it names, and its exit code. */
import type { Process } from './context.ts';

/** What `--version` says: nobody must take this for abra itself. */
export const VERSION = 'abra-builtin version 0.1.0 (the built-in deployer of cc-ci, not abra)';

/** Runs one command line; returns the exit code. Imports are lazy: see main.ts. */
export async function run(argv: readonly string[], proc: Process): Promise<number> {
  const [{ COMMANDS }, { parseCli }, log] = await Promise.all([
    import('./commands.ts'),
    import('./cli.ts'),
    import('./log.ts'),
  ]);
  try {
    const parsed = parseCli(argv, COMMANDS);
    if (parsed.kind === 'version') proc.stdout.write(`${VERSION}\n`);
    else if (parsed.kind === 'help') proc.stdout.write(parsed.text);
    else {
      const { makeContext } = await import('./context.ts');
      const handler = await parsed.command.load();
      await handler(makeContext(proc, parsed.args, parsed.flags));
    }
    return 0;
  } catch (error) {
    if (error instanceof log.Exit) return error.code;
    if (error instanceof log.UsageError) proc.stderr.write(`FATA ${error.message} (see --help)\n`);
    else if (error instanceof log.Fatal) proc.stderr.write(`FATA ${error.message}\n`);
    else proc.stderr.write(`FATA ${log.messageOf(error)}\n`);
    return 1;
  }
}
