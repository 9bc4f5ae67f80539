/** What docker's loader refuses of a recipe's files, each alone and all together, with the line. Pure. */
import type { FilledDocument, VariableProblem } from './compose-fill.ts';
import { longForm } from './compose-long.ts';
import type { ParseProblem } from './compose-parse.ts';
import { ruleFaults } from './compose-rules.ts';
import { schemaFaults } from './compose-schema.ts';
import { MalformedCompose } from './compose-short.ts';
import type { Env } from './interpolate.ts';
import { ADDED } from './overlay.ts';

/** Of one file, apart from what its variables are blamed for. */
export function ownRefusals(document: FilledDocument, env: Env): ParseProblem[] {
  const { whole, version, faults, place, variables } = document;
  const blamed = new Set(variables.filter(isRefused).map(({ field }) => field));
  const bySchema = schemaFaults(whole, version);
  const said = (bySchema.length > 0 ? bySchema : ruleFaults(whole))
    .filter(({ path }) => !blamed.has(path.join('.')))
    .map(({ path, words }) => ({ message: `${path.join('.') || 'the file'} ${words}`, place: place(path) }));
  const found = [...faults, ...said];
  return found.length > 0 ? found : longRefusals(document, env);
}

/** What docker says of the second of two files. Those that cc-ci adds are of the recipe's version, whether they say so or not. */
export function versionRefusals(documents: readonly FilledDocument[]): ParseProblem[] {
  const [first, ...others] = documents;
  return others
    .filter(({ version, path }) => version !== first?.version && !ADDED.has(path))
    .map(({ version, place, path }) => ({
      message: `version mismatched: ${first?.path} is of ${first?.version}, and ${path} of ${version}; docker wants the same "version:" in all files, or none in any`,
      place: place(['version']),
    }));
}

/** Kinds for which docker's loader ends; abra is stricter. */
export function isRefused({ kind }: Pick<VariableProblem, 'kind'>): boolean {
  return kind === 'required' || kind === 'invalid' || kind === 'unfit';
}

function longRefusals({ tree, place }: FilledDocument, env: Env): ParseProblem[] {
  try {
    longForm(tree, env);
    return [];
  } catch (error) {
    if (!(error instanceof MalformedCompose)) throw error;
    return [{ message: error.message, place: place(error.path) }];
  }
}
