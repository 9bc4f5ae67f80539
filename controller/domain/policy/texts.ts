/** What a recipe's files may not hold as text, because two parsers would read it differently, or because only cc-ci sets it. Pure. */
import { isAlias, isNode, isPair, isScalar, LineCounter, parseDocument, visit, type ParsedNode } from 'yaml';
import { logicalLines, MAX_VALUE, parseEnvLines } from '../recipe/dotenv.ts';
import { MAX_COMPOSE_BYTES, type ComposeText } from '../recipe/compose-parse.ts';
import { assignmentLine } from '../recipe/recipe-at.ts';
import type { Finding, Rule } from './finding.ts';
import { MAX_JUDGED } from './judge.ts';

export interface RecipeTexts {
  readonly sample: string;
  readonly abraSh: string;
  /** Those that COMPOSE_FILE names. */
  readonly composes: readonly ComposeText[];
}

/** `tree`: the deployer takes what was judged. `files`: it reads the recipe's files again, with parsers of its own. */
export type Takes = 'tree' | 'files';

export const MAX_SAMPLE_BYTES = 64 * 1024;

type Words = readonly [message: string, fix: string];

const found = (rule: Rule, [file, line]: readonly [string, number], [message, fix]: Words): Finding => ({
  rule,
  severity: 'error',
  file,
  line,
  message,
  fix,
});

export function textFindings(texts: RecipeTexts, takes: Takes): Finding[] {
  const files = [
    { path: '.env.sample', text: texts.sample },
    { path: 'abra.sh', text: texts.abraSh },
    ...texts.composes,
  ];
  // Whatever this deployer reads: the operators' will read the files, and green is for them.
  const always = [
    ...sampleFindings(texts.sample),
    ...reservedFindings(texts.abraSh),
    ...composeFileFindings(texts.sample),
    ...files.flatMap(characterFindings),
    ...envFindings(texts.sample),
  ];
  const strict = takes === 'tree' ? [] : texts.composes.flatMap(yamlFindings);
  return [...always, ...strict].slice(0, MAX_JUDGED);
}

/** What could hide a line that is added to it, or make it endless. */
function sampleFindings(sample: string): Finding[] {
  if (Buffer.byteLength(sample) > MAX_SAMPLE_BYTES)
    return [
      found(
        'FileTooLarge',
        ['.env.sample', 1],
        ['The file .env.sample is larger than 64 KiB.', 'An env file is a few pages.'],
      ),
    ];
  const lines = parseEnvLines(sample);
  const long = lines.find(({ value }) => value.length >= MAX_VALUE);
  return [
    ...(long === undefined
      ? []
      : [
          found(
            'UnsafeText',
            ['.env.sample', assignmentLine(sample, long.key) ?? 1],
            [`The value of ${long.key} is longer than 8 KiB.`, 'Keep large texts in a config.'],
          ),
        ]),
    ...openQuotes(sample).map((line) =>
      found(
        'UnsafeText',
        ['.env.sample', line],
        [
          'A quote is opened here and never closed, so that it could take in the lines after it.',
          'Close the quote.',
        ],
      ),
    ),
  ];
}

/** Lines whose value begins with a double quote that has no end. */
function openQuotes(sample: string): number[] {
  let at = 1;
  return logicalLines(sample).flatMap((line) => {
    const start = at;
    at += line.split('\n').length;
    return /^\s*(?:export\s+)?[\w.]+\s*=[ \t]*"(?:\\.|[^"\\])*\\?$/s.test(line) ? [start] : [];
  });
}

/** abra and cc-ci say where an app is deployed, and from what. */
const RESERVED = ['STACK_NAME', 'DOMAIN', 'COMPOSE_FILE', 'TYPE', 'LETS_ENCRYPT_ENV'];

/** As a statement of its own; who sets one for a single command does not set it for the app. */
const SETS = new RegExp(
  `^\\s*(?:(?:export|declare|typeset|readonly)\\s+(?:\\S+\\s+)*)?(${RESERVED.join('|')})(?:\\+?=|\\[)`,
);

function reservedFindings(abraSh: string): Finding[] {
  return abraSh.split('\n').flatMap((text, index) => {
    const name = SETS.exec(text)?.[1];
    if (name === undefined) return [];
    return [
      found(
        'ReservedVariable',
        ['abra.sh', index + 1],
        [
          `abra.sh sets ${name}, which is not the recipe’s to set.`,
          'Leave it out: abra.sh is for the versions of configs.',
        ],
      ),
    ];
  });
}

/** In the recipe's own folder, under a plain name. */
function composeFileFindings(sample: string): Finding[] {
  const lines = parseEnvLines(sample).filter(({ key }) => key === 'COMPOSE_FILE');
  const names = lines.flatMap(({ value }) => value.split(':')).filter((name) => name !== '');
  const odd = names.find((name) => !/^[A-Za-z0-9_][\w.-]*\.ya?ml$/.test(name));
  if (odd === undefined) return [];
  return [
    found(
      'PathOutside',
      ['.env.sample', assignmentLine(sample, 'COMPOSE_FILE') ?? 1],
      [
        `COMPOSE_FILE names "${odd.slice(0, 100)}", which is not the plain name of a compose file.`,
        'Keep compose files in the recipe’s own folder, as compose.<what>.yml.',
      ],
    ),
  ];
}

/** Control characters, other ends of lines than LF, and marks that have no picture. */
const ODD = /[^\P{Cc}\t]|[\u2028\u2029\ufeff]|\p{Cs}/u;

function characterFindings({ path, text }: ComposeText): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    // A CR before the LF is the other common end of a line.
    const match = ODD.exec(line.replace(/\r$/, ''));
    if (match === null) return [];
    const code = (match[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return [
      found(
        'UnsafeText',
        [path, index + 1],
        [
          `The line holds the character U+${code}, which some parsers take for the end of a line or drop.`,
          'Remove it, or write it as an escape in double quotes.',
        ],
      ),
    ];
  });
}

function envFindings(sample: string): Finding[] {
  let at = 1;
  return logicalLines(sample).flatMap((line) => {
    const start = at;
    const count = line.split('\n').length;
    at += count;
    const say = (message: string, fix: string): Finding[] => [
      found('UnsafeText', ['.env.sample', start], [message, fix]),
    ];
    if (count > 1) return say('A value goes over several lines.', 'Write \\n in double quotes.');
    if (/^\s*(?:#|$)/.test(line)) return [];
    if (!/^\s*(?:export\s+)?[A-Za-z_][\w.]*\s*=/.test(line))
      return say('The line is neither NAME=value nor a comment.', 'Write NAME=value.');
    return /^\s*(?:export\s+)?__proto__\s*=/.test(line)
      ? say('A variable cannot be called __proto__.', 'Choose another name.')
      : [];
  });
}

/** Plain, one parser takes these for a number, a boolean, a date or nothing, and the other for a text. */
const TYPED_DIFFERENTLY =
  /^(?:[-+]?\d[\d_]*_[\d_]*(?:\.[\d_]*)?|[-+]?0b[01_]+|[-+]?0x[\da-f_]*_[\da-f_]*|[-+]?\d+(?::[0-5]?\d)+|\d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?|y|yes|n|no|on|off|[-+]?\.(?:inf|nan)|0\d*[89]\d*)$/i;
/** Below these every value is a text in the end, or a list of texts. */
const TEXTS = new Set([
  'environment',
  'labels',
  'command',
  'entrypoint',
  'test',
  'args',
  'ports',
  'expose',
  'constraints',
]);

function yamlFindings({ path, text }: ComposeText): Finding[] {
  if (Buffer.byteLength(text) > MAX_COMPOSE_BYTES) return [];
  const findings: Finding[] = [];
  const lines = new LineCounter();
  const say = (node: unknown, words: readonly [string, string]): void => {
    const offset = isNode(node) ? ((node as ParsedNode).range?.[0] ?? 0) : 0;
    findings.push(found('UnsafeText', [path, Math.max(1, lines.linePos(offset).line)], words));
  };
  if (/^%/m.test(text)) say(null, ['The file has a YAML directive.', 'Leave it out.']);
  try {
    const options = { merge: true, logLevel: 'silent', uniqueKeys: false, lineCounter: lines } as const;
    visit(parseDocument(text, options), {
      Node: (_key, node, above) => {
        if (findings.length >= MAX_JUDGED) return visit.BREAK;
        if (!isAlias(node) && node.tag !== undefined)
          say(node, [`A value has the tag ${node.tag.slice(0, 60)}.`, 'Leave the tag out.']);
        if (isScalar(node) && node.type === 'PLAIN' && isAmbiguous(node.source ?? '', above))
          say(node, AMBIGUOUS);
        return undefined;
      },
    });
  } catch (error) {
    // Nesting that the library cannot follow; the policy says so of the file as a whole.
    if (!(error instanceof Error)) throw error;
  }
  return findings;
}

const AMBIGUOUS = [
  'The value is a text to one parser and something else to another.',
  'Put it in quotes, or write true, false, or plain digits.',
] as const;

function isAmbiguous(source: string, above: readonly unknown[]): boolean {
  if (source.length > 60 || !TYPED_DIFFERENTLY.test(source)) return false;
  return !above.some((one) => isPair(one) && isScalar(one.key) && TEXTS.has(String(one.key.value)));
}
