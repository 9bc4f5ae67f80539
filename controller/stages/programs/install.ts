/** Install: a new app, its secrets, the deploy, and the proof that what answers is the commit under test. */
import type { InstallData } from '../../api/stage-data.ts';
import { generateSecrets } from '../app/app-secrets.ts';
import { awaitAnswer, deadlineOf, newApp } from '../app/app-steps.ts';
import type { StageProgram } from '../step/context.ts';
import { deployHead } from '../app/deploy.ts';
import { keepDeployed } from '../app/keep-deployed.ts';
import { proofOf } from '../app/identity.ts';
import { runAppTests } from '../tests/app-tests.ts';
import { takePicture } from './picture.ts';
import { whileRunning } from '../app/guard-running.ts';

export const install: StageProgram<'install'> = async (context, earlier) => {
  const prepared = earlier.prepared();
  const began = context.clock.now();
  const deadline = deadlineOf(context, began);

  await context.substep('new', () => newApp(context));
  const secrets = await context.substep('secrets', () => generateSecrets(context));
  await keepDeployed(context);
  const deploying = context.clock.now();
  const stack = await context.substep('deploy', () =>
    deployHead(context, { commit: prepared.commit, since: began, deadline }),
  );
  const { proof, tested, secondsToHealthy } = await whileRunning(context, stack, async () => {
    const route = await context.substep('route', () => awaitAnswer(context, deadline));
    const secondsToHealthy = (context.clock.now().getTime() - deploying.getTime()) / 1000;
    const proof = proofOf({ stack, route, commit: prepared.commit, images: prepared.images });
    // Beside the tests, so that the browser's start costs no time of its own; it is over before they are judged.
    const taken = takePicture(context);
    try {
      const tested = await context.substep('tests', () =>
        runAppTests(context, { stage: 'install', prepared }),
      );
      return { proof, tested, secondsToHealthy };
    } finally {
      await taken;
    }
  });
  const { outcome, tests, message } = tested;
  const data: InstallData = { proof, secrets, secondsToHealthy };
  return {
    outcome,
    message: `Healthy behind the proxy as ${proof.chaosVersion}. ${message}`,
    tests,
    data,
  };
};
