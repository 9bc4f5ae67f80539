/** The part of kubectl's JSONPath that people use: `{.a.b}`, `[n]`, `[*]`, `[?(@.a=="b")]`, `{range …}…{end}`, literals. */
import { usageError } from './refusal.ts';

const HELP =
  "Write for example -o jsonpath='{.items[*].metadata.name}' or '{range .items[*]}{.metadata.name}{\"\\n\"}{end}'.";

type Step =
  | { readonly take: 'key'; readonly key: string }
  | { readonly take: 'index'; readonly index: number }
  | { readonly take: 'all' }
  | {
      readonly take: 'where';
      readonly path: readonly Step[];
      readonly negate: boolean;
      readonly value: string | null;
    };

const STEP =
  /^(?:\.(?<name>[A-Za-z_][\w-]*)|\[(?<index>-?\d+)\]|(?<all>\[\*\]|\.\*)|\['(?<quoted>[^']+)'\]|\[\?\(@(?<left>[^=!)]+?)\s*(?:(?<op>==|!=)\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)'|(?<bare>[\w.-]+))\s*)?\)\])/;

function stepOf(groups: Readonly<Record<string, string | undefined>>): Step {
  const { name, quoted, index, all, left } = groups;
  const key = name ?? quoted;
  if (key !== undefined) return { take: 'key', key };
  if (index !== undefined) return { take: 'index', index: Number(index) };
  if (all !== undefined) return { take: 'all' };
  const value = groups['double'] ?? groups['single'] ?? groups['bare'] ?? null;
  return { take: 'where', path: stepsOf(left ?? ''), negate: groups['op'] === '!=', value };
}

/** `.items[*].metadata.name` to steps; a leading dot may be left out. */
export function stepsOf(text: string): Step[] {
  let rest = text.trim().replace(/^\$/, '');
  if (rest === '.' || rest === '') return [];
  if (!rest.startsWith('.') && !rest.startsWith('[')) rest = `.${rest}`;
  const steps: Step[] = [];
  while (rest !== '') {
    const match = STEP.exec(rest);
    if (match === null) throw usageError(`The path "${text}" cannot be understood from "${rest}" on.`, HELP);
    steps.push(stepOf(match.groups ?? {}));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function isMatch(value: unknown, step: Extract<Step, { take: 'where' }>): boolean {
  const found = walk([value], step.path).filter((each) => each !== null);
  if (step.value === null) return found.length > 0;
  return found.some((each) => textOf(each) === step.value) !== step.negate;
}

function next(value: unknown, step: Step): unknown[] {
  switch (step.take) {
    case 'key':
      return typeof value === 'object' && value !== null && Object.hasOwn(value, step.key)
        ? [(value as Record<string, unknown>)[step.key]]
        : [];
    case 'index': {
      const at: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
      return at === undefined ? [] : [at];
    }
    case 'all':
      return childrenOf(value);
    case 'where':
      return childrenOf(value).filter((each) => isMatch(each, step));
    default:
      return step satisfies never;
  }
}

function walk(values: readonly unknown[], steps: readonly Step[]): unknown[] {
  return steps.reduce<unknown[]>(
    (current, step) => current.flatMap((value) => next(value, step)),
    [...values],
  );
}

/** Everything that a path leads to; made once, for looking into many objects. */
export function lookAlong(path: string): (value: unknown) => unknown[] {
  const steps = stepsOf(path);
  return (value) => walk([value], steps);
}

export function valuesAt(value: unknown, path: string): unknown[] {
  return lookAlong(path)(value);
}

/** A value as text: strings bare, nothing as '', objects as JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'range'; readonly path: string; readonly body: readonly Part[] };

const TOKEN = /\{(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^{}"'])+\}|[^{}]+|[{}]/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

function parse(tokens: string[], inRange: boolean): Part[] {
  const parts: Part[] = [];
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    if (!token.startsWith('{') || token.length < 3) {
      if (/[{}]/.test(token)) throw usageError('The template has an unmatched brace.', HELP);
      parts.push({ kind: 'text', text: token });
      continue;
    }
    const inner = token.slice(1, -1).trim();
    if (inner === 'end') {
      if (!inRange) throw usageError('The template has an {end} without its {range}.', HELP);
      return parts;
    }
    parts.push(partOf(inner, tokens));
  }
  if (inRange) throw usageError('The template has a {range} without its {end}.', HELP);
  return parts;
}

function partOf(inner: string, tokens: string[]): Part {
  if (inner.startsWith('range ')) return { kind: 'range', path: inner.slice(6), body: parse(tokens, true) };
  if (/^["']/.test(inner)) return { kind: 'text', text: unquote(inner) };
  return { kind: 'path', path: inner };
}

function render(parts: readonly Part[], value: unknown): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const found = valuesAt(value, part.path);
      return part.kind === 'path'
        ? found.map(textOf).join(' ')
        : found.map((each) => render(part.body, each)).join('');
    })
    .join('');
}

/** Fills a template; a bare path without braces is taken as one. */
export function fillTemplate(template: string, value: unknown): string {
  const whole = template.includes('{') ? template : `{${template}}`;
  return render(parse(whole.match(TOKEN) ?? [], false), value);
}
