/** Test: the recipe's own functional tests against the app as the stages before left it. */
import { PreparedData } from '../api/stage-data.ts';
import { runAppTests } from './app-tests.ts';
import { resultOf, type StageProgram } from './context.ts';
import { settled } from './settled.ts';
import { whileRunning } from './still-running.ts';

export const functional: StageProgram = async (context) => {
  const prepared = PreparedData.parse((await resultOf(context, 'prepare'))?.data);
  if ((await resultOf(context, 'install'))?.outcome !== 'passed') {
    const message = 'The stage "test" goes on from an app that "install" deployed: ask for both.';
    return { outcome: 'unverified', message, cause: { reason: 'NotInstalled', message } };
  }
  const stack = await context.substep('settled', () => settled(context, prepared.commit));
  const { outcome, tests, message } = await whileRunning(context, stack, () =>
    context.substep('tests', () => runAppTests(context, { stage: 'test', prepared })),
  );
  return { outcome, tests, message };
};
