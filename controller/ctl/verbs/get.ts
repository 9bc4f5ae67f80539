/** `get`: lists, or shows what was named. */
import { columnsFor, type GetOptions, listQuery, type Query, queryOf, requireNames } from './query.ts';
import type { Problem } from '../../ports.ts';
import { problemText } from '../../store/parse-document.ts';
import { tableOf } from '../terminal/table.ts';
import { print, say, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { type Kind } from '../../views/kinds.ts';
import { listOf, nameOf, serialized } from '../terminal/output.ts';
import { type Item } from '../../views/select.ts';

export async function get(ctl: Ctl, words: readonly string[], options: GetOptions): Promise<ExitCode> {
  const query = queryOf(words, options);
  if (options.watch === true) return (await import('./watch.ts')).watch(ctl, query);
  await requireNames(ctl, query);
  const items = await listQuery(ctl, query);
  show(ctl, query, items);
  await sayStrays(ctl, query);
  return EXIT.ok;
}

async function sayStrays(ctl: Ctl, { kind, names }: Query): Promise<void> {
  if (names.length > 0 || (kind.name !== 'runs' && kind.name !== 'recipes')) return;
  for (const file of await ctl.reading.strays(kind.name))
    say(ctl, `${file} is not read: the name of a document ends in ".yaml".`);
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
