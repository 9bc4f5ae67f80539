/** `diff`: what is different between two runs. */
import { API_VERSION } from '../../api/primitives.ts';
import { runDiff, type RunRecord } from '../../domain/compare/run-diff.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { diffLines } from '../terminal/diff-lines.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { targetOf } from '../../views/kinds.ts';
import { objectOutput, serialized } from '../terminal/output.ts';
import { recipeOf, runRecord } from '../../views/run-record.ts';
import { listRuns, requireRun, type RunView } from '../../views/runs.ts';

export async function diff(
  ctl: Ctl,
  words: readonly string[],
  options: { output?: string },
): Promise<ExitCode> {
  const output = objectOutput(options.output);
  const [name, other] = namesOf(words);
  const run = await requireRun(ctl, name);
  const before = other === undefined ? await lastGreen(ctl, run) : await requireRun(ctl, other);
  const records = [await runRecord(ctl, before), await runRecord(ctl, run)] as const;
  const found = runDiff(...records);
  if (output.as === 'name') print(ctl, `run/${before.metadata.name}`);
  else if (output.as === 'table')
    for (const line of diffLines(ctl, found, { records, chosen: other === undefined })) print(ctl, line);
  else {
    const [of, to] = records.map(sideOf);
    const value = { apiVersion: API_VERSION, kind: 'RunDiff', before: of, after: to, ...found };
    ctl.out.write(serialized(value, output));
  }
  return EXIT.ok;
}

function sideOf({ names, recipe, createdAt, verdict }: RunRecord): object {
  return { run: names.run, uid: names.uid, recipe, createdAt, verdict };
}

function namesOf(words: readonly string[]): [string, string?] {
  const { kind, names } = targetOf(words, 'runs');
  const [name, other, ...more] = names;
  if (kind.name !== 'runs' || name === undefined || more.length > 0)
    throw usageError(
      'Two runs are compared, or one with the last green one.',
      'Write run/<name> [run/<name>].',
    );
  if (name === other) throw usageError(`run/${name} is the same as itself.`, 'Name two runs.');
  return [name, other];
}

/** Of the same recipe, and asked for before. */
async function lastGreen(ctl: Ctl, run: RunView): Promise<RunView> {
  const recipe = recipeOf(run);
  const { name, createdAt } = run.metadata;
  const found = (await listRuns(ctl)).find(
    (each) =>
      each.metadata.name !== name &&
      each.metadata.createdAt <= createdAt &&
      each.status.verdict === 'Passed' &&
      recipeOf(each) === recipe,
  );
  if (found !== undefined) return found;
  throw new Refusal('notFound', `There is no green run of "${recipe}" before run/${name}.`, {
    next: `Name the run to compare it with; \`ccci-ctl get runs --field-selector recipe=${recipe}\` lists them.`,
  });
}
