/** Whether a document was accepted, and what it says by now of a run that goes on. Pure. */
import type { Problem } from '../../ports.ts';
import type { NewCondition } from './conditions.ts';
import { asksElse, type RunView } from './facts-of.ts';

export function acceptance(view: RunView): NewCondition {
  if (view.accepted === null) return { type: 'Accepted', status: 'False', ...refusalOf(view) };
  return { type: 'Accepted', status: 'True', ...(editOf(view) ?? VALID) };
}

const VALID = { reason: 'Valid', message: 'The document is valid and its recipe is enrolled.' };

/** What was written since the run began, and what follows from it. */
function editOf({ docs, status }: RunView): { reason: string; message: string } | null {
  if (status.begunAt === null || docs.spec === null) return null;
  const { parsed } = docs.spec;
  if (!parsed.ok)
    return {
      reason: 'InvalidByNow',
      message: `The run goes on as it was accepted. The document is not valid by now, and nothing of it counts but a valid "cancel":\n${problemsText(parsed.problems)}`,
    };
  if (!asksElse(docs.spec, status.wish)) return null;
  return {
    reason: 'AsksElseByNow',
    message:
      'The run goes on as it was accepted. The document asks for something else by now: once this run is over it is forgotten, and that is run.',
  };
}

/** A sentence for whoever looks at a run that goes on; null where there is nothing to say. */
export function invalidSince({ docs, status }: RunView): string | null {
  const parsed = docs.spec?.parsed;
  if (status.begunAt === null || parsed === undefined || parsed.ok) return null;
  return `The document is not valid by now: ${problemsText(parsed.problems.slice(0, 1))}.`;
}

/** Why the document cannot be acted on, and what to do. */
export function refusalOf(view: RunView): { reason: string; message: string } {
  const spec = view.docs.spec?.parsed;
  if (spec === undefined) return { reason: 'Deleted', message: 'The document is gone.' };
  if (!spec.ok) return { reason: 'Invalid', message: problemsText(spec.problems) };
  if (!view.isServerKnown)
    return {
      reason: 'ServerUnknown',
      message: `There is no server "${view.server}". Name one that is configured, or none.`,
    };
  const { recipe } = view.seen;
  const name = spec.value.spec.recipe;
  if (recipe === null)
    return {
      reason: 'RecipeNotEnrolled',
      message: `No RecipeSpec named "${name}". Enrol the recipe by adding recipes/${name}.yaml.`,
    };
  return {
    reason: 'RecipeInvalid',
    message: recipe.ok ? 'The RecipeSpec has not been read yet.' : problemsText(recipe.problems),
  };
}

function problemsText(list: readonly Problem[]): string {
  return list
    .map(
      (each) =>
        `${each.file}:${each.line}:${each.column}: ${each.path === '' ? '' : `${each.path}: `}${each.message}`,
    )
    .join('\n');
}
