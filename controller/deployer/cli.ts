/** Parses a command line as abra does: words, flags, arguments. */
import { UsageError } from './log.ts';
import type { Flags } from './context.ts';

/** A flag; `takes` names its value, and a flag without it is a switch. */
export type Flag = { long: string; short?: string; takes?: string; help: string };

export type Command = {
  /** `app secret generate`; every word may have aliases: `rm|remove`. */
  words: readonly string[];
  args: string;
  min: number;
  max: number;
  summary: string;
  flags: readonly Flag[];
};

export const GLOBAL_FLAGS: readonly Flag[] = [
  { long: 'no-input', short: 'n', help: 'never ask' },
  { long: 'debug', short: 'd', help: 'say more on stderr' },
  { long: 'offline', short: 'o', help: 'do not reach for remote repositories' },
  { long: 'help', short: 'h', help: 'this text' },
];

const VERSION_FLAG: Flag = { long: 'version', short: 'v', help: 'what this is' };

export type Parsed<C extends Command> =
  | { kind: 'call'; command: C; args: string[]; flags: Flags }
  | { kind: 'help'; text: string }
  | { kind: 'version' };

function isWord(pattern: string | undefined, word: string): boolean {
  return pattern !== undefined && pattern.split('|').includes(word);
}

function nameOf(command: Command): string {
  return command.words.map((word) => word.split('|')[0]).join(' ');
}

/** Positionals stand before or after flags, and everything behind `--` is positional. */
function splitArgv(argv: readonly string[], flags: readonly Flag[]): { args: string[]; flags: Flags } {
  const args: string[] = [];
  const found: Record<string, string | true> = {};
  const queue = [...argv];
  const take = (flag: Flag, inline: string | undefined): void => {
    if (!flag.takes && inline !== undefined) throw new UsageError(`flag --${flag.long} takes no value`);
    const value = flag.takes ? (inline ?? queue.shift()) : true;
    if (value === undefined) throw new UsageError(`flag needs an argument: --${flag.long}`);
    found[flag.long] = value;
  };
  const long = (word: string): void => {
    const [name = '', ...rest] = word.slice(2).split('=');
    const flag = flags.find((candidate) => candidate.long === name);
    if (!flag) throw new UsageError(`unknown flag: --${name}`);
    take(flag, rest.length > 0 ? rest.join('=') : undefined);
  };
  const short = (word: string): void => {
    for (let index = 1; index < word.length; index += 1) {
      const flag = flags.find((candidate) => candidate.short === word[index]);
      if (!flag) throw new UsageError(`unknown shorthand flag: '${word[index]}' in ${word}`);
      const rest = word.slice(index + 1).replace(/^=/, '');
      take(flag, flag.takes && rest !== '' ? rest : undefined);
      if (flag.takes) return;
    }
  };
  while (queue.length > 0) {
    const word = queue.shift() ?? '';
    if (word === '--') args.push(...queue.splice(0));
    else if (word.startsWith('--')) long(word);
    else if (word.length > 1 && word.startsWith('-')) short(word);
    else args.push(word);
  }
  return { args, flags: found };
}

function column(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n');
}

function flagRow(flag: Flag): readonly [string, string] {
  const short = flag.short ? `-${flag.short}, ` : '    ';
  return [`${short}--${flag.long}${flag.takes ? ` ${flag.takes}` : ''}`, flag.help];
}

function helpFor(command: Command): string {
  const usage = `abra ${nameOf(command)} ${command.args}`.trimEnd();
  return `${command.summary}\n\nUsage:\n  ${usage} [flags]\n\nFlags:\n${column([...command.flags, ...GLOBAL_FLAGS].map(flagRow))}\n`;
}

function helpBelow(commands: readonly Command[], typed: readonly string[]): string {
  const rows = commands.map(
    (command) => [`${nameOf(command)} ${command.args}`.trimEnd(), command.summary] as const,
  );
  const where = ['abra', ...typed].join(' ');
  return `abra-builtin: the part of abra's command line that a cc-ci run needs.\n\nUsage:\n  ${where} <command> [flags]\n\nCommands:\n${column(rows)}\n\nFlags:\n${column([...GLOBAL_FLAGS, VERSION_FLAG].map(flagRow))}\n`;
}

/** Finds the command by its leading words; flags before the words are not supported, as nobody writes them. */
function findCommand<C extends Command>(argv: readonly string[], commands: readonly C[]): C | undefined {
  return commands.find((command) =>
    command.words.every((pattern, index) => isWord(pattern, argv[index] ?? '')),
  );
}

function groupOrFail<C extends Command>(argv: readonly string[], commands: readonly C[]): Parsed<C> {
  const words = argv.filter((word) => !word.startsWith('-'));
  if (words.length === 0 && argv.some((word) => word === '--version' || word === '-v'))
    return { kind: 'version' };
  const below = commands.filter((command) =>
    words.every((word, index) => isWord(command.words[index], word)),
  );
  if (below.length === 0) throw new UsageError(`unknown command "${words.join(' ')}"`);
  const unknown = argv.find((word) => word.startsWith('-') && word !== '--help' && word !== '-h');
  if (unknown) throw new UsageError(`unknown flag: ${unknown}`);
  return { kind: 'help', text: helpBelow(below, words) };
}

export function parseCli<C extends Command>(argv: readonly string[], commands: readonly C[]): Parsed<C> {
  const command = findCommand(argv, commands);
  if (!command) return groupOrFail(argv, commands);
  const { args, flags } = splitArgv(argv.slice(command.words.length), [...command.flags, ...GLOBAL_FLAGS]);
  if (flags.help) return { kind: 'help', text: helpFor(command) };
  if (args.length < command.min || args.length > command.max) {
    throw new UsageError(`usage: abra ${nameOf(command)} ${command.args} (got ${args.length} arguments)`);
  }
  return { kind: 'call', command, args, flags };
}
