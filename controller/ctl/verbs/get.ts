/** `get`: lists, or shows what was named. */
import type { Problem } from '../../ports.ts';
import { problemText } from '../../store/parse-document.ts';
import { tableOf } from '../terminal/table.ts';
import { print, say, type Ctl } from '../terminal/world.ts';
import { CtlError, EXIT, type ExitCode } from '../terminal/exit.ts';
import { targetOf, type Kind } from '../kinds.ts';
import { addressOf, knownNames, listKind } from '../lists.ts';
import { listOf, nameOf, outputOf, serialized, type Output } from '../terminal/output.ts';
import { selected, type Item, type Selection } from '../select.ts';
import { didYouMean } from '../suggest.ts';

export interface GetOptions extends Selection {
  readonly output?: string;
  readonly watch?: boolean;
  /** False with `--no-headers`. */
  readonly headers: boolean;
}

/** What `get` shows of a kind at this moment. */
export interface Query {
  readonly kind: Kind;
  readonly names: readonly string[];
  readonly options: GetOptions;
  readonly output: Output;
}

export function queryOf(words: readonly string[], options: GetOptions): Query {
  return { ...targetOf(words), options, output: outputOf(options.output) };
}

export async function listQuery(ctl: Ctl, query: Query): Promise<Item[]> {
  const all = await listKind(ctl, query.kind.name);
  const named = query.names.length === 0 ? all : all.filter((item) => query.names.includes(addressOf(item)));
  return selected(named, query.options, query.kind.columns);
}

export async function get(ctl: Ctl, words: readonly string[], options: GetOptions): Promise<ExitCode> {
  const query = queryOf(words, options);
  if (options.watch === true) return (await import('./watch.ts')).watch(ctl, query);
  await requireNames(ctl, query);
  const items = await listQuery(ctl, query);
  show(ctl, query, items);
  return EXIT.ok;
}

/** A name that is not there is an error even where the others are. */
export async function requireNames(ctl: Ctl, { kind, names }: Query): Promise<void> {
  if (names.length === 0) return;
  const known = await knownNames(ctl, kind.name);
  const missing = names.find((name) => !known.includes(name));
  if (missing === undefined) return;
  const where = kind.name === 'recipes' ? ` in ${ctl.config.recipesDir}` : '';
  throw new CtlError(
    EXIT.notFound,
    `There is no ${kind.name === 'events' ? 'run' : kind.singular} "${missing}"${where}.`,
    {
      next: `${didYouMean(missing, known)}\`ccci-ctl get ${kind.name}\` lists what is there.`,
    },
  );
}

export function columnsFor({ kind, output }: Query): Kind['columns'] {
  return kind.columns.filter((column) => output.as === 'wide' || !column.wide);
}

function show(ctl: Ctl, query: Query, items: readonly Item[]): void {
  const { kind, names, output } = query;
  if (items.length === 0) say(ctl, `No ${kind.name === 'queue' ? 'queued runs' : kind.name} found.`);
  switch (output.as) {
    case 'table':
    case 'wide':
      showTable(ctl, query, items);
      return;
    case 'name':
      for (const item of items) print(ctl, nameOf(kind, item));
      return;
    case 'ndjson':
      for (const item of items) ctl.out.write(serialized(item, output));
      return;
    default: {
      const only = names.length === 1 && items.length === 1 ? items[0] : undefined;
      ctl.out.write(serialized(only ?? listOf(kind, items), output));
    }
  }
}

function showTable(ctl: Ctl, query: Query, items: readonly Item[]): void {
  if (items.length === 0) return;
  const { headers } = query.options;
  for (const line of tableOf(items, {
    columns: columnsFor(query),
    now: ctl.now(),
    style: ctl.style,
    headers,
  }))
    print(ctl, line);
  for (const note of items.flatMap((item) => notesOf(query.kind, item))) say(ctl, note);
}

/** Where a document that cannot be used is wrong, in the form that editors can jump to. */
function notesOf(kind: Kind, item: Item): string[] {
  const problems = 'problems' in item && Array.isArray(item.problems) ? (item.problems as Problem[]) : [];
  return problems.map((problem) => `${nameOf(kind, item)} is refused: ${problemText(problem)}`);
}
