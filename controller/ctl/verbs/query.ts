/** What `get` was asked for, and the objects that answer it. */
import { type Ctl } from '../terminal/world.ts';
import { Refusal } from '../../views/refusal.ts';
import { targetOf, type Kind } from '../../views/kinds.ts';
import { addressOf, knownNames, listKind } from '../../views/lists.ts';
import { outputOf, type Output } from '../terminal/output.ts';
import { selected, type Item, type Selection } from '../../views/select.ts';
import { didYouMean } from '../../views/suggest.ts';

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

/** A name that is not there is an error even where the others are. */
export async function requireNames(ctl: Ctl, { kind, names }: Query): Promise<void> {
  if (names.length === 0) return;
  const known = await knownNames(ctl, kind.name);
  const missing = names.find((name) => !known.includes(name));
  if (missing === undefined) return;
  const where = kind.name === 'recipes' ? ` in ${ctl.config.recipesDir}` : '';
  throw new Refusal(
    'notFound',
    `There is no ${kind.name === 'events' ? 'run' : kind.singular} "${missing}"${where}.`,
    {
      next: `${didYouMean(missing, known)}\`ccci-ctl get ${kind.name}\` lists what is there.`,
    },
  );
}

export function columnsFor({ kind, output }: Query): Kind['columns'] {
  return kind.columns.filter((column) => output.as === 'wide' || !column.wide);
}
