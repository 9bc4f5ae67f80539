/** The kinds that can be named on the command line, and how a target is written. */
import {
  APP_COLUMNS,
  EVENT_COLUMNS,
  ORPHAN_COLUMNS,
  QUEUE_COLUMNS,
  RECIPE_COLUMNS,
  RUN_COLUMNS,
  type PrinterColumn,
} from '../api/printer-columns.ts';
import { usageError } from './refusal.ts';
import { didYouMean } from './suggest.ts';

export const KIND_NAMES = ['runs', 'recipes', 'apps', 'orphans', 'events', 'queue'] as const;
export type KindName = (typeof KIND_NAMES)[number];

export interface Kind {
  readonly name: KindName;
  readonly aliases: readonly string[];
  /** As in the document's `kind:`. */
  readonly object: string;
  /** Prefix of `-o name`. */
  readonly singular: string;
  readonly columns: readonly PrinterColumn[];
  readonly description: string;
}

export const KINDS: Readonly<Record<KindName, Kind>> = {
  runs: {
    name: 'runs',
    aliases: ['run', 'tr', 'testrun', 'testruns'],
    object: 'TestRun',
    singular: 'run',
    columns: RUN_COLUMNS,
    description: 'One wish to test one recipe at one commit.',
  },
  recipes: {
    name: 'recipes',
    aliases: ['recipe', 'rs', 'recipespec', 'recipespecs'],
    object: 'RecipeSpec',
    singular: 'recipe',
    columns: RECIPE_COLUMNS,
    description: 'A recipe that is enrolled.',
  },
  apps: {
    name: 'apps',
    aliases: ['app'],
    object: 'App',
    singular: 'app',
    columns: APP_COLUMNS,
    description: 'A live stack on the swarm that this installation made.',
  },
  orphans: {
    name: 'orphans',
    aliases: ['orphan'],
    object: 'Orphan',
    singular: 'orphan',
    columns: ORPHAN_COLUMNS,
    description: 'A thing on the swarm that is ours and that no run owns.',
  },
  events: {
    name: 'events',
    aliases: ['event', 'ev'],
    object: 'Event',
    singular: 'event',
    columns: EVENT_COLUMNS,
    description: 'What happened to the runs.',
  },
  queue: {
    name: 'queue',
    aliases: ['q'],
    object: 'QueuedRun',
    singular: 'run',
    columns: QUEUE_COLUMNS,
    description: 'Runs that wait for a slot, in order.',
  },
};

const ALL_WORDS = KIND_NAMES.flatMap((name) => [name, ...KINDS[name].aliases]);

export function isKindWord(word: string): boolean {
  return ALL_WORDS.includes(word.toLowerCase());
}

export function kindOf(word: string): Kind {
  const lower = word.toLowerCase();
  const found = KIND_NAMES.find((name) => name === lower || KINDS[name].aliases.includes(lower));
  if (found !== undefined) return KINDS[found];
  throw usageError(
    `There is no kind "${word}".`,
    `${didYouMean(word, ALL_WORDS)}See \`ccci-ctl api-resources\` for the kinds.`,
  );
}

export interface Target {
  readonly kind: Kind;
  /** Empty: all of them. */
  readonly names: readonly string[];
}

/** `runs`, `run x y`, `run/x run/y`; with a fallback kind also just `x`. */
export function targetOf(words: readonly string[], fallback: KindName | null = null): Target {
  const [first, ...rest] = words;
  if (first === undefined) return { kind: kindOf(fallback ?? ''), names: [] };
  if (words.some((word) => word.includes('/'))) return slashTarget(words);
  if (fallback !== null && !isKindWord(first)) return { kind: KINDS[fallback], names: words };
  return { kind: kindOf(first), names: rest };
}

function slashTarget(words: readonly string[]): Target {
  const pairs = words.map((word) => {
    const at = word.indexOf('/');
    if (at <= 0 || at === word.length - 1)
      throw usageError(`"${word}" is not <kind>/<name>.`, 'Write for example run/ghost-1a2b3c4-k7m2q.');
    return { kind: kindOf(word.slice(0, at)), name: word.slice(at + 1) };
  });
  const kind = pairs[0]?.kind ?? KINDS.runs;
  if (pairs.some((pair) => pair.kind !== kind))
    throw usageError('All targets of one command must be of one kind.', 'Call it once for each kind.');
  return { kind, names: pairs.map((pair) => pair.name) };
}

/** One object of one of the allowed kinds. */
export function singleTarget(
  words: readonly string[],
  allowed: readonly [KindName, ...KindName[]],
): { kind: Kind; name: string } {
  const target = targetOf(words, allowed[0]);
  const example = `${KINDS[allowed[0]].singular}/<name>`;
  if (!allowed.includes(target.kind.name))
    throw usageError(
      `This command does not work on ${target.kind.name}.`,
      `It works on ${allowed.join(' and ')}: write ${example}.`,
    );
  const [name, ...more] = target.names;
  if (name === undefined || more.length > 0)
    throw usageError(
      name === undefined
        ? `Which ${target.kind.singular}? A name is missing.`
        : 'One name at a time, please.',
      `Write ${example}; \`ccci-ctl get ${target.kind.name}\` lists the names.`,
    );
  return { kind: target.kind, name };
}
