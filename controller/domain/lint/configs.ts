/** Configs and secrets that are files of the recipe: swarm cannot change one in place, so its name must change with it. And names that are too long. Pure. */
import { posix } from 'node:path';
import type { Place } from '../recipe/compose-facts.ts';
import { isTree, textOf, treeAt } from '../recipe/compose-parse.ts';
import { interpolate, type Env } from '../recipe/interpolate.ts';
import { errorFinding, type Finding, warningFinding } from '../recipe/finding.ts';
import { assignmentLine, LINT_STACK, type LintRecipe } from '../recipe/recipe-at.ts';
import { entryAt } from '../recipe/git-tree.ts';
import { MAX_SWARM_NAME } from '../run/names.ts';

interface FileThing {
  readonly kind: 'config' | 'secret';
  readonly key: string;
  /** As swarm will call it. */
  readonly name: string;
  readonly variables: readonly string[];
  readonly path: string;
  readonly id: string;
  readonly place: Place;
}

interface Published {
  readonly tag: string;
  readonly recipe: LintRecipe;
}

/** The old app is deployed with its own `.env`; the head brings its own abra.sh over it. */
export function configFindings(head: LintRecipe, base: Published): Finding[] {
  const before = thingsOf(base.recipe, base.recipe.env);
  const after = thingsOf(head, { ...base.recipe.env, ...head.abraSh });
  return after
    .filter((thing) => {
      const same = before.filter(({ kind, name }) => kind === thing.kind && name === thing.name);
      return same.length > 0 && same.every(({ id }) => id !== thing.id);
    })
    .map((thing) => notVersioned(head, base.tag, thing));
}

function thingsOf(recipe: LintRecipe, env: Env): FileThing[] {
  return recipe.composes.flatMap(({ document }) =>
    (['config', 'secret'] as const).flatMap((kind) =>
      Object.entries(treeAt(document.tree, `${kind}s`)).flatMap(([key, value]) => {
        if (!isTree(value) || value['file'] === undefined) return [];
        const path = posix.normalize(interpolate(textOf(value['file']), env).text);
        const entry = entryAt(recipe.tree, path);
        if (entry === null) return [];
        const filled = interpolate(textOf(value['name'] ?? `\${STACK_NAME}_${key}`), env);
        const variables = filled.names.filter((name) => name !== 'STACK_NAME');
        const place = document.place([`${kind}s`, key]);
        return [{ kind, key, name: filled.text, variables, path, id: entry.id, place }];
      }),
    ),
  );
}

function notVersioned(head: LintRecipe, tag: string, thing: FileThing): Finding {
  const abraSh = head.texts.get('abra.sh') ?? '';
  const variable = thing.variables.find((name) => head.abraSh[name] !== undefined);
  const changed = `The file ${thing.path} behind the ${thing.kind} "${thing.key}" changed since ${tag}`;
  if (variable === undefined) {
    const named = thing.variables[0] ?? `${thing.key.toUpperCase().replace(/\W/g, '_')}_VERSION`;
    return errorFinding({
      rule: 'ConfigNotVersioned',
      place: thing.place,
      message: `${changed}, but its name stays "${thing.name.replace(LINT_STACK, '<stack>')}", and swarm cannot change it in place.`,
      fix: `End its name with _\${${named}}, and export ${named}=v2 in abra.sh: raise it whenever the file changes.`,
    });
  }
  const value = head.abraSh[variable] ?? '';
  return errorFinding({
    rule: 'ConfigNotVersioned',
    place: { file: 'abra.sh', line: assignmentLine(abraSh, variable) ?? 1 },
    message: `${changed}, but ${variable} is still ${value}, and swarm cannot change a ${thing.kind} in place.`,
    fix: `Raise it: export ${variable}=${raised(value)}`,
  });
}

function raised(version: string): string {
  return version.replace(/\d+$/, (number) => String(Number(number) + 1));
}

/** A usual domain of an operator, as `matrix-synapse.our-co-op.example`: what a name must leave room for. */
const PRODUCTION_STACK = 32;

/** Prepare measures with this CI's short domains; operators have longer ones. */
export function nameFindings(head: LintRecipe): Finding[] {
  return head.composes.flatMap(({ facts }) => [
    ...facts.secrets.flatMap((thing) => longName('secret', thing)),
    ...facts.configs.flatMap((thing) => longName('config', thing)),
  ]);
}

function longName(
  kind: 'secret' | 'config',
  { key, name, place }: { key: string; name: string; place: Place },
): Finding[] {
  if (!name.startsWith(`${LINT_STACK}_`)) return [];
  const room = MAX_SWARM_NAME - (name.length - LINT_STACK.length);
  if (room >= PRODUCTION_STACK) return [];
  return [
    warningFinding({
      rule: 'LongName',
      place,
      message: `The name of the ${kind} "${key}" leaves ${Math.max(0, room)} characters for the app’s domain: swarm allows ${MAX_SWARM_NAME} in all, and domains of ${PRODUCTION_STACK} are usual.`,
      fix: `Shorten it by ${PRODUCTION_STACK - room}.`,
    }),
  ];
}
