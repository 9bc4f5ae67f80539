/** What was said in a line of a log, with its colours. */
import type { LogLine } from '../controller/api/stage.ts';
import { spansOf } from './ansi.ts';
import { html, type Html } from './html.ts';

/** A level that matters is a word besides its colour. */
export function saidBy(level: LogLine['level']): string {
  return level === 'error' || level === 'warn' ? `${level}: ` : '';
}

/** Of a text that `publicText` made. */
export function colouredText(text: string): Html {
  return html`${spansOf(text).map((span) =>
    span.classes === '' ? span.text : html`<span class="${span.classes}">${span.text}</span>`,
  )}`;
}
