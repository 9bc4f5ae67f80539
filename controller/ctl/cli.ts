/** From the words of a command line to an exit code. */
import { fileWishes } from '../client/wishes.ts';
import { CommanderError, Option } from 'commander';
import { ConfigError, readConfig } from '../config.ts';
import { codeOf, messageOf, Terminal } from '../runtime/errors.ts';
import { addCaring, addCompletion, addReading, addWriting } from './commands.ts';
import type { Act, Ctl, World } from './terminal/world.ts';
import { EXIT, EXIT_TEXT, exitOfRefusal, Interrupted, type ExitCode } from './terminal/exit.ts';
import { makeLayout } from '../store/layout.ts';
import { readFiles } from '../views/read-files.ts';
import { Refusal } from '../views/refusal.ts';
import { Verb } from './terminal/verb.ts';
import { isUtf8, makeStyle, wantsColor, type ColorChoice } from './terminal/style.ts';

/** Wide enough for one line an option, the same on every terminal so that help can be quoted. */
const HELP_WIDTH = 110;

const EXAMPLES = [
  ['ccci-ctl run ghost --ref main --wait', 'test a recipe and exit with its verdict'],
  ['ccci-ctl run ./my-recipe --recipe ghost', 'test a folder with the settings of ghost'],
  ['ccci-ctl get runs -w', 'watch the runs'],
  ['ccci-ctl logs run/x -f', 'follow a run until it ends'],
  ['ccci-ctl diff run/x', 'what is different since it was green'],
  ['ccci-ctl explain run.spec', 'what belongs in a TestRun'],
] as const;

export function exitCodeHelp(): string {
  const rows = EXIT_TEXT.map(([code, text]) => `  ${String(code).padEnd(4)} ${text}`);
  return ['Exit codes:', ...rows].join('\n');
}

function afterHelp(): string {
  const width = Math.max(...EXAMPLES.map(([command]) => command.length));
  const examples = EXAMPLES.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`);
  return ['', 'Examples:', ...examples, '', exitCodeHelp()].join('\n');
}

interface GlobalOptions {
  readonly stateDir?: string;
  readonly recipesDir?: string;
  readonly color: ColorChoice;
}

/** Flags win over CCCI_*, CCCI_* over the defaults. */
export function makeCtl(world: World, options: GlobalOptions): Ctl {
  const { stateDir, recipesDir, color } = options;
  const config = readConfig({
    ...world.env,
    ...(stateDir === undefined ? {} : { CCCI_STATE_DIR: stateDir }),
    ...(recipesDir === undefined ? {} : { CCCI_RECIPES_DIR: recipesDir }),
  });
  const layout = makeLayout(config.stateDir);
  const reading = readFiles({ layout, recipesDir: config.recipesDir });
  const unicode = isUtf8(world.env);
  return {
    ...world,
    config,
    cluster: () => world.cluster(config),
    reading,
    wishes: fileWishes({ layout, reading, newId: world.newId }),
    warn: (text) => world.err.write(`warning: ${text}\n`),
    style: makeStyle(wantsColor(color, world.env, world.out.isTTY), unicode),
    errStyle: makeStyle(wantsColor(color, world.env, world.err.isTTY), unicode),
  };
}

export function makeProgram(world: World, keep: (code: ExitCode) => void): Verb {
  const program = new Verb('ccci-ctl')
    .description(
      'Tests Co-op Cloud recipes for real. Reads and writes the state directory, with the controller up or down.',
    )
    .usage('<verb> <kind>[/<name>] [options]')
    .option('--state-dir <dir>', 'the state directory (CCCI_STATE_DIR)')
    .option('--recipes-dir <dir>', 'where the RecipeSpecs are (CCCI_RECIPES_DIR)')
    .addOption(new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'))
    .helpCommand('help [verb]', 'how to use a verb')
    .addHelpText('after', afterHelp())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.out.write(text),
      writeErr: (text) => world.err.write(text),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    })
    .showSuggestionAfterError(true);
  const act: Act = async (action) => keep(await action(makeCtl(world, program.opts<GlobalOptions>())));
  addReading(program, act);
  addWriting(program, act);
  addCaring(program, act);
  addCompletion(program, act);
  for (const command of program.commands)
    command.showHelpAfterError(`next: see \`ccci-ctl ${command.name()} --help\`.`);
  return program.showHelpAfterError('next: see `ccci-ctl --help`.');
}

/** Runs one command line; never throws. */
export async function runCtl(words: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = makeProgram(world, (kept) => {
    code = kept;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    return failed(world, error);
  }
}

const NO_ACCESS: readonly string[] = ['EACCES', 'EPERM', 'EROFS'];

function failed(world: World, error: unknown): ExitCode {
  if (error instanceof Interrupted) return EXIT.interrupted;
  // commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { code, message, next } = toldOf(error);
  world.err.write(`error: ${message}\nnext: ${next}\n`);
  return code;
}

function toldOf(error: unknown): { code: ExitCode; message: string; next: string } {
  if (error instanceof Refusal)
    return { code: exitOfRefusal(error), message: error.message, next: error.next };
  const message = messageOf(error);
  if (error instanceof ConfigError)
    return {
      code: EXIT.usage,
      message,
      next: 'Correct the variable in the environment, or unset it for its default.',
    };
  if (error instanceof Terminal)
    return { code: EXIT.notJudged, message, next: 'The message says what a person has to do.' };
  if (NO_ACCESS.includes(codeOf(error)))
    return {
      code: EXIT.forbidden,
      message,
      next: 'Call it as the user that runs the controller, or give this user access to the path.',
    };
  // Not 1: a defect of ours must never look like a recipe that failed.
  return {
    code: EXIT.notJudged,
    message,
    next: '`ccci-ctl doctor` checks this machine; if it finds nothing, this is a defect of ccci-ctl.',
  };
}
