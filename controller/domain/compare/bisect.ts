/** What runs with one image bump each say about the run that had all of them. Pure. */
import type { ImageChange } from '../../api/bump.ts';
import type { Cause, StepName } from '../../api/stage.ts';
import type { Verdict } from '../../api/test-run-status.ts';
import { bumpText, quoted } from '../recipe/image-bumps.ts';

/** How a run ended. */
export interface End {
  /** Null where it has none: it was not made, refused or deleted, and `message` says so. */
  readonly verdict: Verdict | null;
  /** Where it failed. */
  readonly step: StepName | null;
  readonly cause: Pick<Cause, 'reason' | 'message' | 'service'> | null;
  readonly message: string;
}

export interface Tried {
  readonly change: ImageChange;
  readonly end: End;
}

export const ALONE = ['like', 'otherwise', 'passed', 'unjudged'] as const;
/** How one bump alone ended, beside the run with all of them. */
export type Alone = (typeof ALONE)[number];

export function aloneOf(whole: End, end: End): Alone {
  switch (end.verdict) {
    case 'Passed':
      return 'passed';
    case 'Failed':
    case 'TimedOut':
      return isLike(whole, end) ? 'like' : 'otherwise';
    default:
      return 'unjudged';
  }
}

/** The words of a cause hold names and numbers that differ from run to run. */
function isLike(a: End, b: End): boolean {
  return (
    a.verdict === b.verdict &&
    a.step === b.step &&
    a.cause?.reason === b.cause?.reason &&
    a.cause?.service === b.cause?.service
  );
}

export function causeText({ step, cause, message }: End): string {
  return [step, cause?.reason, cause?.message ?? message].filter((part) => part != null).join(': ');
}

export interface Conclusion {
  readonly judged: boolean;
  readonly text: string;
}

export interface Bisected {
  /** The run that had all bumps. */
  readonly whole: End;
  readonly tried: readonly Tried[];
  /** The head with no image bumped; null where it was not asked for. */
  readonly none: End | null;
}

type Sorted = Readonly<Record<Alone, readonly Tried[]>>;

function sorted(whole: End, tried: readonly Tried[]): Sorted {
  const of = (alone: Alone): Tried[] => tried.filter(({ end }) => aloneOf(whole, end) === alone);
  return { like: of('like'), otherwise: of('otherwise'), passed: of('passed'), unjudged: of('unjudged') };
}

/** Where every bump fails alone, the images may have no part in it: only the head without any of them can tell. */
export function asksForNone(whole: End, tried: readonly Tried[]): boolean {
  return tried.length > 0 && sorted(whole, tried).like.length === tried.length;
}

export function conclusionOf(bisected: Bisected): Conclusion {
  const { whole, tried } = bisected;
  const by = sorted(whole, tried);
  if (by.like.length === 0) return noneAlike(by);
  if (by.like.length === tried.length) return allAlike(bisected);
  const who = `${by.like.length === 1 ? 'The bump of' : 'Each of the bumps of'} ${named(by.like)}`;
  const text = `${who} alone fails like the run did: ${sentence(causeText(whole))}`;
  return { judged: true, text: [text, ...asides(by)].join(' ') };
}

function noneAlike(by: Sorted): Conclusion {
  const [unjudged] = by.unjudged;
  if (unjudged !== undefined)
    return { judged: false, text: `Could not judge: ${asides(by).join(' ').replace(/^The/, 'the')}` };
  const said = by.otherwise.length === 0 ? 'None fails alone' : 'None fails alone like the run did';
  const text = `${said}: they fail only together, or the failure does not come back.`;
  return { judged: true, text: [text, ...asides(by)].join(' ') };
}

function allAlike({ whole, tried, none }: Bisected): Conclusion {
  const how = sentence(causeText(whole));
  const all = `Each of the ${tried.length} bumps alone fails like the run did: ${how}`;
  const alone = none === null ? null : aloneOf(whole, none);
  switch (alone) {
    case null:
      return { judged: true, text: all };
    case 'like':
      return {
        judged: true,
        text: `No image bump is to blame: with none of them the commit fails like the run did: ${how} Look at what else it changes.`,
      };
    case 'passed':
      return { judged: true, text: `${all} With none of them the commit passes.` };
    case 'otherwise':
      return {
        judged: true,
        text: `${all} With none of them it fails differently: ${sentence(endText(none))}`,
      };
    case 'unjudged':
      return {
        judged: false,
        text: `${all} Could not judge whether the images are to blame: the run with none of them: ${sentence(endText(none))}`,
      };
    default:
      return alone satisfies never;
  }
}

/** What else is to be known of the bumps that did not fail like the run. */
function asides({ otherwise, unjudged }: Sorted): string[] {
  return [
    ...otherwise.map(
      ({ change, end }) =>
        `The bump of ${changeText(change)} alone fails differently: ${sentence(endText(end))}`,
    ),
    ...unjudged.map(
      ({ change, end }) =>
        `The bump of ${changeText(change)} alone was not judged: ${sentence(endText(end))}`,
    ),
  ];
}

const endText = (end: End | null): string => (end === null ? '' : causeText(end));

const changeText = (change: ImageChange): string => `${quoted([change.service])} (${bumpText(change)})`;

function named(tried: readonly Tried[]): string {
  const each = tried.map(({ change }) => changeText(change));
  return each.length === 1 ? (each[0] ?? '') : `${each.slice(0, -1).join(', ')} and ${each.at(-1)}`;
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
