/** What changed in `.env.sample`, for operators whose `.env` was made from the older one. Pure. */
import { envWith } from '../lint/env.ts';
import { factsOf, type LintRecipe } from '../recipe/recipe-at.ts';
import { type Change, nameVariables, type Note, type Side, variablesNamed } from './change.ts';
import { code, CONFIGURE, shownValue } from './quoted.ts';
import { documentedVariables } from '../policy/policy.ts';

/** `abra app new` writes the first three into every `.env`; compose files have notes of their own. */
const APART = ['TYPE', 'DOMAIN', 'LETS_ENCRYPT_ENV', 'COMPOSE_FILE'];

/** How a version's `.env.sample` has a variable. */
type Standing =
  | { readonly is: 'set'; readonly value: string }
  | { readonly is: 'shown' }
  | { readonly is: 'absent' };

type Standings = ReadonlyMap<string, Standing>;

const ABSENT: Standing = { is: 'absent' };

function standingsOf({ sample, texts }: LintRecipe): Standings {
  const shown = documentedVariables(texts.get('.env.sample') ?? '');
  return new Map<string, Standing>([
    ...shown.map((name) => [name, { is: 'shown' }] as const),
    ...Object.entries(sample).map(([name, value]) => [name, { is: 'set', value }] as const),
  ]);
}

export function variableNotes(change: Change): Note[] {
  const { old, head } = change;
  // Without the file nothing can be said: every variable would look new, or gone.
  if (![old, head].every(({ recipe }) => recipe.texts.has('.env.sample'))) return [];
  const [before, after] = [standingsOf(old.recipe), standingsOf(head.recipe)];
  const apart = new Set([...APART, ...secretVersions(old), ...secretVersions(head)]);
  const lacking = lackingIn(change);
  const named = variablesNamed(head.recipe);
  return [...new Set([...after.keys(), ...before.keys()])]
    .filter((name) => !apart.has(name))
    .flatMap((name) =>
      noteOf({
        name,
        was: before.get(name) ?? ABSENT,
        is: after.get(name) ?? ABSENT,
        lacking: lacking.has(name),
        named: named.has(name),
      }),
    );
}

/** Those have notes with their secrets. */
function secretVersions({ recipe }: Side): string[] {
  const documents = recipe.composes.map(({ document }) => document);
  return recipe.composes.flatMap(({ facts }) =>
    facts.secrets.flatMap(({ key }) => nameVariables({ documents }, key)),
  );
}

/** What the head finds unset with an older `.env`, and the older version did not. */
function lackingIn({ old, head }: Change): Set<string> {
  const { facts } = head;
  const withOld = factsOf(head.recipe, facts.files, envWith(old.recipe, head.recipe.abraSh));
  const unset = ({ variables }: Side['facts']): string[] =>
    variables.filter(({ kind }) => kind === 'missing' || kind === 'required').map(({ name }) => name);
  const known = new Set([
    ...unset(old.facts),
    ...old.facts.services.flatMap(({ passed }) => passed.map(({ name }) => name)),
  ]);
  const now = [...unset(withOld), ...withOld.unset.map(({ name }) => name)];
  return new Set(now.filter((name) => !known.has(name)));
}

interface Seen {
  readonly name: string;
  readonly was: Standing;
  readonly is: Standing;
  readonly lacking: boolean;
  /** By a compose file of the head. */
  readonly named: boolean;
}

function noteOf(seen: Seen): Note[] {
  const { name, was, is } = seen;
  if (is.is === 'set') return was.is === 'set' ? changed(name, was.value, is.value) : [fresh(seen, is.value)];
  if (is.is === 'absent') return [gone(seen)];
  if (was.is === 'absent')
    return [note('newVariable', name, `The variable ${code(name)} is new and optional: it may stay unset.`)];
  if (was.is === 'shown' || was.value === '') return [];
  const text = `The variable ${code(name)} is optional now: \`.env.sample\` only shows it in a comment. A value in your \`.env\` still counts.`;
  return [note('changedDefault', name, text)];
}

function note(kind: Note['kind'], subject: string, text: string): Note {
  return { kind, subject, text, byHand: false };
}

function fresh({ name, was, lacking, named }: Seen, value: string): Note {
  const subject = `The variable ${code(name)} is new${was.is === 'shown' ? ' (it was only shown in a comment before)' : ''}`;
  const shown = shownValue(name, value);
  const sampled =
    shown === null
      ? 'a default, which is not shown here because it may be a secret'
      : `the default ${shown}`;
  if (value === '' && named && !lacking)
    return note('newVariable', name, `${subject} and may stay unset: the recipe can do without it.`);
  if (value === '')
    return byHand(name, `${subject} and has no default: choose a value and set it with ${CONFIGURE} before you upgrade.`);
  if (lacking)
    return byHand(name, `${subject}, and the app reads it: set it with ${CONFIGURE} before you upgrade. \`.env.sample\` has ${sampled}.`);
  return note('newVariable', name, `${subject}; \`.env.sample\` has ${sampled}. An older \`.env\` does not have it: set it with ${CONFIGURE} if you want it.`);
} // oxfmt-ignore

function byHand(subject: string, text: string): Note {
  return { ...note('newVariable', subject, text), byHand: true };
}

function changed(name: string, was: string, is: string): Note[] {
  if (was === is) return [];
  const [before, after] = [shownValue(name, was), shownValue(name, is)];
  const values = before === null || after === null ? '' : ` from ${before} to ${after}`;
  const text = `The default of ${code(name)} changed${values}. Your \`.env\` keeps its value; ${CONFIGURE} changes it.`;
  return [note('changedDefault', name, text)];
}

function gone({ name, named }: Seen): Note {
  const text = named
    ? `The variable ${code(name)} is not in \`.env.sample\` any more, but a compose file still reads it: a value in your \`.env\` still counts.`
    : `The variable ${code(name)} is gone: it may be deleted from your \`.env\` with ${CONFIGURE}.`;
  return note('removedVariable', name, text);
}
