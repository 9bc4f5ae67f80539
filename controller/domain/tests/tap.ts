/** What bats says in TAP: a plan, one line a test, and what went wrong in comments below it. Pure. */

export interface TapResult {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly durationMs: number;
  readonly message: string;
}

export interface Tap {
  readonly results: readonly TapResult[];
  /** How many tests were announced, or null. */
  readonly planned: number | null;
}

const LINE = /^(?<not>not )?ok \d+ (?<name>.*?)(?: in (?<ms>\d+)ms)?(?<skip> # skip\b.*)?$/;

export function tapOf(text: string): Tap {
  const results: { -readonly [K in keyof TapResult]: TapResult[K] }[] = [];
  let planned: number | null = null;
  for (const line of text.split(/\r?\n/)) {
    const plan = /^1\.\.(\d+)$/.exec(line)?.[1];
    if (plan !== undefined) planned = Number(plan);
    const result = resultOf(line);
    const last = results.at(-1);
    if (result !== null) results.push(result);
    else if (line.startsWith('# ') && last?.state === 'failed')
      last.message += `${last.message === '' ? '' : '\n'}${line.slice(2)}`;
  }
  return { results: results.map((each) => ({ ...each, message: assertionFirst(each.message) })), planned };
}

function resultOf(line: string): TapResult | null {
  const { not, name, ms = '0', skip } = LINE.exec(line)?.groups ?? {};
  if (name === undefined) return null;
  const ended = not === undefined ? 'passed' : 'failed';
  return { name, state: skip === undefined ? ended : 'skipped', durationMs: Number(ms), message: '' };
}

/** Bats says first where, then what. */
function assertionFirst(message: string): string {
  const lines = message.split('\n').map((line) => line.trim());
  const what = lines.filter((line) => /' failed(?: with status \d+)?$/.test(line));
  return [...what, ...lines.filter((line) => !what.includes(line))].join('\n');
}
