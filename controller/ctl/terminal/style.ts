/** Colours and icons on a terminal. */
import { styleText } from 'node:util';
import type { BadgeStyle } from '../../describe/badge.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type ColorChoice = 'auto' | 'always' | 'never';

export interface Style extends BadgeStyle {
  readonly color: boolean;
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
