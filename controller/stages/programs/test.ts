/** Test: functional tests against the app as the stages before left it, ours and those of the recipe's own repository. */
import type { PreparedData } from '../../api/stage-data.ts';
import { mergeTests, type TestsJudged } from '../../domain/tests/judge-tests.ts';
import { judgeAppTests, passedOrThrown } from '../tests/app-tests.ts';
import type { App, StageProgram, Step } from '../step/context.ts';
import { runLocalTests } from '../tests/local-tests.ts';
import { notInstalled } from '../step/report.ts';
import { withResilience } from './resilience.ts';
import { awaitSettled } from '../app/wait-at-rest.ts';
import { whileRunning } from '../app/guard-running.ts';

export const functional: StageProgram<'test'> = async (context, earlier) => {
  const prepared = earlier.prepared();
  if (earlier.of('install')?.outcome !== 'passed') return notInstalled('test');
  const stack = await context.substep('settled', () => awaitSettled(context, prepared.commit));
  const judged = await whileRunning(context, stack, () => judgeBoth(context, prepared));
  if (context.request.settings.resilience) return withResilience(context, prepared, judged);
  const { outcome, tests, message } = judged;
  return { outcome, tests, message };
};

/** A red test of ours does not hide what the recipe's own say. */
async function judgeBoth(context: App & Step, prepared: PreparedData): Promise<TestsJudged> {
  const ours = await context.substep('tests', () => judgeAppTests(context, { stage: 'test', prepared }));
  const theirs = await context.substep('recipe-tests', () => runLocalTests(context, prepared));
  const parts = theirs === null ? [ours] : ours.source === 'none' ? [theirs] : [ours, theirs];
  return passedOrThrown(context, 'test', mergeTests(parts));
}
