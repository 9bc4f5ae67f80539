/** `mirror`: brings a recipe that is published elsewhere to our Gitea, and a change of it into a pull request there. */
import { resolve } from 'node:path';
import type { RecipeSpec } from '../../api/recipe-spec.ts';
import { aligned } from '../../describe/aligned.ts';
import { repositoryOf } from '../../domain/trigger/names.ts';
import type { MirrorWanted } from '../../mirror/mirror.ts';
import { messageOf } from '../../runtime/errors.ts';
import { recipeFile } from '../../store/spec-files.ts';
import { requireRecipe } from '../../views/recipes.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { oneLine } from '../../views/text.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { isPath } from './run.ts';

export interface MirrorOptions {
  readonly branch?: string;
  readonly from?: string;
  readonly title?: string;
  readonly force?: boolean;
}

export async function mirror(ctl: Ctl, recipe: string, options: MirrorOptions): Promise<ExitCode> {
  requireOptions(options);
  const { spec } = await requireRecipe(ctl, recipe);
  const place = placeOf(ctl, recipe, spec.source);
  const change = await changeOf(ctl, place.upstream, options);
  const lines = await ctl.mirror(ctl.config, { ...place, change });
  for (const line of aligned(lines.map(({ what, done, about }) => [what, done, oneLine(about)])))
    print(ctl, line);
  return EXIT.ok;
}

/** The repository that may be written to: of the organisation of the forge, and no other. */
function placeOf(
  { config }: Ctl,
  recipe: string,
  { repo, upstream }: RecipeSpec['spec']['source'],
): Pick<MirrorWanted, 'repository' | 'upstream'> {
  const file = recipeFile(config.recipesDir, recipe);
  const { gitea, mirrorToken } = config.doors;
  if (gitea === null || gitea.organisation === null || mirrorToken === null)
    throw usageError(
      'It is not configured where mirrors are made.',
      'Set CCCI_GITEA_URL, CCCI_GITEA_ORGANISATION and CCCI_MIRROR_TOKEN_FILE; docs/runbook.md has them all.',
    );
  if (upstream === undefined)
    throw usageError(
      `${recipe} has no upstream: it is not said where it is published.`,
      `Write source.upstream into ${file}, with the git address that the mirror is made of.`,
    );
  const repository = repositoryOf(repo, gitea.url);
  const isOurs = repository?.owner.toLowerCase() === gitea.organisation.toLowerCase();
  const published = repositoryOf(upstream, gitea.url);
  if (repository === null || !isOurs || sameRepository(repository, published))
    throw new Refusal(
      'forbidden',
      `${repo} is no mirror: nothing is pushed but to repositories of ${gitea.organisation} on ${gitea.url}, and never to upstream.`,
      { next: `Write ${gitea.url}/${gitea.organisation}/${recipe}.git as source.repo into ${file}.` },
    );
  return { repository, upstream };
}

type Named = ReturnType<typeof repositoryOf>;

function sameRepository(a: Named, b: Named): boolean {
  const nameOf = (each: Named): string => (each === null ? '' : `${each.owner}/${each.name}`.toLowerCase());
  return nameOf(a) === nameOf(b);
}

/** What git takes for a branch, without what is unusual. */
const BRANCH = /^(?!main$)(?!.*(?:\.\.|\/\/|\.lock(?:\/|$)|\/\.|[./]$))[A-Za-z0-9][\w./-]{0,99}$/;

function requireOptions({ branch, from, title, force }: MirrorOptions): void {
  if ((branch === undefined) !== (from === undefined))
    throw usageError(
      '--branch and --from go together.',
      'Name the branch of the pull request, and the folder or the ref that holds the change.',
    );
  if (branch === undefined && (title !== undefined || force === true))
    throw usageError('--title and --force go with --branch.', 'Leave them out, or name the branch.');
  if (branch !== undefined && !BRANCH.test(branch))
    throw usageError(
      `"${branch}" cannot be the branch of a pull request.`,
      'Take letters, digits, ".", "-", "_" and "/", and not "main": that is upstream’s.',
    );
}

async function changeOf(
  ctl: Ctl,
  upstream: string,
  { branch, from, title, force }: MirrorOptions,
): Promise<MirrorWanted['change']> {
  if (branch === undefined || from === undefined) return null;
  const [source, ref] = isPath(from) ? [resolve(ctl.cwd, from), 'HEAD'] : [upstream, from];
  const commit = await resolved(ctl, source, ref);
  if (isPath(from)) await warnOfUncommitted(ctl, source);
  return { from: source, commit, branch, title: title ?? null, force: force === true };
}

async function resolved(ctl: Ctl, source: string, ref: string): Promise<string> {
  try {
    return await ctl.resolveRef(source, ref);
  } catch (error) {
    throw new Refusal('notFound', `${ref} of ${source} cannot be read: ${messageOf(error)}`, {
      next: 'Give --from the top folder of a clone, or a branch, a tag or a commit of upstream.',
      cause: error,
    });
  }
}

async function warnOfUncommitted(ctl: Ctl, folder: string): Promise<void> {
  const count = await ctl.uncommitted(folder);
  if (count > 0)
    ctl.warn(`${folder} has ${count} files that are not committed; they are not in the pull request.`);
}
