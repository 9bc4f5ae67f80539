/**
 * Takes registered secrets out of text, in every form in which they may leave: raw, JSON-escaped, URL-encoded,
 * quoted, hex, base64 and base64url at all three alignments. Pure.
 */

export const REDACTED = '[redacted]';
/** Shorter values would redact ordinary words; nothing that protects anything is that short. */
const MIN_LENGTH = 6;
/** A base64 fragment without the characters at its ends, which depend on its neighbours, must still be telling. */
const MIN_ENCODED = 6;

export type Redactor = (text: string) => string;

/** For text that arrives in pieces: a secret may be split across them. */
export interface RedactingStream {
  /** What can be said for certain; the rest is held back until it can no longer be the start of a secret. */
  push(chunk: string): string;
  end(): string;
}

export function makeRedactor(values: readonly string[]): Redactor {
  const index = indexOf(formsOf(values));
  return (text) => scan(text, index, true).said;
}

/** Feed it before the text is split into lines: a secret may have several. */
export function makeRedactingStream(values: readonly string[]): RedactingStream {
  const index = indexOf(formsOf(values));
  let held = '';
  const take = (text: string, final: boolean): string => {
    const { said, rest } = scan(text, index, final);
    held = rest;
    return said;
  };
  return { push: (chunk) => take(held + chunk, false), end: () => take(held, true) };
}

/** Every form of every value, longest first, so that a shorter one never breaks a longer one open. */
export function formsOf(values: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const value of values.flatMap(variantsOf)) {
    if (value.length < MIN_LENGTH) continue;
    for (const form of encodingsOf(value)) forms.add(form);
  }
  return [...forms].filter((form) => form.length >= MIN_ENCODED).sort((a, b) => b.length - a.length);
}

/** A file's trailing newline is seldom printed, and programs print the lines of a key one by one. */
function variantsOf(value: string): string[] {
  const trimmed = value.trim();
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  const unix = trimmed.replaceAll('\r\n', '\n');
  // A terminal turns every newline into CR LF.
  return [...new Set([value, trimmed, unix, unix.replaceAll('\n', '\r\n'), ...lines.filter(isTelling)])];
}

/** `-----BEGIN PRIVATE KEY-----` is no secret, and neither are the other short or wordy lines of a document. */
function isTelling(line: string): boolean {
  return line.length >= 10 && !line.startsWith('-----');
}

function encodingsOf(value: string): string[] {
  const hex = Buffer.from(value, 'utf8').toString('hex');
  return [
    value,
    ...jsonOf(value),
    ...uriOf(value),
    ...quotedOf(value),
    hex,
    hex.toUpperCase(),
    ...base64Of(value),
  ];
}

/** As JavaScript, Go (`\u003c` for `<`) and PHP (`\/`) write it, and as JSON within JSON, which log lines often are. */
function jsonOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const go = json.replaceAll(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
  const once = [json, go, json.replaceAll('/', '\\/')];
  return [...once, ...once.map((text) => JSON.stringify(text).slice(1, -1))];
}

/** encodeURIComponent leaves `!'()*` alone; form encoders and proxies do not, and some write small hex digits. */
function uriOf(value: string): string[] {
  const loose = encodeURIComponent(value.toWellFormed());
  const strict = loose.replaceAll(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return [loose, strict].flatMap((text) => {
    const small = text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
    return [text, small, text.replaceAll('%20', '+'), small.replaceAll('%20', '+')];
  });
}

/** In HTML, and between a shell's single quotes. */
function quotedOf(value: string): string[] {
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quotes = html.replaceAll('"', '&quot;');
  const shell = value.replaceAll("'", `'\\''`);
  return [html, quotes, quotes.replaceAll("'", '&#39;'), quotes.replaceAll("'", '&#x27;'), shell];
}

/**
 * Inside a longer text (`user:secret` in a header), a secret's base64 depends on where it begins, modulo three bytes.
 * The characters that mix with neighbours are left out of the form at both ends; what stands alone keeps its padding.
 */
function base64Of(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const whole = bytes.toString('base64');
  const inner = [0, 1, 2].map((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor((padded.length * 8) / 6);
    return padded.toString('base64').slice(first, last);
  });
  const standard = [whole, ...inner];
  const url = standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [...standard, ...url];
}

/** Forms by their first two characters, longest first; and every first character. */
interface FormIndex {
  readonly byStart: ReadonlyMap<number, readonly string[]>;
  readonly firsts: ReadonlySet<number>;
}

const startOf = (text: string, at: number): number => text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1);

function indexOf(forms: readonly string[]): FormIndex {
  const byStart = Map.groupBy(forms, (form) => startOf(form, 0));
  return { byStart, firsts: new Set(forms.map((form) => form.charCodeAt(0))) };
}

/** Left to right, the longest form at each place; unless final, stops where more text could complete a form. */
function scan(text: string, index: FormIndex, final: boolean): { said: string; rest: string } {
  const said: string[] = [];
  let from = 0;
  let at = 0;
  while (at < text.length) {
    const forms = index.byStart.get(startOf(text, at)) ?? [];
    if (!final && mayBegin(text, at, { forms, firsts: index.firsts })) break;
    const found = forms.find((form) => text.startsWith(form, at));
    if (found === undefined) {
      at += 1;
      continue;
    }
    said.push(text.slice(from, at), REDACTED);
    at += found.length;
    from = at;
  }
  said.push(text.slice(from, at));
  return { said: said.join(''), rest: text.slice(at) };
}

interface Candidates {
  readonly forms: readonly string[];
  readonly firsts: ReadonlySet<number>;
}

/** The text ends in the middle of something that may become a form, or a longer one than it has now. */
function mayBegin(text: string, at: number, candidates: Candidates): boolean {
  const left = text.length - at;
  if (left === 1) return candidates.firsts.has(text.charCodeAt(at));
  return candidates.forms.some((form) => form.length > left && form.startsWith(text.slice(at)));
}
