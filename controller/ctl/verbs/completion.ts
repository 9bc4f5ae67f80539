/** Shell completion: a small script for each shell, which asks us for the candidates each time. */
import type { Command, Option } from 'commander';
import { ARGUMENT, type Verb, verbsOf, type Words } from '../terminal/verb.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { usageError } from '../../views/refusal.ts';
import { isKindWord, type KindName, KIND_NAMES, kindOf } from '../../views/kinds.ts';
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

export const SHELLS = Object.keys(SCRIPTS);

export function completion(ctl: Pick<Ctl, 'out'>, shell: string): ExitCode {
  const script = SCRIPTS[shell];
  if (script === undefined)
    throw usageError(
      `There is no completion for "${shell}".`,
      `${didYouMean(shell, SHELLS)}It is one of ${SHELLS.join(', ')}.`,
    );
  print(ctl, script);
  return EXIT.ok;
}

/** At the place where somebody types: the verb if there is one, its words so far, the word itself. */
interface Place {
  readonly verb: Verb | undefined;
  readonly given: readonly string[];
  readonly current: string;
}

/** `<kind>/<name>` of those kinds whose names lie in files. */
async function targetsOf({ reading }: Ctl, kinds: readonly KindName[]): Promise<string[]> {
  const runs = kinds.includes('runs') ? await reading.runNames() : [];
  const recipes = kinds.includes('recipes') ? await reading.recipeNames() : [];
  return [...runs.map((name) => `run/${name}`), ...recipes.map((name) => `recipe/${name}`)];
}

async function wordsOf(ctl: Ctl, words: Words | undefined, place: Place): Promise<readonly string[]> {
  if (words === undefined) return [];
  if (typeof words === 'function') return words();
  switch (words) {
    case 'targets':
      return targetsOf(ctl, place.verb?.kinds ?? []);
    case 'recipes':
      return ctl.reading.recipeNames();
    case 'kinds':
      return afterKind(ctl, place);
    default:
      return words;
  }
}

async function afterKind(ctl: Ctl, { given, current, verb }: Place): Promise<readonly string[]> {
  const [kind] = given;
  if (kind === undefined) return current.includes('/') ? targetsOf(ctl, verb?.kinds ?? []) : KIND_NAMES;
  if (!isKindWord(kind)) return targetsOf(ctl, ['runs']);
  const { name } = kindOf(kind);
  if (name === 'recipes') return ctl.reading.recipeNames();
  return name === 'runs' || name === 'events' || name === 'queue' ? ctl.reading.runNames() : [];
}

/** The option, by any of its names, that waits for a value. */
function waitingOption(commands: readonly Command[], word: string | undefined): Option | null {
  const option = commands
    .flatMap((command) => command.options)
    .find((each) => word !== undefined && (each.short === word || each.long === word));
  return option?.required === true ? option : null;
}

export async function candidates(ctl: Ctl, program: Verb, words: readonly string[]): Promise<string[]> {
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

async function unfiltered(ctl: Ctl, program: Verb, typed: Typed): Promise<readonly string[]> {
  const { before, current } = typed;
  const [word, ...given] = positionals(program, before);
  const verb = verbsOf(program).find((each) => each.name() === word);
  const scope = verb === undefined ? [program] : [verb, program];
  const place: Place = { verb, given, current };
  const option = waitingOption(scope, before.at(-1));
  if (option !== null) return option.argChoices ?? wordsOf(ctl, wordsFor(scope, option), place);
  if (current.startsWith('-')) return flagsOf(scope);
  if (word === undefined || word === 'help') return visibleVerbs(program);
  return wordsOf(ctl, verb?.wordsAt(ARGUMENT), place);
}

/** What the verb says of an option goes before what the program says. */
function wordsFor(scope: readonly Verb[], { long }: Option): Words | undefined {
  return scope.map((each) => each.wordsAt(long ?? '')).find((words) => words !== undefined);
}

/** The words that are neither options nor their values. */
function positionals(program: Verb, words: readonly string[]): string[] {
  const all = [program, ...program.commands];
  return words.filter(
    (word, index) => !word.startsWith('-') && waitingOption(all, words[index - 1]) === null,
  );
}

function visibleVerbs(program: Verb): string[] {
  return [...program.commands.map((each) => each.name()).filter((name) => !name.startsWith('_')), 'help'];
}

function flagsOf(scope: readonly Command[]): string[] {
  const options = scope.flatMap((command) => command.options.flatMap((option) => option.long ?? []));
  return [...options, '--help'];
}

/** One candidate a line; a completion that cannot look must not disturb the prompt. */
export async function complete(ctl: Ctl, program: Verb, words: readonly string[]): Promise<ExitCode> {
  for (const each of await candidates(ctl, program, words)) print(ctl, each);
  return EXIT.ok;
}
