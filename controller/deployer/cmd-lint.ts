/** `recipe lint`: abra's rules over one recipe, as a table. */
import { readContained } from './contained.ts';
import { fillCompose, parseCompose } from './compose.ts';
import type { Context } from './context.ts';
import { parseEnv } from '../domain/recipe/dotenv.ts';
import { LINT_RULES, type LintSubject } from './lint-rules.ts';
import { Fatal } from './log.ts';
import { listReleases, openRecipe, readAbraSh, readEnvSample, readOptional, type Recipe } from './recipe.ts';
import { table } from './table.ts';

/** Stands for any stack: the rules look at what the recipe says, not at an app. */
const STACK = 'lint_example_com';

async function subjectOf(context: Context, recipe: Recipe): Promise<LintSubject> {
  const sample = await readEnvSample(recipe);
  if (sample === undefined)
    throw new Fatal(`unable to validate recipe: .env.sample of ${recipe.name} is missing`);
  const raw = parseCompose(await readContained(recipe.dir, 'compose.yml'), 'compose.yml');
  const abraSh = await readAbraSh(recipe);
  const env = { ...parseEnv(sample).env, ...abraSh, STACK_NAME: STACK };
  const { releases, lightweight } = await listReleases(context, recipe);
  const readme = await readOptional(recipe, 'README.md');
  return {
    files: [{ name: 'compose.yml', raw, filled: fillCompose(raw, env, 'compose.yml') }],
    stack: STACK,
    abraSh,
    readme,
    lightweight,
    tags: releases.map((release) => release.tag),
  };
}

/** A broken rule is no failure of the command: the table is the verdict, as with abra (contract 2.2). */
export async function recipeLint(context: Context): Promise<void> {
  const recipe = await openRecipe(context, context.args[0] ?? '');
  const subject = await subjectOf(context, recipe);
  const rows = LINT_RULES.map(({ ref, rule, severity, howToFix, check }) => {
    const satisfied = check(subject);
    const mark = satisfied === undefined ? '-' : satisfied ? '✅' : '❌';
    return [ref, rule, severity, mark, satisfied === undefined ? '✅' : '-', howToFix];
  });
  context.stdout.write(table(['REF', 'RULE', 'SEVERITY', 'SATISFIED', 'SKIPPED', 'HOW TO FIX'], rows));
}
