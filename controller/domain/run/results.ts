/** `results.json`: the verdict and its proof, for machines. Pure. */
import type { TestRunStatusBody } from '../../api/test-run-status.ts';
import type { RunResults } from '../../api/results.ts';
import { API_VERSION } from '../../api/primitives.ts';
import type { StepSeen } from '../../ports.ts';
import type { RunView } from './facts-of.ts';
import { stoodOf } from './level.ts';
import { resourcesOf } from './resources.ts';
import { comparisonOf, type Earlier } from './resources-compared.ts';

const secondsBetween = (from: Date | null, to: Date | null): number | null =>
  from === null || to === null ? null : Math.round((to.getTime() - from.getTime()) / 10) / 100;

function saidBy({
  result,
  problem,
}: StepSeen): Pick<RunResults['steps'][number], 'message' | 'substeps' | 'tests' | 'cause' | 'data'> {
  if (result === null) return { message: problem, substeps: [], tests: [], cause: null, data: {} };
  const { message, substeps, tests, cause = null, data, resources } = result;
  const used = resources === null ? {} : { resources };
  return { message, substeps, tests, cause, data: { ...data, ...used } };
}

/** What was not looked at is not proven. */
function flagsOf({ leftovers, seen, steps }: RunView): NonNullable<RunResults['flags']> {
  const teardown = steps.findLast(({ step }) => step === 'teardown');
  const scans = seen.steps.flatMap(({ scan }) => scan ?? []);
  return {
    'clean-teardown': leftovers.length === 0 && teardown?.result?.outcome === 'passed',
    'no-leak': teardown?.scan?.clean === true && scans.every(({ leaks }) => leaks.length === 0),
  };
}

/** `earlier` are the green runs of the same kind, newest first. */
export function resultsOf(view: RunView, status: TestRunStatusBody, earlier: readonly Earlier[]): RunResults {
  const used = resourcesOf(view.steps);
  const stepOf = (step: StepSeen): RunResults['steps'][number] => ({
    name: step.step,
    attempt: step.attempt,
    round: step.round,
    state: step.state,
    superficial: stoodOf(step).superficial === true,
    seconds: secondsBetween(step.startedAt, step.finishedAt),
    ...saidBy(step),
  });
  return {
    apiVersion: API_VERSION,
    kind: 'RunResults',
    run: view.docs.name,
    uid: status.uid,
    recipe: status.accepted?.run.recipe ?? '',
    pr: status.accepted?.run.source.pr ?? null,
    commit: status.commit,
    version: status.version,
    deployer: status.deployer,
    app: status.app,
    verdict: status.verdict ?? 'Errored',
    level: status.level,
    levelSays: status.levelSays,
    abraRulesJudged: status.abraRulesJudged,
    message: status.message,
    cause: status.cause,
    beganAt: status.begunAt,
    finishedAt: status.finishedAt,
    attempts: status.attempt,
    leftovers: [...view.leftovers],
    flags: flagsOf(view),
    resources: used === null ? null : { ...used, comparison: comparisonOf(used, earlier) },
    steps: [...view.seen.steps]
      .sort((a, b) => (a.startedAt?.getTime() ?? Infinity) - (b.startedAt?.getTime() ?? Infinity))
      .map(stepOf),
  };
}
