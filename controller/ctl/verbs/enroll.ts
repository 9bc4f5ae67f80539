/** `enroll`: writes a RecipeSpec and copies the template of tests; nothing that is there already is changed. */
import { recipeFile } from '../../store/spec-files.ts';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Document } from 'yaml';
import { API_VERSION, RecipeName } from '../../api/primitives.ts';
import { CATEGORIES, type RecipeSpec } from '../../api/recipe-spec.ts';
import { repositoryOf } from '../../domain/trigger/names.ts';
import { messageOf } from '../../runtime/errors.ts';
import { exists } from '../../store/exists.ts';
import { createAtomic } from '../../store/atomic.ts';
import { parseRecipeSpec, problemText } from '../../store/parse-document.ts';
import { print, say, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { isPath } from './run.ts';
import { didYouMean } from '../../views/suggest.ts';

export interface EnrollOptions {
  readonly repo: string;
  readonly upstream?: string;
  readonly category: string;
  readonly healthPath?: string;
  readonly tests: boolean;
  readonly dryRun?: boolean;
}

interface Planned {
  readonly file: string;
  readonly text: string;
}

const TEMPLATE = '_template';

export async function enroll(ctl: Ctl, recipe: string, options: EnrollOptions): Promise<ExitCode> {
  if (!RecipeName.safeParse(recipe).success)
    throw usageError(
      `"${recipe}" is not the name of a recipe.`,
      'A name is lower-case letters, digits and "-".',
    );
  const spec = { file: recipeFile(ctl.config.recipesDir, recipe), text: specText(ctl, recipe, options) };
  const parsed = parseRecipeSpec(spec.text, spec.file);
  if (!parsed.ok)
    throw usageError(parsed.problems.map(problemText).join('\n'), 'See `ccci-ctl enroll --help`.');
  if (await exists(spec.file))
    throw usageError(
      `${recipe} is enrolled already: ${spec.file}.`,
      `Change that file, and check it with \`ccci-ctl apply -f ${spec.file} --dry-run\`.`,
    );
  const { source } = parsed.value.spec;
  // A mirror may be made afterwards, from what is published.
  await requireReachable(ctl, source.upstream ?? source.repo);
  const tests = await plannedTests(ctl, recipe, options.tests);
  // Last: a recipe whose file is there is enrolled, and has all its tests.
  for (const planned of [...tests, spec]) await put(ctl, planned, options.dryRun === true);
  tellNext(ctl, recipe, tests);
  tellDoors(ctl, recipe, source);
  return EXIT.ok;
}

function specText(ctl: Ctl, recipe: string, { repo, upstream, category, healthPath }: EnrollOptions): string {
  if (!(CATEGORIES as readonly string[]).includes(category))
    throw usageError(
      `There is no category "${category}".`,
      `${didYouMean(category, CATEGORIES)}Categories: ${CATEGORIES.join(', ')}.`,
    );
  const document = new Document({
    apiVersion: API_VERSION,
    kind: 'RecipeSpec',
    metadata: { name: recipe },
    spec: {
      category,
      source: {
        repo: addressOf(ctl, repo),
        ...(upstream === undefined ? {} : { upstream: addressOf(ctl, upstream) }),
      },
      ...(healthPath === undefined ? {} : { health: { path: healthPath } }),
    },
  });
  document.commentBefore = ' `ccci-ctl explain recipe.spec` says what else may stand here.';
  return document.toString({ lineWidth: 0 });
}

/** A spec is read from elsewhere: a folder's path is made absolute. */
function addressOf(ctl: Ctl, repo: string): string {
  return isPath(repo) ? resolve(ctl.cwd, repo) : repo;
}

async function requireReachable(ctl: Ctl, repo: string): Promise<void> {
  try {
    await ctl.resolveRef(repo, 'HEAD');
  } catch (error) {
    throw new Refusal('notFound', `${repo} cannot be read: ${messageOf(error)}`, {
      next: `Look with \`git ls-remote ${repo}\`, and give --repo an address that works from here.`,
      cause: error,
    });
  }
}

async function plannedTests(ctl: Ctl, recipe: string, wanted: boolean): Promise<Planned[]> {
  if (!wanted) return [];
  const from = join(ctl.config.testsDir, TEMPLATE);
  const to = join(ctl.config.testsDir, recipe);
  if (await exists(to)) {
    say(ctl, `${to} is there already, and stays as it is.`);
    return [];
  }
  const found = await readdir(from, { recursive: true, withFileTypes: true });
  const files = found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return Promise.all(
    files.sort().map(async (file) => ({
      file: join(to, relative(from, file)),
      text: await readFile(file, 'utf8'),
    })),
  );
}

async function put(ctl: Ctl, { file, text }: Planned, dryRun: boolean): Promise<void> {
  if (!dryRun) {
    await mkdir(dirname(file), { recursive: true });
    if (!(await createAtomic(file, text)))
      throw usageError(`${file} was made by somebody else meanwhile.`, 'Look at it, then try again.');
  }
  print(ctl, `${relative(ctl.cwd, file)} ${dryRun ? 'would be created' : 'created'}`);
}

function tellNext(ctl: Ctl, recipe: string, tests: readonly Planned[]): void {
  if (tests.length > 0)
    say(
      ctl,
      'The tests are a template, and red until REPLACE is replaced in them. Delete what you do not need: the generic tests apply in its place.',
    );
  say(ctl, `\`ccci-ctl run ${recipe} --wait\` tests it.`);
}

/** What is left to be done until `!testme` works; nothing where no Gitea is configured. */
function tellDoors(ctl: Ctl, recipe: string, { repo, upstream }: RecipeSpec['spec']['source']): void {
  const { gitea } = ctl.config.doors;
  if (gitea === null) return;
  const repository = repositoryOf(repo, gitea.url);
  if (repository === null)
    return say(
      ctl,
      `${repo} is not on ${gitea.url}, where \`!testme\` is read: name a repository there as source.repo and this one as source.upstream, then \`ccci-ctl mirror ${recipe}\` makes it.`,
    );
  if (upstream !== undefined)
    say(ctl, `\`ccci-ctl mirror ${recipe}\` brings it from ${upstream}, and makes it if it is not there.`);
  say(
    ctl,
    `From now on a pull request in ${repository.owner}/${repository.name} is tested by the comment \`!testme\`. An administrator may add a webhook, so that it is seen at once: docs/enroll-recipe.md.`,
  );
}
