/** Reads a recipe's files from its checkout. They are a stranger's: a link or a `..` that leads out of the folder is not followed. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type ComposeFacts, composeFacts } from '../../domain/recipe/compose-facts.ts';
import { parseAbraSh, parseEnv, withEnvValues } from '../../domain/recipe/dotenv.ts';
import { withAdded } from '../../domain/recipe/overlay.ts';
import { documentedVariables, type Finding } from '../../domain/policy/policy.ts';
import type { RecipeTexts } from '../../domain/policy/texts.ts';
import { leadsOutside } from '../../domain/policy/mounts.ts';
import { codeOf } from '../../runtime/errors.ts';
import type { StageContext } from '../step/context.ts';
import { addedFiles } from './overlay.ts';
import { StageFailure } from '../step/report.ts';

export interface RecipeRead {
  readonly facts: ComposeFacts;
  /** Variables that `.env.sample` shows in comments. */
  readonly documented: readonly string[];
  /** As they are, for what only the text betrays. */
  readonly texts: RecipeTexts;
}

const MAX_FILE_BYTES = 1024 * 1024;

/** Where a path of the recipe leads, links followed; null where nothing is. */
async function placeOf(checkout: string, path: string): Promise<{ real: string; inside: boolean } | null> {
  const root = await realpath(checkout);
  try {
    const real = await realpath(join(root, path));
    return { real, inside: !leadsOutside(relative(root, real)) };
  } catch (error) {
    // A link whose end does not exist, or that leads to itself, is no file either.
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) return null;
    throw error;
  }
}

/** Files that compose.yml names and docker would read as us: in the recipe, or not at all. What the text alone betrays is the policy's. */
export async function fileFindings(
  checkout: string,
  { paths }: Pick<ComposeFacts, 'paths'>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { kind, path, place } of paths.filter((each) => !leadsOutside(each.path))) {
    const found = await placeOf(checkout, path);
    const at = { severity: 'error', file: place.file, line: place.line } as const;
    if (found === null || !(await stat(found.real)).isFile())
      findings.push({
        ...at,
        rule: 'FileMissing',
        message: `The ${kind} file ${path} is not in the recipe.`,
        fix: 'Commit the file, or correct its path: it is relative to the recipe’s folder.',
      });
    else if (!found.inside)
      findings.push({
        ...at,
        rule: 'PathOutside',
        message: `The ${kind} file ${path} is a link that leads out of the recipe’s own folder.`,
        fix: 'Keep the file itself in the recipe.',
      });
  }
  return findings;
}

/** The text of one of the recipe's files; null where it is not there. */
export async function readRecipeFile(checkout: string, path: string): Promise<string | null> {
  const found = await placeOf(checkout, path);
  if (found === null) return null;
  if (!found.inside) {
    throw new StageFailure('recipe', {
      reason: 'PathOutside',
      message: `The file "${path}" leads out of the recipe's folder.`,
      evidence: path,
      nextStep: 'Use files of the recipe itself.',
    });
  }
  // By its size alone: a file with holes is long before it is read.
  if ((await stat(found.real)).size > MAX_FILE_BYTES)
    throw new StageFailure('recipe', {
      reason: 'FileTooLarge',
      message: `The file "${path}" is larger than 1 MiB.`,
      evidence: path,
      nextStep: 'A recipe’s compose and env files are a few pages.',
    });
  return readFile(found.real, 'utf8');
}

/** The text of a file of the recipe, or null. */
type ReadText = (path: string) => Promise<string | null>;

async function needed(read: ReadText, path: string, nextStep: string): Promise<string> {
  const text = await read(path);
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
  return {
    ...request.settings.env,
    TYPE: request.recipe,
    DOMAIN: request.app.domain,
    LETS_ENCRYPT_ENV: '',
  };
}

/** As it is checked out, or as `committed` reads it of another commit; what cc-ci adds lies in the checkout for both. */
export async function readRecipe(
  { checkout, config, request }: Pick<StageContext, 'checkout' | 'config' | 'request'>,
  committed: ReadText = (path) => readRecipeFile(checkout, path),
): Promise<RecipeRead> {
  const sample = await needed(
    committed,
    '.env.sample',
    'Every recipe has an .env.sample: abra makes the app’s .env from it.',
  );
  const abraSh = (await committed('abra.sh')) ?? '';
  const { stack } = request.app;
  const env: Record<string, string> = {
    // Into the text, as into an app's own: later lines may refer to earlier ones.
    ...parseEnv(withEnvValues(sample, envOverrides(request))).env,
    ...parseAbraSh(abraSh),
    STACK_NAME: stack,
  };
  const files = [];
  const added = await addedFiles({ checkout, config, request });
  for (const path of withAdded(env['COMPOSE_FILE'], added).split(':')) {
    const read = added.includes(path) ? (name: string) => readRecipeFile(checkout, name) : committed;
    files.push({ path, text: await needed(read, path, 'COMPOSE_FILE in .env.sample names it.') });
  }
  return {
    facts: composeFacts({ files, env, stack }),
    documented: documentedVariables(sample),
    texts: { sample, abraSh, composes: files },
  };
}
