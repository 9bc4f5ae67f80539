/** Before the first stage: the recipe at exactly one commit in the run's own ABRA_DIR, checked against the policy, its images present. */
import { mkdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Cause, StageRequest } from '../../api/stage.ts';
import type { PreparedData } from '../../api/stage-data.ts';
import { bumpScope } from '../../domain/recipe/image-bumps.ts';
import { OVERLAY } from '../../domain/recipe/overlay.ts';
import { baseOf } from '../../domain/recipe/base-version.ts';
import { liftedFindings, policyFindings } from '../../domain/policy/policy.ts';
import { type Finding, findingLine, placeText } from '../../domain/recipe/finding.ts';
import { textFindings } from '../../domain/policy/texts.ts';
import { Terminal } from '../../runtime/errors.ts';
import { applyBump } from '../checkout/image-pins.ts';
import { RepositoryTooLarge } from '../../git/bounds.ts';
import type { App, StageContext, Tools } from '../step/context.ts';
import { cloneAt, git, GitError, RefNotFound, resolveRef, succeeds } from '../../git/git.ts';
import { listTags, tagsNotFetched } from '../checkout/lint-clone.ts';
import { placeOverlay } from '../checkout/overlay.ts';
import { quarantineOf } from '../tests/quarantine.ts';
import { policyNames } from '../checkout/policy-names.ts';
import { fileFindings, readRecipe, type RecipeRead } from '../checkout/recipe-files.ts';
import { reportOf, StageFailure, type StageReport } from '../step/report.ts';

type Images = PreparedData['images'];

export async function prepare(context: StageContext): Promise<StageReport<'prepare'>> {
  const commit = await context.substep('fetch', () => fetchRecipe(context));
  try {
    return await prepareAt(context, commit);
  } catch (error) {
    // Whoever reads of the failure is told what it was that failed.
    if (error instanceof StageFailure) return { ...reportOf(error), commit };
    throw error;
  }
}

async function prepareAt(context: StageContext, commit: string): Promise<StageReport<'prepare'>> {
  const { request, log } = context;
  const subject = await git(['show', '--no-patch', '--format=%s', commit], {
    cwd: context.checkout,
    env: context.env,
  });
  log.say(`${request.recipe} at ${commit.slice(0, 8)}: ${subject}`);

  const overlay = await placeOverlay(context);
  if (overlay !== null) log.say(`deployed with ${OVERLAY}: ${overlay.why} (${overlay.upstream})`, 'warn');
  const recipe = await context.substep('check', () => readRecipe(context));
  const { findings, lifted } = await context.substep('policy', async () => ({
    findings: check(context, recipe, await fileFindings(context.checkout, recipe.facts)),
    lifted: liftedHere(context, recipe),
  }));
  const { warnings: lapsed } = quarantineOf(context);
  for (const warning of lapsed) log.say(warning, 'warn');
  const tags = await listTags({ cwd: context.checkout, env: context.env });
  const previous = baseOf(tags, { commit, version: recipe.facts.version })?.name ?? null;
  const { changes, facts } = await applyBump(context, { previous, facts: recipe.facts });
  const images = await context.substep('images', () => ensureImages(context, facts.images));
  const data: PreparedData = {
    commit,
    subject,
    version: recipe.facts.version,
    previousVersion: previous,
    images,
    imageChanges: changes,
    findings,
    lifted,
    warnings: [...lapsed],
    overlay,
    deployer: context.deployer,
  };
  const ready = `${request.recipe} ${recipe.facts.version ?? 'without a version'} at ${commit.slice(0, 8)} is ready to deploy.`;
  const scope = request.bump === undefined ? [] : [`${bumpScope(request.bump)}.`];
  return {
    outcome: 'passed',
    message: [ready, ...scope, ...liftedNote(lifted), ...lapsed].join(' '),
    data,
  };
}

/** Clones the recipe; what git says of a wrong address or commit is nobody's recipe's fault. */
export async function fetchRecipe(context: App & Pick<Tools, 'abra'>): Promise<string> {
  const { repo, ref } = context.request.source;
  const { env, checkout, layout, request } = context;
  await mkdir(layout.secretsDir(request.uid), { recursive: true, mode: 0o700 });
  await mkdir(checkout, { recursive: true, mode: 0o700 });
  try {
    const commit = await resolveRef(repo, ref, env);
    await cloneAt(repo, commit, { folder: checkout, env, published: publishedAt(request) });
    await context.abra.addLocalServer();
    return commit;
  } catch (error) {
    if (error instanceof GitError) throw (await upstreamGone(context, error)) ?? notFetched(repo, ref, error);
    if (error instanceof RefNotFound) throw notThere(repo, error);
    if (error instanceof RepositoryTooLarge) throw tooLarge(repo, ref, error);
    if (error instanceof Terminal)
      throw new StageFailure('infra', { reason: error.reason, message: error.message }, { cause: error });
    throw error;
  }
}

/**
 * Where versions are published, for lint and upgrade alike: upstream, where the enrolled repository mirrors one.
 * Else whoever tests a folder of this machine means its tags as well; of any other address they are its owner's to choose.
 */
function publishedAt({ source, settings }: StageRequest): string {
  return settings.source.upstream ?? (isAbsolute(source.repo) ? source.repo : settings.source.repo);
}

/** Whether it is upstream that does not answer; null where it does. */
async function upstreamGone({ request, env }: App, error: GitError): Promise<StageFailure | null> {
  const { upstream } = request.settings.source;
  if (upstream === undefined || (await succeeds(['ls-remote', '--tags', '--', upstream], { env }))) return null;
  return tagsNotFetched(upstream, error);
} // oxfmt-ignore

function notThere(repo: string, error: RefNotFound): StageFailure {
  const failure: Cause = {
    reason: error.reason,
    message: error.message,
    evidence: `The repository has ${error.heads.slice(0, 5).join(', ') || 'no branch at all'}.`,
    nextStep: `Look with \`git ls-remote ${repo}\`, then ask for a branch, a tag or a full commit that is there.`,
  };
  return new StageFailure('infra', failure, { cause: error });
}

function tooLarge(repo: string, ref: string, error: RepositoryTooLarge): StageFailure {
  const { reason, message } = error;
  return new StageFailure('recipe', { reason, message, evidence: `${repo} at "${ref}"` }, { cause: error });
}

function notFetched(repo: string, ref: string, error: GitError): StageFailure {
  const failure: Cause = {
    reason: 'RecipeNotFetched',
    message: `"${ref}" could not be fetched from ${repo}.`,
    evidence: error.said,
    nextStep: `Try \`git ls-remote ${repo}\` on this machine.`,
  };
  return new StageFailure('infra', failure, { cause: error });
}

function liftedHere(context: Pick<StageContext, 'abra' | 'log' | 'request'>, recipe: RecipeRead): Finding[] {
  const { request, log } = context;
  const names = policyNames(context, recipe.documented);
  const lifted = liftedFindings(recipe.facts, request.settings.allow, names);
  for (const finding of lifted) log.say(`allowed by the RecipeSpec: ${findingLine(finding)}`, 'warn');
  return lifted;
}

const MAX_NOTED = 5;

/** Whoever reads the run sees what the operator let through. */
export function liftedNote(lifted: readonly Finding[]): string[] {
  if (lifted.length === 0) return [];
  const noted = lifted
    .slice(0, MAX_NOTED)
    .map((each) => `${each.rule}${each.file === null ? '' : ` at ${placeText(each)}`}: ${each.message}`);
  const more = lifted.length > MAX_NOTED ? ` And ${lifted.length - MAX_NOTED} more.` : '';
  return [`Allowed by the RecipeSpec alone: ${noted.join(' ')}${more}`];
}

/** The first error ends the stage; all of them are in the log. */
function check(
  context: Pick<StageContext, 'abra' | 'log' | 'request'>,
  recipe: RecipeRead,
  files: readonly Finding[],
): Finding[] {
  const { settings } = context.request;
  const names = policyNames(context, recipe.documented);
  const findings = [
    ...textFindings(recipe.texts, context.abra.takes),
    ...policyFindings(recipe.facts, settings.allow, names),
    ...files,
  ];
  for (const finding of findings)
    context.log.say(findingLine(finding), finding.severity === 'error' ? 'error' : 'warn');
  const errors = findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  if (first === undefined) return findings;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new StageFailure('recipe', {
    reason: first.rule,
    message: `${first.message}${more}`,
    evidence: placeText(first),
    nextStep: first.fix,
  });
}

async function ensureImages(
  context: Pick<StageContext, 'log' | 'signal' | 'swarm'>,
  images: readonly string[],
): Promise<Images> {
  const found: Images = [];
  for (const image of images) {
    context.signal.throwIfAborted();
    const outcome = await context.swarm.ensureImage(image);
    if (!outcome.ok) {
      const nextStep =
        outcome.fault === 'recipe'
          ? `Check the image's name and tag in the compose file; \`docker pull ${image}\` says the same.`
          : 'Look at the registry and at this machine’s way to it, then run again.';
      throw new StageFailure(outcome.fault, {
        reason: outcome.reason,
        message: `The image "${image}" is not available.`,
        evidence: outcome.message,
        nextStep,
      });
    }
    context.log.say(`image ${image} ${outcome.id.slice(0, 19)}`);
    found.push({ image, id: outcome.id, digest: outcome.digest, bytes: outcome.bytes });
  }
  return found;
}
