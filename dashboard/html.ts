/** The template of every page: what is put into it is text, and only what was made by it is markup. */
import { printable, withoutCredentials } from '../controller/views/text.ts';

/** Made by `html` alone, so that nothing that was read from a file can pass for it. */
export class Html {
  readonly #text: string;
  constructor(key: symbol, text: string) {
    if (key !== KEY) throw new TypeError('Markup is made by html`…`.');
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}
const KEY = Symbol('html');

export type Value = Html | string | number | null | undefined | false | readonly Value[];

/** Values in attributes have to stand in double quotes, and those that lead somewhere must lead to us or to a web address. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) {
    const before = parts[index] ?? '';
    if (/=\s*'?$/.test(before)) throw new TypeError(`A value has to stand in double quotes: ${before}`);
    text += LEADS.test(before) ? addressOf(value) : markupOf(value);
    text += parts[index + 1] ?? '';
  }
  return new Html(KEY, text);
}

const LEADS = /\s(?:href|src|action)="$/;
const OURS_OR_WEB = /^(?:\/(?![/\\])|#|https?:\/\/)/;

function addressOf(value: Value): string {
  const address = markupOf(value);
  return OURS_OR_WEB.test(address) ? address : '#';
}

function markupOf(value: Value): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  return typeof value === 'object' ? value.map(markupOf).join('') : escaped(String(value));
}

/** Most of what is shown needs nothing done. */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const PLAIN = /^[^\u0000-\u001f"&'<>@\u007f-\u{10ffff}]*$/u;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return PLAIN.test(text) ? text : shown(text).replaceAll(/[&<>"']/g, (mark) => ENTITIES[mark] ?? '');
}

/** What is shown of a text: without passwords in addresses, control characters and what has no picture; ends of lines stay. */
export function shown(text: string): string {
  return withoutCredentials(text).split('\n').map(printable).join('\n');
}
