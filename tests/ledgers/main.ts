/** Checks the ledgers' forms, and what the commits since a base did to them: `node tests/ledgers/main.ts [--base <commit>]`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { changeOver, changesIn } from './git-log.ts';
import { ledgerProblems } from './ledgers.ts';
import { appendProblems, commitProblems, forReview } from './history.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({ options: { base: { type: 'string' } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Where this branch left what is published; null where nothing is known of that. */
async function mergeBase(): Promise<string | null> {
  const base = values.base ?? 'origin/main';
  const { exitCode, stdout } = await execa('git', ['merge-base', base, 'HEAD'], { cwd: ROOT, reject: false });
  if (exitCode === 0) return stdout.trim();
  if (values.base === undefined) return null;
  throw new Error(`There is no commit that HEAD and "${values.base}" share.`);
}

const problems = ledgerProblems((file) => readFileSync(join(ROOT, file), 'utf8'), new Date());
const base = await mergeBase();
const changes = base === null ? [] : await changesIn(ROOT, `${base}..HEAD`);
problems.push(...commitProblems(changes));
if (base !== null) problems.push(...appendProblems(await changeOver(ROOT, `${base}..HEAD`)));
for (const line of forReview(changes)) say(`for review: ${line}`);
for (const problem of problems) say(problem);
say(
  `${problems.length === 0 ? 'The ledgers hold' : `${problems.length} problems`}; ${
    base === null
      ? 'no published branch is known, so that their history was not looked at'
      : `${changes.length} commits since ${base.slice(0, 8)} were looked at`
  }.`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
