/** The recipe's own tests of a stage, run against the live app. */
import type { StageName } from '../../api/stage.ts';
import type { PreparedData } from '../../api/stage-data.ts';
import type { TestsJudged } from '../../domain/tests/judge-tests.ts';
import type { AppContext } from '../app/app-context.ts';
import type { App, StageContext, Step } from '../step/context.ts';
import { readSidecar } from '../../store/sidecar.ts';
import { quarantineOf, withQuarantineSaid } from './quarantine.ts';
import { type RecipeTestsResult, runRecipeTests } from './recipe-tests.ts';
import { StageFailure } from '../step/report.ts';

export interface AppTests {
  readonly stage: StageName;
  readonly prepared: PreparedData;
}

/** Tests that wait for something that never comes must not hold the slot for the stage's whole limit, in which they are tried twice. */
const TESTS_MS = 4 * 60_000;

/** Throws a StageFailure for a failed or a broken test; what was only skipped is returned as unverified. */
export async function runAppTests(context: App & Step, asked: AppTests): Promise<RecipeTestsResult> {
  return passedOrThrown(context, asked.stage, await judgeAppTests(context, asked));
}

/** As they went, also where they failed. */
export async function judgeAppTests(
  context: App & Step,
  { stage, prepared }: AppTests,
): Promise<RecipeTestsResult> {
  const { request, config, layout, log, signal } = context;
  return runRecipeTests({
    recipe: request.recipe,
    stage,
    testsDir: config.testsDir,
    workDir: layout.secretsDir(request.uid),
    context: appContextOf(context, prepared),
    secrets: await readSidecar(context.sidecar),
    timeoutMs: TESTS_MS,
    quarantine: quarantineOf(context).inForce,
    signal,
    onLine: log.from('tests'),
  });
}

export function passedOrThrown<T extends TestsJudged>(
  context: Pick<StageContext, 'request' | 'clock' | 'log'>,
  stage: StageName,
  judged: T,
): T {
  const result = withQuarantineSaid(context, stage, judged);
  if (result.outcome !== 'failed' && result.outcome !== 'errored') return result;
  const cause = result.cause ?? { reason: 'TestsFailed', message: result.message };
  throw new StageFailure(result.outcome === 'failed' ? 'recipe' : 'infra', cause, { tests: result.tests });
}

/** For stages that judge by more than tests: null where nobody wrote any. */
export async function runOwnTests(context: App & Step, asked: AppTests): Promise<RecipeTestsResult | null> {
  return context.substep('tests', async () => {
    const result = await runAppTests(context, asked);
    return result.source === 'none' ? null : result;
  });
}

/** For the end of a message. */
export function saidBy(tested: TestsJudged | null): string {
  return tested === null ? '' : ` ${tested.message}`;
}

export function appContextOf(context: App, prepared: PreparedData): AppContext {
  const { request, config, artifacts, sidecar, env } = context;
  return {
    url: `https://${request.app.domain}`,
    domain: request.app.domain,
    zone: config.zone,
    stack: request.app.stack,
    recipe: request.recipe,
    commit: prepared.commit,
    version: prepared.version,
    dockerHost: config.dockerHost,
    address: config.proxyAddress,
    caFile: config.caFile,
    chromium: config.chromium,
    artifactsDir: artifacts,
    secretsFile: sidecar,
    health: { path: request.settings.health.path, status: request.settings.health.status },
    env: { ...env },
  };
}
