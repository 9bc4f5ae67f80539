/** Our reader of compose files beside docker's own: thousands of inputs, and no difference but those that have a name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import templates from '../fixtures/interpolation/templates.json' with { type: 'json' };
import { MissingTools } from '../gitea/toolchain.ts';
import { ensureDockerLoader } from './build.ts';
import { compareFiles, compareTemplates, type Compared } from './compare.ts';
import { DIFFERENCES } from './differences.ts';
import { ENV, files, template } from './generate.ts';
import { startJudge, type Judge } from './judge.ts';

const isAll = process.env['E2E_ALL'] === '1';
const INPUTS = Number(process.env['LOADER_INPUTS'] ?? (isAll ? 100_000 : 2_000));
const SEED = Number(process.env['LOADER_SEED'] ?? 20_261_130);
/** So many at a time, so that what is generated is not all held at once. */
const AT_ONCE = 1_000;

let judge: Judge | undefined;
let missing = '';

beforeAll(async () => {
  try {
    judge = startJudge(await ensureDockerLoader());
  } catch (error) {
    if (!(error instanceof MissingTools)) throw error;
    missing = error.message;
    process.stderr.write(`loader: skipped: ${missing}\n`);
  }
});
afterAll(() => judge?.end());
beforeEach(({ skip }) => skip(judge === undefined, missing));

function judged(): Judge {
  if (judge === undefined) throw new Error(missing);
  return judge;
}

/** In parts, each with a seed of its own. */
async function all<Input>(
  inputs: fc.Arbitrary<Input>,
  most: number,
  compare: (some: readonly Input[]) => Promise<Compared[]>,
): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (let from = 0; from < most; from += AT_ONCE) {
    const some = fc.sample(inputs, { numRuns: Math.min(AT_ONCE, most - from), seed: SEED + from });
    compared.push(...(await compare(some)));
  }
  return compared;
}

function counted(compared: readonly Compared[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { outcome } of compared) {
    const name = typeof outcome === 'string' ? outcome : 'named' in outcome ? outcome.named : 'differs';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** The shortest of them say most. */
function differing(compared: readonly Compared[]): readonly Compared[] {
  return compared
    .filter(({ outcome }) => typeof outcome !== 'string' && 'differs' in outcome)
    .sort((a, b) => JSON.stringify(a.input).length - JSON.stringify(b.input).length)
    .slice(0, 5);
}

/** Says what was compared and how fast. */
async function told(what: string, work: Promise<Compared[]>): Promise<Compared[]> {
  const from = performance.now();
  const compared = await work;
  const perSecond = Math.round((compared.length / (performance.now() - from)) * 1000);
  process.stderr.write(
    `loader: ${compared.length} ${what}, ${perSecond} a second: ${JSON.stringify(counted(compared))}\n`,
  );
  return compared;
}

describe('docker’s own loader', () => {
  it('says of the templates in the fixtures what stands there', async () => {
    const texts = templates.rows.map(([text]) => text ?? '');
    const answers = await judged().ask(texts.map((text) => ({ template: text, env: templates.env })));
    const said = answers.map((answer) => ('text' in answer ? answer.text : null));
    expect(said).toEqual(templates.rows.map(([, docker]) => docker ?? null));
  });

  it('and we fill in any template alike', async () => {
    const most = Math.ceil(INPUTS * 0.6);
    const ours = all(template, most, (some) => compareTemplates(judged(), some, ENV));
    const compared = await told('templates', ours);
    expect(compared).toHaveLength(most);
    expect(differing(compared)).toEqual([]);
  });

  it('and we read any files alike', async () => {
    const most = Math.floor(INPUTS * 0.4);
    const ours = all(files, most, (some) => compareFiles(judged(), some));
    const compared = await told('sets of files', ours);
    expect(compared).toHaveLength(most);
    expect(differing(compared)).toEqual([]);
  });
});

describe('a difference that is meant', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/compose-files.md'), 'utf8');
  const table = page.split('## Where we are not docker')[1] ?? '';
  const names = [...table.matchAll(/^\| (?!difference|---)([^|]+?) \|/gm)].map(([, name]) => name);

  it('stands in docs/compose-files.md, and none else does', () => {
    expect(new Set(names)).toEqual(new Set(DIFFERENCES.map(({ name }) => name)));
  });
});
