/** A checkout's compose files, filled in with the .env that the app has. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ComposeFacts, composeFacts, type ComposeInput } from '../../domain/recipe/compose-facts.ts';
import { composeNames } from '../../domain/recipe/compose-names.ts';
import { parseAbraSh, parseEnv } from '../../domain/recipe/dotenv.ts';
import { LIMITS, withAdded } from '../../domain/recipe/overlay.ts';
import { documentedVariables } from '../../domain/policy/policy.ts';
import type { RecipeTexts } from '../../domain/policy/texts.ts';
import type { StageContext } from '../step/context.ts';
import { readRecipeFile } from '../checkout/recipe-files.ts';
import { StageFailure } from '../step/report.ts';

export interface FactsWithEnv {
  readonly facts: ComposeFacts;
  /** Variables that this checkout's `.env.sample` shows in comments. */
  readonly documented: readonly string[];
  /** The files as they are written. */
  readonly texts: RecipeTexts;
  /** What the facts were read from: whoever goes on with it goes on with what was judged. */
  readonly input: ComposeInput;
  /** What this checkout's `.env.sample` sets. */
  readonly sampled: Readonly<Record<string, string>>;
}

/** `added` is what COMPOSE_FILE will name last, once this is judged. */
export async function factsWithEnv(
  context: Pick<StageContext, 'checkout' | 'layout' | 'request'>,
  added: readonly string[] = [],
): Promise<FactsWithEnv> {
  const sample = (await readRecipeFile(context.checkout, '.env.sample')) ?? '';
  const abraSh = await readAbraSh(context.checkout);
  const input = withLast(await inputWith(context, abraSh), added);
  return {
    facts: composeFacts(input),
    documented: documentedVariables(sample),
    texts: { sample, abraSh, composes: input.files },
    input,
    sampled: parseEnv(sample).env,
  };
}

function withLast(input: ComposeInput, added: readonly string[]): ComposeInput {
  const { COMPOSE_FILE } = input.env;
  return added.length === 0
    ? input
    : { ...input, env: { ...input.env, COMPOSE_FILE: withAdded(COMPOSE_FILE, added) } };
}

export function envFileOf({ layout, request }: Pick<StageContext, 'layout' | 'request'>): string {
  return join(layout.abraDir(request.uid), 'servers', request.server.abraServer, `${request.app.domain}.env`);
}

export async function appEnv(
  context: Pick<StageContext, 'layout' | 'request'>,
): Promise<Record<string, string>> {
  return parseEnv(await readFile(envFileOf(context), 'utf8')).env;
}

/** What is deployed, as abra would fill it in. */
export async function composeInput(
  context: Pick<StageContext, 'checkout' | 'layout' | 'request'>,
): Promise<ComposeInput> {
  return inputWith(context, await readAbraSh(context.checkout));
}

async function readAbraSh(checkout: string): Promise<string> {
  return (await readRecipeFile(checkout, 'abra.sh')) ?? '';
}

async function inputWith(
  context: Pick<StageContext, 'checkout' | 'layout' | 'request'>,
  abraSh: string,
): Promise<ComposeInput> {
  const { checkout, request } = context;
  const { stack } = request.app;
  const env: Record<string, string> = {
    ...(await appEnv(context)),
    ...parseAbraSh(abraSh),
    STACK_NAME: stack,
  };
  const files = [];
  // The limits of an earlier deploy are not the recipe's, and the next one makes them anew.
  for (const path of composeNames(env['COMPOSE_FILE']).filter((name) => name !== LIMITS))
    files.push({ path, text: (await readRecipeFile(checkout, path)) ?? missing(path) });
  return { files, env, stack };
}

/** An operator's .env outlives the file that it names. */
function missing(path: string): never {
  throw new StageFailure('recipe', {
    reason: 'FileMissing',
    message: `The recipe has no file "${path}", which COMPOSE_FILE of the .env names.`,
    evidence: path,
    nextStep: 'Keep the file for operators whose .env was made by an older version.',
  });
}
