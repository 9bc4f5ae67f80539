/** What operators must do by hand, and what changes for them, between the published version and the head. Pure. */
import type { OperatorNote } from '../../api/operator-note.ts';
import { composePathsOf, type LintRecipe, optionalComposes } from '../recipe/recipe-at.ts';
import { isTold } from '../recipe/told.ts';
import { counted } from '../text/count.ts';
import { type Change, type Note, sideOf } from './change.ts';
import { composeFileNotes } from './files.ts';
import { routeNotes } from './routes.ts';
import { secretNotes } from './secrets.ts';
import { serviceNotes } from './services.ts';
import { code } from './quoted.ts';
import { thingNotes } from './volumes-and-configs.ts';
import { variableNotes } from './variables.ts';

export interface Compared {
  readonly head: LintRecipe;
  /** Null where nothing is published to compare with. */
  readonly base: { readonly recipe: LintRecipe } | null;
  /** Texts of the head's release notes. */
  readonly notes: string;
}

/** More than anybody reads; a generated recipe must not fill the result. */
const MAX_NOTES = 200;

/** By hand first. */
export function operatorNotes({ head, base, notes }: Compared): OperatorNote[] {
  if (base === null) return [];
  const usual = changeOf(base.recipe, head);
  const all = [
    ...composeFileNotes(usual),
    ...variableNotes(usual),
    ...deployedNotes(usual),
    ...optionalNotes(base.recipe, head),
  ];
  const unique = [...new Map(all.map((note) => [JSON.stringify(note), note])).values()];
  const sorted = [...unique.filter(({ byHand }) => byHand), ...unique.filter(({ byHand }) => !byHand)];
  return bounded(sorted).map((note) => ({ ...note, told: isTold(note.subject, notes) }));
}

/** As apps are made from either `.env.sample`. */
function changeOf(old: LintRecipe, head: LintRecipe): Change {
  return {
    old: sideOf(old, composePathsOf(old.sample)),
    head: sideOf(head, composePathsOf(head.sample)),
  };
}

function deployedNotes(change: Change): Note[] {
  return [
    ...secretNotes(change),
    ...thingNotes(change),
    ...serviceNotes(change),
    ...routeNotes(change),
  ];
} // oxfmt-ignore

/** Files beside the usual ones that some operators have switched on. */
function optionalNotes(old: LintRecipe, head: LintRecipe): Note[] {
  const usual = new Set([...composePathsOf(old.sample), ...composePathsOf(head.sample)]);
  const readable = new Set(old.composes.map(({ path }) => path));
  const paths = optionalComposes(head.tree).filter((path) => readable.has(path) && !usual.has(path));
  return paths
    .filter((path) => head.composes.some((compose) => compose.path === path))
    .flatMap((path) =>
      deployedNotes({ old: sideOf(old, [path]), head: sideOf(head, [path]) }).map((note) => ({
        ...note,
        text: `Only with ${code(path)} in \`COMPOSE_FILE\`: ${note.text}`,
      })),
    );
}

function bounded(notes: readonly Note[]): readonly Note[] {
  const over = notes.length - MAX_NOTES;
  if (over <= 0) return notes;
  const text = `${counted(over, 'more difference')} not listed: compare both versions of the recipe.`;
  return [...notes.slice(0, MAX_NOTES), { kind: 'more', subject: 'more', text, byHand: false }];
}
