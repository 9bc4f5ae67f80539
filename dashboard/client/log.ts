/** Lines of a log as they come: what the server would have made of them, and at the end for who is at the end. */
import { spansOf } from '../ansi.ts';

/** As the server sends them. */
export interface Lines {
  /** `1-install` */
  readonly step: string;
  readonly name: string;
  readonly anchor: string;
  /** Number of the first line. */
  readonly first: number;
  /** Milliseconds, level, who speaks, text. */
  readonly lines: readonly (readonly [number, string, string, string])[];
}

/** As many as a page has that was just made. */
const MOST_LINES = 20_000;
/** Who is so near to the end is at the end. */
const NEAR_PX = 24;

/** A red run shows the line that tells why, without leaving the verdict. */
export function showTelling(): void {
  const line = document.querySelector('[data-telling]');
  const pre = line?.closest('pre');
  if (line instanceof HTMLElement && pre instanceof HTMLElement)
    pre.scrollTop = line.offsetTop - pre.offsetTop - pre.clientHeight / 2;
}

export function forgetLog(steps: Element): void {
  for (const each of steps.querySelectorAll('[data-step]')) each.remove();
}

export function addLines(steps: Element, { step, name, anchor, first, lines }: Lines): void {
  const pre = preOf(steps, { step, name, anchor });
  const isAtEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < NEAR_PX;
  pre.append(...lines.map((line, index) => lineOf(line, `${anchor}.L${first + index}`, first + index)));
  forgetOldest(steps);
  count(pre);
  if (isAtEnd) pre.scrollTop = pre.scrollHeight;
  else hint(pre, lines.length);
}

function preOf(steps: Element, { step, name, anchor }: Pick<Lines, 'step' | 'name' | 'anchor'>): HTMLElement {
  const section =
    steps.querySelector(`[data-step="${CSS.escape(step)}"]`) ?? newSection(steps, { step, anchor });
  const known = section.querySelector('pre');
  if (known !== null) return known;
  for (const each of section.querySelectorAll('p')) each.remove();
  const details = element('details', { open: '' });
  const pre = element('pre', { tabindex: '0', role: 'region', 'aria-label': `Log of ${name}` });
  details.append(element('summary', {}), pre);
  section.append(details);
  return pre;
}

/** In an attempt that is a new one the log of the one before is history. */
function newSection(steps: Element, { step, anchor }: Pick<Lines, 'step' | 'anchor'>): Element {
  const attempt = `${step.split('-')[0]}-`;
  for (const each of steps.querySelectorAll<HTMLElement>('[data-step]'))
    if (each.dataset['step']?.startsWith(attempt) !== true) each.remove();
  document.getElementById(anchor)?.closest('[data-absent]')?.remove();
  const section = element('section', { class: 'log', 'data-step': step });
  const head = element('h3', { id: anchor });
  head.textContent = anchor;
  section.append(head);
  steps.append(section);
  return section;
}

function lineOf([, level, from, text]: Lines['lines'][number], id: string, number: number): HTMLElement {
  const line = element('span', { id, class: `line ${level}` });
  const link = element('a', { href: `#${id}` });
  link.textContent = String(number);
  const who = element('i', {});
  who.textContent = from;
  const said = level === 'error' || level === 'warn' ? `${level}: ` : '';
  line.append(link, ' ', who, ` ${said}`, ...spansOf(text).map(spanOf), '\n');
  return line;
}

function spanOf({ text, classes }: { readonly text: string; readonly classes: string }): Node | string {
  if (classes === '') return text;
  const span = element('span', { class: classes });
  span.textContent = text;
  return span;
}

function forgetOldest(steps: Element): void {
  const lines = steps.querySelectorAll('.line');
  for (let index = 0; index < lines.length - MOST_LINES; index += 1) lines[index]?.remove();
}

function count(pre: HTMLElement): void {
  const summary = pre.parentElement?.querySelector('summary');
  const lines = pre.childElementCount;
  if (summary !== null && summary !== undefined)
    summary.textContent = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
}

/** For who reads further up: how much came meanwhile, and the way there. */
function hint(pre: HTMLElement, more: number): void {
  const known = pre.parentElement?.querySelector<HTMLButtonElement>('button.more');
  const button = known ?? element('button', { type: 'button', class: 'more' });
  const sum = Number(button.dataset['more'] ?? 0) + more;
  button.dataset['more'] = String(sum);
  button.textContent = `Paused: ${sum} new ${sum === 1 ? 'line' : 'lines'}; go to the end`;
  if (known !== null && known !== undefined) return;
  button.addEventListener('click', () => {
    pre.scrollTop = pre.scrollHeight;
  });
  pre.addEventListener('scroll', () => {
    if (pre.scrollHeight - pre.scrollTop - pre.clientHeight < NEAR_PX) button.remove();
  });
  pre.after(button);
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
