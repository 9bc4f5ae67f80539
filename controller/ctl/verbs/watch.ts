/** `get -w`: first everything, then a line for each change. Looks again instead of listening, so that it works on any file system. */
import { tableOf } from '../terminal/table.ts';
import { print, type Ctl } from '../terminal/world.ts';
import type { ExitCode } from '../terminal/exit.ts';
import { usageError } from '../../views/refusal.ts';
import { columnsFor, listQuery, requireNames, type Query } from './query.ts';
import { nameOf, serialized } from '../terminal/output.ts';
import type { Item } from '../../views/select.ts';

/** Short enough to feel live, long enough that a hundred files cost nothing. */
const LOOK_AGAIN_MS = 500;

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Item;
}

/** What is different from the last look. Pure. */
export function changesBetween(before: ReadonlyMap<string, Item>, now: readonly Item[]): Change[] {
  const names = new Set(now.map((item) => item.metadata.name));
  const gone = [...before.values()].filter((item) => !names.has(item.metadata.name));
  const fresh = now.flatMap((object): Change[] => {
    const old = before.get(object.metadata.name);
    if (old === undefined) return [{ type: 'ADDED', object }];
    return JSON.stringify(old) === JSON.stringify(object) ? [] : [{ type: 'MODIFIED', object }];
  });
  return [...fresh, ...gone.map((object): Change => ({ type: 'DELETED', object }))];
}

/** Never ends by itself; Ctrl-C ends it with Interrupted. */
export async function watch(ctl: Ctl, query: Query): Promise<ExitCode> {
  if (query.output.as === 'yaml' || query.output.as === 'jsonpath')
    throw usageError(`-o ${query.output.as} cannot be watched.`, 'Use -o wide, name or ndjson with --watch.');
  await requireNames(ctl, query);
  let seen: ReadonlyMap<string, Item> = new Map();
  for (let first = true; ; first = false) {
    const items = await listQuery(ctl, query);
    showChanges(ctl, query, { first, changes: changesBetween(seen, items) });
    seen = new Map(items.map((item) => [item.metadata.name, item]));
    await ctl.pause(LOOK_AGAIN_MS);
  }
}

function showChanges(ctl: Ctl, query: Query, look: { first: boolean; changes: readonly Change[] }): void {
  const { kind, output, options } = query;
  if (output.as === 'json' || output.as === 'ndjson') {
    for (const change of look.changes) ctl.out.write(serialized(change, { as: 'ndjson' }));
    return;
  }
  const items = look.changes.map((change) => change.object);
  if (output.as === 'name') {
    for (const item of items) print(ctl, nameOf(kind, item));
    return;
  }
  if (items.length === 0) return;
  const headers = look.first && options.headers;
  for (const line of tableOf(items, {
    columns: columnsFor(query),
    now: ctl.now(),
    style: ctl.style,
    headers,
  }))
    print(ctl, line);
}
