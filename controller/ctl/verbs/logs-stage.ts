/** `logs --exit-with-stage --cancel-on-term`: one stage from before it begins to its end, as a step in Drone shows it. */
import { type StageStopped, STAGES, type StepName } from '../../api/stage.ts';
import type { StepStatus } from '../../api/test-run-status.ts';
import type { Cancellation } from '../../api/test-run.ts';
import type { z } from 'zod';
import type { RunView } from '../../views/runs.ts';
import { isOver } from '../../views/standing.ts';
import { oneLine } from '../../views/text.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { headlineOf } from '../../describe/badge.ts';
import { exitOfRun } from '../terminal/verdict-lines.ts';
import { say, type Ctl } from '../terminal/world.ts';

type Step = z.infer<typeof StepStatus>;

interface StageEnd {
  readonly code: ExitCode;
  readonly text: string;
}

/** Done again in each attempt and round: what they come to is known when the run is over. */
const AT_THE_END: readonly StepName[] = ['evidence', 'teardown'];

/** Says what it waits for where that changes, and how the stage ended. */
export function endOfStage(ctl: Ctl, stage: StepName): (run: RunView) => Promise<ExitCode | null> {
  let said = '';
  return async (run) => {
    const step = stepOf(run, stage);
    const end = stageEnd(run, stage, step?.state === 'stopped' ? await stoppedBecause(ctl, run, step) : null);
    if (end !== null) {
      say(ctl, end.text);
      return end.code;
    }
    const words =
      step === undefined
        ? `waiting for ${stage}: ${headlineOf(run, ctl.errStyle)}`
        : `${stage} ${step.state}`;
    if (words !== said) say(ctl, words);
    said = words;
    return null;
  };
}

/** Null while more may come of the stage. Pure. */
export function stageEnd(
  run: RunView,
  stage: StepName,
  stopped: StageStopped['reason'] | null,
): StageEnd | null {
  if (isLeftOut(run, stage)) {
    const asked = run.spec?.stages.join(', ') ?? '';
    const text = `${stage} is no part of run/${run.metadata.name}, which was asked for ${asked}.`;
    return { code: EXIT.ok, text };
  }
  const step = stepOf(run, stage);
  const mayBeOver = isOver(run) || !AT_THE_END.includes(stage);
  const own = step === undefined || !mayBeOver ? null : endOfStep(step, stopped);
  return own ?? (isOver(run) ? notReached(run, stage, step) : null);
}

function isLeftOut({ spec }: RunView, stage: StepName): boolean {
  const isAskedFor = (STAGES as readonly StepName[]).includes(stage);
  return isAskedFor && spec !== null && !(spec.stages as readonly StepName[]).includes(stage);
}

function endOfStep(step: Step, stopped: StageStopped['reason'] | null): StageEnd | null {
  const code = codeOfStep(step, stopped);
  const after = step.message === '' ? '' : `: ${oneLine(step.message)}`;
  return code === null ? null : { code, text: `${step.name} ${step.state}${after}` };
}

/** Of the attempt that counts. */
function stepOf({ status }: RunView, stage: StepName): Step | undefined {
  return status.steps.find(
    ({ name, attempt, state }) => name === stage && attempt === status.attempt && state !== 'absent',
  );
}

/** Null where it runs, or may yet be done once more. */
function codeOfStep({ state }: Step, stopped: StageStopped['reason'] | null): ExitCode | null {
  switch (state) {
    case 'passed':
    case 'skipped':
    case 'unverified':
      return EXIT.ok;
    case 'failed':
      return EXIT.failed;
    case 'errored':
      return EXIT.notJudged;
    case 'stopped':
      return stopped === 'overdue' ? EXIT.failed : EXIT.cancelled;
    case 'absent':
    case 'running':
    case 'overdue':
    case 'lost':
      return null;
    default:
      return state satisfies never;
  }
}

/** The run ended without an end of the stage: never green, unless the run did not need it. */
function notReached(run: RunView, stage: StepName, step: Step | undefined): StageEnd {
  const { phase, verdict, message } = run.status;
  const what = step === undefined ? 'was not reached' : `is ${step.state}`;
  const text = `${stage} ${what}: run/${run.metadata.name} ended before. ${oneLine(message)}`;
  if (phase === 'Refused') return { code: exitOfRun(run), text };
  if (verdict === 'Passed') return { code: EXIT.ok, text };
  return { code: verdict === 'Cancelled' ? EXIT.cancelled : EXIT.notJudged, text };
}

async function stoppedBecause(ctl: Ctl, run: RunView, step: Step): Promise<StageStopped['reason'] | null> {
  const { uid } = run.status;
  const dirs = await ctl.reading.steps(uid);
  const dir = dirs.findLast((each) => each.step === step.name && each.attempt === step.attempt);
  return dir === undefined ? null : ((await ctl.reading.stepFiles(uid, dir)).stopped?.reason ?? null);
}

/** The shell that started us is gone: somebody cancelled the build, or its time was up, and nothing else tells anybody. */
export async function cancelFor(ctl: Ctl, run: RunView): Promise<ExitCode> {
  const { name } = run.metadata;
  const build = ctl.env['DRONE_BUILD_NUMBER'] ?? '';
  const why = /^\d{1,9}$/.test(build)
    ? `its build #${build} was cancelled or ran out of time`
    : 'the step that followed it was ended';
  const wish: Cancellation = { by: 'person', who: 'Drone', why };
  // Before a word: the pipe that it would go into may be gone as well.
  const isNew = !isOver(run) && (await ctl.wishes.cancel(name, wish));
  say(ctl, isNew ? `run/${name} cancelled: ${why}` : `run/${name} was over or cancelled before.`);
  return EXIT.cancelled;
}
