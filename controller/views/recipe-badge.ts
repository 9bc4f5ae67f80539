/** What a recipe's badge says of its runs. Pure. */
import type { StageName } from '../api/stage.ts';
import { lookOf } from '../domain/run/appearance.ts';
import { isGreen, isRed, isUnderWay, judgesRecipe } from './overview.ts';
import type { RunView } from './runs.ts';

export interface BadgeWanted {
  /** Of this pull request; null for what is published, whose badge no pull request changes. */
  readonly pr: number | null;
  readonly stage: StageName | null;
  readonly version: string | null;
}

export interface RecipeBadge {
  readonly message: string;
  readonly color: string;
}

const COLORS = {
  green: '#4c1',
  lime: '#97ca00',
  olive: '#a4a61d',
  yellow: '#dfb317',
  orange: '#fe7d37',
  red: '#e05d44',
  blue: '#007ec6',
  gray: '#9f9f9f',
} as const;
const OF_LEVEL = [COLORS.red, COLORS.orange, COLORS.yellow, COLORS.olive, COLORS.lime, COLORS.green];

export const UNKNOWN_RECIPE: RecipeBadge = { message: 'unknown recipe', color: COLORS.gray };
const NO_RESULTS: RecipeBadge = { message: 'no results', color: COLORS.gray };

/** `runs` are the recipe's, newest first. */
export function badgeOf(runs: readonly RunView[], wanted: BadgeWanted): RecipeBadge {
  const own = runs.filter((run) => judgesRecipe(run) && isWanted(run, wanted));
  const run = own.find((each) => isUnderWay(each) || isRed(each) || isGreen(each));
  if (run === undefined) return NO_RESULTS;
  if (wanted.stage !== null) return badgeOfStage(run, wanted.stage);
  if (isUnderWay(run)) return { message: 'running', color: COLORS.blue };
  if (isRed(run)) return { message: 'failing', color: COLORS.red };
  const { level, levelSays } = run.status;
  if (level === null) return NO_RESULTS;
  const note = levelSays.replace(/^\d of \d/, '');
  return { message: `level ${level}${note}`, color: OF_LEVEL[level] ?? COLORS.gray };
}

function isWanted({ spec, status }: RunView, { pr, version }: BadgeWanted): boolean {
  return (spec?.source.pr ?? null) === pr && (version === null || status.version === version);
}

const OF_TONE: Readonly<Record<string, string>> = {
  green: COLORS.green,
  red: COLORS.red,
  blue: COLORS.blue,
  yellow: COLORS.orange,
};

function badgeOfStage({ status }: RunView, stage: StageName): RecipeBadge {
  const step = status.steps.findLast(({ name, attempt }) => name === stage && attempt === status.attempt);
  const { word, tone } = lookOf(step?.state ?? 'absent');
  return { message: `${stage} ${word}`, color: OF_TONE[tone] ?? COLORS.gray };
}
