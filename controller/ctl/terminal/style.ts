/** Colours and icons: one vocabulary with the pages, the badge and the comment. */
import { styleText } from 'node:util';
import type { Verdict } from '../../api/test-run-status.ts';
import type { Environment } from './world.ts';

export type ColorChoice = 'auto' | 'always' | 'never';
export type Tone = 'gray' | 'blue' | 'green' | 'red' | 'yellow' | 'bold';

export interface Style {
  readonly color: boolean;
  readonly unicode: boolean;
  paint(tone: Tone, text: string): string;
}

/** `--color` wins, then FORCE_COLOR, then NO_COLOR, TERM=dumb and pipes (no-color.org). */
export function wantsColor(choice: ColorChoice, env: Environment, isTTY: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  const force = env['FORCE_COLOR'] ?? '';
  if (force !== '') return force !== '0' && force !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return isTTY;
}

/** The first of LC_ALL, LC_CTYPE and LANG that is set decides, as in libc. */
export function isUtf8(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => (value ?? '') !== '');
  return /utf-?8/i.test(locale ?? '');
}

export function makeStyle(color: boolean, unicode: boolean): Style {
  return {
    color,
    unicode,
    paint: (tone, text) => (color && text !== '' ? styleText(tone, text, { validateStream: false }) : text),
  };
}

interface Look {
  readonly icon: string;
  readonly ascii: string;
  readonly tone: Tone;
  readonly word: string;
}

const look = (icon: string, ascii: string, [tone, word]: [Tone, string]): Look => ({
  icon,
  ascii,
  tone,
  word,
});

const GREY = (word: string): Look => look('◌', 'o', ['gray', word]);
const BLUE = (word: string): Look => look('▶', '>', ['blue', word]);

const LOOKS: Readonly<Record<string, Look>> = {
  Pending: GREY('pending'),
  Queued: GREY('queued'),
  Running: BLUE('running'),
  Collecting: BLUE('collecting evidence'),
  Cleaning: BLUE('cleaning up'),
  Blind: look('⚠', '!', ['yellow', 'blind: the swarm cannot be seen']),
  Refused: look('✘', 'x', ['red', 'refused']),
  Finished: look('✔', '+', ['gray', 'finished']),
  Passed: look('✔', '+', ['green', 'passed']),
  Failed: look('✘', 'x', ['red', 'failed']),
  Errored: look('⚠', '!', ['yellow', 'not judged']),
  TimedOut: look('⏱', 'T', ['red', 'timed out']),
  Cancelled: look('⊘', '/', ['gray', 'cancelled']),
  // steps
  absent: look('–', '-', ['gray', 'not reached']),
  running: BLUE('running'),
  overdue: look('⏱', 'T', ['red', 'overdue']),
  stopped: look('⊘', '/', ['gray', 'stopped']),
  lost: look('⚠', '!', ['yellow', 'lost']),
  passed: look('✔', '+', ['green', 'passed']),
  failed: look('✘', 'x', ['red', 'failed']),
  errored: look('⚠', '!', ['yellow', 'not judged']),
  skipped: look('–', '-', ['gray', 'skipped']),
  unverified: look('?', '?', ['yellow', 'not verified']),
  // doctor
  ok: look('✔', '+', ['green', 'ok']),
  warn: look('⚠', '!', ['yellow', 'warn']),
  fail: look('✘', 'x', ['red', 'fail']),
};

const UNKNOWN = look('?', '?', ['gray', 'unknown']);

export function lookOf(state: string): Look {
  return LOOKS[state] ?? UNKNOWN;
}

/** `✔ passed`, `✘ failed: upgrade`: always a word beside the icon. */
export function badge(style: Style, state: string, detail = ''): string {
  const { icon, ascii, tone, word } = lookOf(state);
  const text = `${style.unicode ? icon : ascii} ${word}${detail === '' ? '' : `: ${detail}`}`;
  return style.paint(tone, text);
}

/** Where widths are counted before colours would be seen. */
export function plainBadge(style: Style, state: string): string {
  return badge({ ...style, color: false, paint: (_tone, text) => text }, state);
}

/** What a run is shown as: its phase, or its verdict once it is finished. */
export function shownPhase(status: { readonly phase: string; readonly verdict: Verdict | null }): string {
  return status.phase === 'Finished' && status.verdict !== null ? status.verdict : status.phase;
}
