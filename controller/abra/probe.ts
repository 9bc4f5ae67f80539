/** Asks an executable whether it has every command and flag of the table. */
import { COMMANDS } from './commands.ts';
import { runAbra } from './run.ts';

export type Missing = {
  /** Subcommand words: `app deploy`. */
  command: string;
  /** Flags that its help does not name; empty when the command itself is missing. */
  flags: readonly string[];
  why: string;
};

export type ProbeDeps = { bin: string; env: Readonly<Record<string, string>>; signal?: AbortSignal };

const HELP_TIMEOUT_MS = 20_000;

/** Long flags that a help text names. */
export function flagsIn(help: string): Set<string> {
  return new Set([...help.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map((match) => match[0]));
}

/** One row for each subcommand: several entries of the table may share one. */
function wantedFlags(): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const { words, flags } of Object.values(COMMANDS)) {
    const key = words.join(' ');
    wanted.set(key, new Set([...(wanted.get(key) ?? []), ...flags]));
  }
  return wanted;
}

async function probeOne(
  deps: ProbeDeps,
  command: string,
  flags: ReadonlySet<string>,
): Promise<Missing | undefined> {
  const words = command === '' ? [] : command.split(' ');
  const run = await runAbra({ ...deps, argv: [...words, '--help'], pty: false, timeoutMs: HELP_TIMEOUT_MS });
  const help = `${run.stdout}\n${run.stderr}`;
  // cobra answers an unknown subcommand with the help of its parent, so the usage line must name the command.
  const named = words.length === 0 || new RegExp(`\\b${words.at(-1) ?? ''}\\b`).test(help);
  if (run.exitCode !== 0 || !named)
    return { command, flags: [], why: `no such command (exit ${run.exitCode ?? run.signal})` };
  const seen = flagsIn(help);
  const missing = [...flags].filter((flag) => !seen.has(flag));
  return missing.length === 0 ? undefined : { command, flags: missing, why: 'its help does not name them' };
}

/** Asks `--help` once per command of the table: the cheapest answer to all that is not certain about abra. */
export async function probeAbra(deps: ProbeDeps): Promise<Missing[]> {
  const found: Missing[] = [];
  for (const [command, flags] of wantedFlags()) {
    const missing = await probeOne(deps, command, flags);
    if (missing) found.push(missing);
  }
  return found;
}
