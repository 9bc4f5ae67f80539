/** The level that a run reached, and what has to be said with it. Pure. */
import type { StageName, StageResult, TestCase } from '../../api/stage.ts';
import type { StepSeen } from '../../ports.ts';

/** From below. Lint is on top: what it says does not hide what the others say. */
export const RUNGS: readonly (readonly StageName[])[] = [
  ['install'],
  ['upgrade'],
  ['backup', 'restore'],
  ['test'],
  ['lint'],
];

/** A stage as the ladder sees it. */
export interface Stood {
  readonly step: StepSeen['step'];
  readonly state: StepSeen['state'];
  /** Passed, and nothing but an HTTP answer was judged. */
  readonly superficial?: boolean;
}

export function stoodOf({ step, state, result }: StepSeen): Stood {
  return { step, state, superficial: state === 'passed' && isSuperficial(result) };
}

/** Data that was followed counts for an upgrade; for the rung `test` only a test of the recipe's own, ours for it or its repository's. */
export function isSuperficial(result: StageResult | null): boolean {
  switch (result?.step) {
    case 'upgrade':
      return (result.data?.ledger ?? []).length === 0 && !result.tests.some(tellsMore);
    case 'test':
      return !result.tests.some(tellsMore);
    default:
      return false;
  }
}

/** The floor that holds for every recipe is no test of this one's, and a test that says `superficial` in its name is none either. */
function tellsMore({ source, file, name, state }: TestCase): boolean {
  const isFloor = source === 'ccci' && file.startsWith('_generic/');
  return state === 'passed' && !isFloor && !/\bsuperficial\b/i.test(name);
}

/** The highest rung with every rung below it earned: passed by more than an answer, or skipped for a declared reason. Null where install was not judged. */
export function levelOf(stood: readonly Stood[]): number | null {
  const install = stood.find(({ step }) => step === 'install')?.state;
  if (install === 'failed') return 0;
  if (install !== 'passed') return null;
  const missed = RUNGS.findIndex((rung) => !rung.every((stage) => isEarned(stood, stage)));
  return missed === -1 ? RUNGS.length : missed;
}

function isEarned(stood: readonly Stood[], stage: StageName): boolean {
  const found = stood.find(({ step }) => step === stage);
  if (found?.state === 'skipped') return true;
  return found?.state === 'passed' && found.superficial !== true;
}

/** Whether lint judged abra's own rules; null where it judged nothing. */
export function abraRulesIn(steps: readonly StepSeen[]): boolean | null {
  const result = steps.find(({ step }) => step === 'lint')?.result;
  return result?.step === 'lint' ? (result.data?.abra.ownRulesJudged ?? null) : null;
}

export const ABRA_NOT_JUDGED = 'abra’s own rules not judged';

/** For people: the level with what has to be known of it; '' where there is none. */
export function levelText(
  level: number | null,
  stood: readonly Stood[],
  abraRulesJudged: boolean | null,
): string {
  if (level === null) return '';
  const plain = `${level} of ${RUNGS.length}`;
  if (level === RUNGS.length) return abraRulesJudged === true ? plain : `${plain}, ${ABRA_NOT_JUDGED}`;
  const shallow = (RUNGS[level] ?? []).filter(
    (stage) => stood.find(({ step }) => step === stage)?.superficial === true,
  );
  return shallow.length === 0 ? plain : `${plain}, ${shallow.join(' and ')} superficial`;
}

/** What older statuses do not say, the number says alone. */
export function shownLevel({
  level,
  levelSays,
}: {
  readonly level: number | null;
  readonly levelSays: string;
}): string {
  if (level === null) return '';
  return levelSays === '' ? `${level} of ${RUNGS.length}` : levelSays;
}
