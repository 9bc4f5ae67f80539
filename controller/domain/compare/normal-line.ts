/** A log line without what differs from run to run, so that two runs can be compared. Pure. */
import { stripVTControlCharacters } from 'node:util';

/** What a run alone is called. */
export interface RunNames {
  readonly run: string;
  readonly uid: string;
  readonly commit: string | null;
  readonly app: { readonly domain: string; readonly stack: string } | null;
}

export type Normaliser = (text: string) => string;

const UNIT = String.raw`(?:ms|µs|ns|s|sec|secs|seconds?|min|minutes?|m|h|hours?)`;

/** In this order: what is longer and more certain comes first. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // The name of a run may be a word that stands elsewhere too.
  [/^(\d+-[a-z]+(?:-\d+)?) of \S+ starts$/g, '$1 starts'],
  // How far a wait has come depends on when one looks.
  [/(\bwaiting\b[^(,]*?) ?[(,].*$/gi, '$1'],
  // Vitest's shares of the time.
  [/^\s*Duration\b.*$/g, 'Duration'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?Z| ?UTC|[+-]\d\d:?\d\d\b)?/g, '<time>'],
  [/\b\d{1,2}\/(?:\d{1,2}|[A-Z][a-z]{2})\/\d{4}(?:[: ]\d\d:\d\d:\d\d)?(?: [+-]\d{4})?/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d\b/g, '<time>'],
  [/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  // What is told from its content is no name of a run's: digests stay.
  [/(?<!sha256:)\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/g, '<id>'],
  // Swarm's own: 25 letters and digits.
  [/\b(?=[a-z0-9]*\d)[a-z0-9]{25}\b/g, '<id>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b(?::\d+)?/g, '<address>'],
  [/(?<=[\w\]>]):\d{4,5}\b/g, ':<port>'],
  [/\bport \d{2,5}\b/gi, 'port <port>'],
  [/\b(pid|process) \d+\b/gi, '$1 <pid>'],
  [new RegExp(String.raw`\b\d+(?:\.\d+)? ?${UNIT}(?:\d+(?:\.\d+)?${UNIT})*\b`, 'g'), '<duration>'],
  [/\b\d+(?:\.\d+)? ?(?:[KMGT]i?B|kB|bytes?)\b/g, '<size>'],
];

export function normaliserOf({ run, uid, commit, app }: RunNames): Normaliser {
  const names: (readonly [string, string])[] = [
    [app?.domain ?? '', '<domain>'],
    [app?.stack ?? '', '<stack>'],
    [uid, '<uid>'],
    [run, '<run>'],
    // In full, and as abra and git shorten it.
    ...[40, 8, 7].map((length) => [commit?.slice(0, length) ?? '', '<commit>'] as const),
  ];
  const known = names.filter(([name]) => name.length > 3);
  return (text) => {
    let line = stripVTControlCharacters(text).trimEnd();
    for (const [name, instead] of known) line = line.replaceAll(name, instead);
    for (const [pattern, instead] of PATTERNS) line = line.replaceAll(pattern, instead);
    return line;
  };
}
