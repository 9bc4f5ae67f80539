/** Shell completion: a small script for each shell, which asks us for the candidates each time. */
import type { Command } from 'commander';
import { STAGES, STEPS } from '../../api/stage.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { CHECKS } from '../doctor/checks.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { usageError } from '../../views/refusal.ts';
import { isKindWord, KIND_NAMES, kindOf } from '../../views/kinds.ts';
import { didYouMean } from '../../views/suggest.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion for ccci-ctl; load it with: source <(ccci-ctl completion bash)
_ccci_ctl() {
  mapfile -t COMPREPLY < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # A kind with its slash waits for its name.
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]] && compopt -o nospace
  return 0
}
complete -o default -F _ccci_ctl ccci-ctl`,
  zsh: `#compdef ccci-ctl
# zsh completion for ccci-ctl; load it with: source <(ccci-ctl completion zsh)
_ccci_ctl() {
  local -a found
  found=(\${(f)"$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -Q -- "\${found[@]}"; else _files; fi
}
compdef _ccci_ctl ccci-ctl`,
  fish: `# fish completion for ccci-ctl; load it with: ccci-ctl completion fish | source
function __ccci_ctl_complete
    set -l words (commandline -opc) (commandline -ct)
    ccci-ctl __complete -- $words[2..-1] 2>/dev/null
end
complete -c ccci-ctl -f -a '(__ccci_ctl_complete)'
complete -c ccci-ctl -n '__fish_seen_subcommand_from apply run' -F`,
};

export function completion(ctl: Pick<Ctl, 'out'>, shell: string): ExitCode {
  const script = SCRIPTS[shell];
  const known = Object.keys(SCRIPTS);
  if (script === undefined)
    throw usageError(
      `There is no completion for "${shell}".`,
      `${didYouMean(shell, known)}It is one of ${known.join(', ')}.`,
    );
  print(ctl, script);
  return EXIT.ok;
}

type Source = (ctl: Ctl) => readonly string[] | Promise<readonly string[]>;

const FORMATS = ['wide', 'json', 'yaml', 'name', 'ndjson', 'jsonpath='];
const runs: Source = (ctl) => ctl.reading.runNames();
const recipes: Source = (ctl) => ctl.reading.recipeNames();
const runTargets: Source = async (ctl) => (await ctl.reading.runNames()).map((name) => `run/${name}`);
const recipeTargets: Source = async (ctl) =>
  (await ctl.reading.recipeNames()).map((name) => `recipe/${name}`);

/** What may follow an option that takes a value; nothing lets the shell complete files. */
const VALUES: Readonly<Record<string, Source>> = {
  '--output': () => FORMATS,
  '--color': () => ['auto', 'always', 'never'],
  '--stage': () => STEPS,
  '--stages': () => ['all', ...STAGES],
  '--for': () => ['verdict', 'phase=', 'condition=', 'delete'],
  '--recipe': recipes,
  '--check': () => CHECKS.map((check) => check.name),
};

const ARGUMENTS: Readonly<Record<string, Source>> = {
  describe: async (ctl) => [...(await runTargets(ctl)), ...(await recipeTargets(ctl))],
  logs: runTargets,
  notes: runTargets,
  diff: runTargets,
  replay: runTargets,
  wait: runTargets,
  delete: runTargets,
  cancel: runTargets,
  rerun: runTargets,
  bisect: runTargets,
  run: recipes,
  explain: () => [
    'run',
    'run.metadata',
    'run.spec',
    'run.status',
    'recipe',
    'recipe.metadata',
    'recipe.spec',
  ],
  completion: () => Object.keys(SCRIPTS),
};

async function afterGet(ctl: Ctl, given: readonly string[], current: string): Promise<readonly string[]> {
  const [kind] = given;
  if (kind === undefined) {
    if (!current.includes('/')) return KIND_NAMES;
    return [...(await runTargets(ctl)), ...(await recipeTargets(ctl))];
  }
  if (!isKindWord(kind)) return runTargets(ctl);
  const { name } = kindOf(kind);
  if (name === 'recipes') return recipes(ctl);
  return name === 'runs' || name === 'events' || name === 'queue' ? runs(ctl) : [];
}

/** The option, by any of its names, that waits for a value. */
function waitingOption(commands: readonly Command[], word: string | undefined): string | null {
  if (word === undefined) return null;
  const option = commands
    .flatMap((command) => command.options)
    .find((each) => each.short === word || each.long === word);
  return option !== undefined && option.required ? (option.long ?? null) : null;
}

export async function candidates(ctl: Ctl, program: Command, words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? '';
  // bash splits `--for=verdict` into three words.
  const before = words.slice(0, -1).filter((word) => word !== '=');
  const text = current === '=' ? '' : current;
  const found = await unfiltered(ctl, program, { before, current: text });
  return found.filter((each) => each.startsWith(text));
}

interface Typed {
  readonly before: readonly string[];
  readonly current: string;
}

async function unfiltered(
  ctl: Ctl,
  program: Command,
  { before, current }: Typed,
): Promise<readonly string[]> {
  const plain = positionals(program, before);
  const [verb, ...rest] = plain;
  const command = program.commands.find((each) => each.name() === verb);
  const scope = command === undefined ? [program] : [command, program];
  const option = waitingOption(scope, before.at(-1));
  if (option !== null) return valuesOf(ctl, VALUES, option);
  if (current.startsWith('-')) return flagsOf(scope);
  if (verb === undefined || verb === 'help') return visibleVerbs(program);
  return verb === 'get' ? afterGet(ctl, rest, current) : valuesOf(ctl, ARGUMENTS, verb);
}

async function valuesOf(
  ctl: Ctl,
  sources: Readonly<Record<string, Source>>,
  key: string,
): Promise<readonly string[]> {
  const source = sources[key];
  return source === undefined ? [] : source(ctl);
}

/** The words that are neither options nor their values. */
function positionals(program: Command, words: readonly string[]): string[] {
  const all = [program, ...program.commands];
  return words.filter(
    (word, index) => !word.startsWith('-') && waitingOption(all, words[index - 1]) === null,
  );
}

function visibleVerbs(program: Command): string[] {
  return [...program.commands.map((each) => each.name()).filter((name) => !name.startsWith('_')), 'help'];
}

function flagsOf(scope: readonly Command[]): string[] {
  const options = scope.flatMap((command) => command.options.flatMap((option) => option.long ?? []));
  return [...options, '--help'];
}

/** One candidate a line; a completion that cannot look must not disturb the prompt. */
export async function complete(ctl: Ctl, program: Command, words: readonly string[]): Promise<ExitCode> {
  for (const each of await candidates(ctl, program, words)) print(ctl, each);
  return EXIT.ok;
}
