/** Where an upgrade starts from: the nearest published version before the head that can still be deployed, with its own .env. */
import type { FromSelection, PreparedData, UpgradeData } from '../../api/stage-data.ts';
import type { ComposeFacts } from '../../domain/recipe/compose-facts.ts';
import { policyFindings } from '../../domain/policy/policy.ts';
import { findingLine } from '../../domain/recipe/finding.ts';
import { textFindings } from '../../domain/policy/texts.ts';
import { basesOf } from '../../domain/recipe/base-version.ts';
import type { StackSeen } from '../../ports.ts';
import { generateSecrets, keepOnlySecretsOf } from '../app/app-secrets.ts';
import { awaitAnswer, deadlineOf, newApp, takeDown } from '../app/app-steps.ts';
import { baseProofOf } from '../app/identity.ts';
import { listTags } from '../checkout/lint-clone.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { type Deploy, deployHead, deployPinned } from '../app/deploy.ts';
import { RepositoryTooLarge } from '../../git/bounds.ts';
import { checkoutExactly, git } from '../../git/git.ts';
import { policyNames } from '../checkout/policy-names.ts';
import { fileFindings, readRecipe } from '../checkout/recipe-files.ts';
import { StageFailure } from '../step/report.ts';
import { factsWithEnv } from '../app/checkout-facts.ts';

export interface Base {
  readonly from: NonNullable<UpgradeData['from']>;
  readonly facts: ComposeFacts;
  readonly stack: StackSeen;
}

/** Each may take the app's whole time to become healthy, and the stage has a limit. */
const MOST_TRIED = 3;

export interface Selected {
  readonly base: Base | null;
  readonly selection: FromSelection;
}

export async function deployBase(context: StageContext, prepared: PreparedData): Promise<Selected> {
  const wanted = prepared.previousVersion ?? '';
  const tried: FromSelection['tried'] = [];
  // Where images are kept, they are those of one version: another would not run with its own.
  const most = context.request.bump === undefined ? MOST_TRIED : 1;
  for (const version of (await candidates(context, prepared)).slice(0, most)) {
    const base = await context.substep(`from ${version}`, () => tryBase(context, version));
    if ('from' in base) {
      const reason = tried.length === 0 ? 'NewestPublished' : 'NearestDeployable';
      return { base, selection: { wanted, taken: version, reason, tried } };
    }
    context.log.say(`${version} cannot be deployed: ${base.message}`, 'warn');
    tried.push({ version, ...base });
  }
  return { base: null, selection: { wanted, taken: null, reason: 'BaseNotDeployable', tried } };
}

/** The versions that operators may be on, newest first: the one that lint compares with, and those before it. */
export async function candidates(
  { checkout, env }: Pick<StageContext, 'checkout' | 'env'>,
  head: Pick<PreparedData, 'commit' | 'version'>,
): Promise<string[]> {
  return basesOf(await listTags({ cwd: checkout, env }), head).map(({ name }) => name);
}

/** Why a version cannot be deployed is no fault of the head's, whoever's it is; only the machine's own ends the stage. */
export async function tryBase(
  context: StageContext,
  version: string,
): Promise<Base | { reason: string; message: string }> {
  try {
    return await deployVersion(context, version);
  } catch (error) {
    if (error instanceof RepositoryTooLarge) return { reason: error.reason, message: error.message };
    if (!(error instanceof StageFailure) || error.fault === 'infra') throw error;
    return { reason: error.failure.reason, message: error.message };
  }
}

async function deployVersion(context: StageContext, version: string): Promise<Base> {
  const { checkout, env } = context;
  await takeDown(context);
  const commit = await git(['rev-parse', '--verify', `refs/tags/${version}^{commit}`], {
    cwd: checkout,
    env,
  });
  await checkoutExactly(checkout, commit, env);
  await mayBeDeployed(context);
  await newApp(context);
  const { facts } = await factsWithEnv(context);
  await keepOnlySecretsOf(facts, context);
  await generateSecrets(context);
  const since = context.clock.now();
  const deadline = deadlineOf(context, since);
  const { stack, deployed } = await deployTag(context, version, { commit, since, deadline });
  await awaitAnswer(context, deadline);
  const specs = await context.specs.specs(context.request.app.stack);
  const proof = baseProofOf({ stack, specs, facts, version, commit, deployed });
  return { from: { version, commit, deployed, proof }, facts, stack };
}

/** What was published once is a stranger's as well: the same policy, and images that can still be had. */
async function mayBeDeployed(context: App & Pick<Tools, 'abra' | 'swarm'>): Promise<void> {
  const { request, swarm } = context;
  const { facts, documented, texts } = await readRecipe(context);
  const findings = [
    ...textFindings(texts, context.abra.takes),
    ...policyFindings(facts, request.settings.allow, policyNames(context, documented)),
    ...(await fileFindings(context.checkout, facts)),
  ];
  const refused = findings.find(({ severity }) => severity === 'error');
  if (refused !== undefined)
    throw new StageFailure('recipe', { reason: refused.rule, message: findingLine(refused) });
  for (const image of facts.images) {
    const outcome = await swarm.ensureImage(image);
    if (!outcome.ok)
      throw new StageFailure(outcome.fault, {
        reason: outcome.reason,
        message: `The image "${image}" is not available.`,
        evidence: outcome.message,
      });
  }
}

/** abra refuses a pinned deploy where any version tag is lightweight (docs/abra.md, 6.5); the commit is the same. */
async function deployTag(
  context: App & Pick<Tools, 'abra' | 'specs' | 'swarm'> & Step,
  version: string,
  deploy: Deploy,
): Promise<{ stack: StackSeen; deployed: 'pinned' | 'chaos' }> {
  try {
    return { stack: await deployPinned(context, { ...deploy, version }), deployed: 'pinned' };
  } catch (error) {
    if (!(error instanceof StageFailure) || !/lightweight|R014/i.test(error.message)) throw error;
    context.log.say(`${version} is deployed by its commit: ${error.message}`, 'warn');
    return { stack: await deployHead(context, deploy), deployed: 'chaos' };
  }
}
