/** Whether a run's image bumps can be told apart, and by which runs. Pure. */
import { createHash } from 'node:crypto';
import type { ImageChange } from '../../api/bump.ts';
import type { StageName, StepName, StepState } from '../../api/stage.ts';
import type { Verdict } from '../../api/test-run-status.ts';
import { bumpText } from '../recipe/image-bumps.ts';

/** Each costs a whole deploy. */
export const BISECT_MOST = 8;

export interface Subject {
  readonly run: string;
  readonly phase: string;
  readonly verdict: Verdict | null;
  /** It applied only some bumps itself. */
  readonly partial: boolean;
  readonly stages: readonly StageName[];
  /** Of the last attempt. */
  readonly steps: readonly { readonly name: StepName; readonly state: StepState }[];
  readonly changes: readonly ImageChange[];
  /** It failed on the way from a version that is older than the one whose images would be kept. */
  readonly fromOlder: boolean;
}

export type Plan =
  | {
      readonly ok: true;
      readonly stages: StageName[];
      readonly tried: ImageChange[];
      readonly left: ImageChange[];
    }
  | { readonly ok: false; readonly why: string; readonly next: string };

export function planOf(subject: Subject): Plan {
  const { run, stages, changes } = subject;
  const step = failedStep(subject.steps);
  const refused = unfit(subject) ?? unfitFailure(subject, step) ?? tooFew(run, changes);
  if (refused !== null || step === null) return { ok: false, ...(refused ?? noFailure(run)) };
  const last = stages.findIndex((stage) => stage === step);
  return {
    ok: true,
    stages: stages.slice(0, last < 0 ? undefined : last + 1).filter((stage) => stage !== 'lint'),
    tried: changes.slice(0, BISECT_MOST),
    left: changes.slice(BISECT_MOST),
  };
}

type Refusal = { readonly why: string; readonly next: string } | null;

/** An unverified step does not end a run, so that it is not the one that failed. */
export function failedStep(steps: Subject['steps']): StepName | null {
  const ends: readonly StepState[] = ['failed', 'stopped', 'overdue'];
  return steps.find(({ state }) => ends.includes(state))?.name ?? null;
}

function unfit({ run, phase, verdict, partial }: Subject): Refusal {
  const again = `\`ccci-ctl rerun run/${run} --wait\` asks again; bisect that run if it fails.`;
  if (phase === 'Refused')
    return {
      why: `run/${run} was refused, so nothing failed.`,
      next: `See \`ccci-ctl describe run/${run}\`.`,
    };
  if (phase !== 'Finished' || verdict === null)
    return {
      why: `run/${run} is not finished: it is ${phase}.`,
      next: `\`ccci-ctl wait run/${run} --for=verdict\`, then bisect.`,
    };
  if (verdict === 'Passed')
    return { why: `run/${run} is green: no image bump breaks it.`, next: 'Bisect a run that failed.' };
  if (verdict === 'Errored')
    return { why: `run/${run} was not judged, so there is no failure to look for.`, next: again };
  if (verdict === 'Cancelled') return { why: `run/${run} was cancelled before it failed.`, next: again };
  if (!partial) return null;
  return {
    why: `run/${run} applied only some image bumps itself.`,
    next: 'Bisect the run of the whole commit.',
  };
}

const noFailure = (run: string): NonNullable<Refusal> => ({
  why: `run/${run} has no step on record that failed.`,
  next: `See \`ccci-ctl describe run/${run}\`.`,
});

function unfitFailure({ run, fromOlder }: Subject, step: StepName | null): Refusal {
  if (step === null) return noFailure(run);
  if (step === 'prepare' || step === 'lint')
    return {
      why: `run/${run} failed in ${step}, before anything was deployed: one image or another makes no difference.`,
      next: `\`ccci-ctl describe run/${run}\` says what to correct.`,
    };
  if (!fromOlder) return null;
  return {
    why: `run/${run} failed only on the way from a version older than the one before it, whose images are those that a bisect keeps.`,
    next: `\`ccci-ctl describe run/${run}\` says from which version.`,
  };
}

function tooFew(run: string, changes: readonly ImageChange[]): Refusal {
  const [only, ...more] = changes;
  if (more.length > 0) return null;
  const described = `\`ccci-ctl describe run/${run}\` says how it failed.`;
  if (only !== undefined)
    return {
      why: `run/${run} changes one image only, that of "${only.service}" (${bumpText(only)}): there is nothing to tell apart.`,
      next: described,
    };
  return {
    why: `run/${run} has no changed image on record.`,
    next: `${described} A run that an older cc-ci made has no record of images: \`ccci-ctl rerun run/${run}\` first.`,
  };
}

const MAX_NAME = 63;
const MAX_SERVICE = 24;

/** `<run>-only-<service>`, always the same for the same two; `<run>-no-bump` for the run with none. */
export function bisectRunName(run: string, service: string | null): string {
  const slug = (service ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, MAX_SERVICE)
    .replaceAll(/^-+|-+$/g, '');
  const tail = service === null ? '-no-bump' : `-only-${slug}`;
  const plain = run + tail;
  if (plain.length <= MAX_NAME && slug === (service ?? '')) return plain;
  const mark = createHash('sha256').update(`${run}\n${service}`).digest('hex').slice(0, 6);
  return `${run.slice(0, MAX_NAME - tail.length - mark.length - 1).replace(/[-.]+$/, '')}${tail}-${mark}`;
}
