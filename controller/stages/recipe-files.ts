/** Reads a recipe's files from its checkout. They are a stranger's: a link or a `..` that leads out of the folder is not followed. */
import { readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type ComposeFacts, composeFacts } from '../domain/compose-facts.ts';
import { parseAbraSh, parseEnv } from '../domain/dotenv.ts';
import { documentedVariables } from '../domain/policy.ts';
import { codeOf } from '../runtime/errors.ts';
import type { StageContext } from './context.ts';
import { StageFailure } from './report.ts';

export interface RecipeRead {
  readonly facts: ComposeFacts;
  /** Variables that `.env.sample` shows in comments. */
  readonly documented: readonly string[];
}

const MAX_FILE_BYTES = 1024 * 1024;

/** The text of one of the recipe's files; null where it is not there. */
export async function readRecipeFile(checkout: string, path: string): Promise<string | null> {
  const root = await realpath(checkout);
  let real: string;
  try {
    real = await realpath(join(root, path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
  const inside = relative(root, real);
  if (inside.startsWith('..') || inside.startsWith('.git/')) {
    throw new StageFailure('recipe', {
      reason: 'PathOutside',
      message: `The file "${path}" leads out of the recipe's folder.`,
      evidence: path,
      nextStep: 'Use files of the recipe itself.',
    });
  }
  const text = await readFile(real, 'utf8');
  if (text.length > MAX_FILE_BYTES)
    throw new StageFailure('recipe', {
      reason: 'FileTooLarge',
      message: `The file "${path}" is larger than 1 MiB.`,
      evidence: path,
      nextStep: 'A recipe’s compose and env files are a few pages.',
    });
  return text;
}

async function needed(checkout: string, path: string, nextStep: string): Promise<string> {
  const text = await readRecipeFile(checkout, path);
  if (text === null)
    throw new StageFailure('recipe', {
      reason: 'FileMissing',
      message: `The recipe has no file "${path}".`,
      evidence: path,
      nextStep,
    });
  return text;
}

/** The app's env as it will be at the first deploy: the sample, the RecipeSpec's settings, the run's own, and abra.sh. */
export function envOverrides(request: StageContext['request']): Record<string, string> {
  return { ...request.settings.env, DOMAIN: request.app.domain, LETS_ENCRYPT_ENV: '' };
}

export async function readRecipe({
  checkout,
  request,
}: Pick<StageContext, 'checkout' | 'request'>): Promise<RecipeRead> {
  const sample = await needed(
    checkout,
    '.env.sample',
    'Every recipe has an .env.sample: abra makes the app’s .env from it.',
  );
  const abraSh = (await readRecipeFile(checkout, 'abra.sh')) ?? '';
  const { stack } = request.app;
  const env: Record<string, string> = {
    ...parseEnv(sample).env,
    ...envOverrides(request),
    ...parseAbraSh(abraSh),
    STACK_NAME: stack,
  };
  const paths = (env['COMPOSE_FILE'] ?? '').split(':').filter((path) => path !== '');
  const files = [];
  for (const path of paths.length > 0 ? paths : ['compose.yml']) {
    files.push({ path, text: await needed(checkout, path, 'COMPOSE_FILE in .env.sample names it.') });
  }
  return { facts: composeFacts({ files, env, stack }), documented: documentedVariables(sample) };
}
