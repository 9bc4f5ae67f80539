/** Where a reader of a run's log stands: between two lines of one step. Pure. */
import type { StepDir } from '../store/step-files.ts';

export interface LogPlace {
  /** `1-install` */
  readonly step: string;
  /** The byte at which the next line begins, and its number, from 1. */
  readonly offset: number;
  readonly line: number;
}

export function placeText({ step, offset, line }: LogPlace): string {
  return `${step}:${offset}:${line}`;
}

const PLACE = /^(?<step>\d{1,6}-[a-z]{1,20}(?:-\d{1,6})?):(?<offset>\d{1,12}):(?<line>[1-9]\d{0,9})$/;

/** Null where it is none: it comes from whoever asks. */
export function placeIn(text: string): LogPlace | null {
  const { step, offset, line } = PLACE.exec(text)?.groups ?? {};
  return step === undefined ? null : { step, offset: Number(offset), line: Number(line) };
}

/** The first line of the last attempt; null where no step has a folder yet. */
export function firstPlace(steps: readonly StepDir[]): LogPlace | null {
  const last = steps.at(-1);
  const first = steps.find(({ attempt }) => attempt === last?.attempt);
  return first === undefined ? null : { step: first.name, offset: 0, line: 1 };
}
