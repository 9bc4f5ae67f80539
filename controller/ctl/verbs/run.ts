/** `run` and `rerun`: write a TestRun that nobody wrote before, and if asked wait for its verdict. */
import type { Draft } from '../../client/create-run.ts';
import { durationOption } from '../terminal/duration-option.ts';
import { basename, resolve } from 'node:path';
import { STAGES, type StageName } from '../../api/stage.ts';
import { counted } from '../../domain/text/count.ts';
import { messageOf } from '../../runtime/errors.ts';
import { problemText } from '../../store/parse-document.ts';
import { print, say, type Ctl, userOf } from '../terminal/world.ts';
import { EXIT, Interrupted, type ExitCode } from '../terminal/exit.ts';
import { Refusal, usageError } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { nameOf, objectOutput, serialized, type Output } from '../terminal/output.ts';
import { KINDS } from '../../views/kinds.ts';
import { makeProgress } from '../terminal/progress.ts';
import { requireRecipe } from '../../views/recipes.ts';
import { closingLines } from '../terminal/closing-lines.ts';
import { requireRun } from '../../views/runs.ts';
import { didYouMean } from '../../views/suggest.ts';
import { awaitRun } from './wait.ts';

export interface WaitingOptions {
  readonly wait?: boolean;
  readonly waitTimeout?: string;
  readonly output?: string;
}

export interface RunOptions extends WaitingOptions {
  readonly ref?: string;
  readonly stages?: string;
  readonly name?: string;
  readonly pr?: number;
  readonly timeout?: string;
  readonly recipe?: string;
}

/** A folder, not the name of a recipe. */
export function isPath(word: string): boolean {
  return word.startsWith('.') || word.startsWith('/');
}

export function stagesOption(text: string | undefined): StageName[] | undefined {
  if (text === 'all') return [...STAGES];
  return text?.split(',').map((part) => {
    const found = STAGES.find((stage) => stage === part.trim());
    if (found !== undefined) return found;
    throw usageError(
      `There is no stage "${part}".`,
      `${didYouMean(part, STAGES)}Stages: ${STAGES.join(', ')}; all of them: all.`,
    );
  });
}

/** The recipe whose settings apply, and the folder, if it is one. */
function subjectOf(
  ctl: Ctl,
  what: string,
  recipe: string | undefined,
): { recipe: string; path: string | null } {
  if (isPath(what)) {
    const path = resolve(ctl.cwd, what);
    return { recipe: recipe ?? basename(path).toLowerCase(), path };
  }
  if (recipe === undefined) return { recipe: what, path: null };
  throw usageError(
    '--recipe goes with a path only.',
    `Write \`ccci-ctl run ${recipe}\`, or run ./folder --recipe ${recipe}.`,
  );
}

export async function run(ctl: Ctl, what: string, options: RunOptions): Promise<ExitCode> {
  const output = objectOutput(options.output);
  durationOption('--timeout', options.timeout);
  durationOption('--wait-timeout', options.waitTimeout);
  const stages = stagesOption(options.stages);
  const { recipe, path } = subjectOf(ctl, what, options.recipe);
  const settings = await requireRecipe(ctl, recipe);
  const ref = await resolved(ctl, path ?? settings.spec.source.repo, options.ref ?? 'HEAD');
  const source = {
    ...(path === null ? {} : { repo: path }),
    ref,
    ...(options.pr === undefined ? {} : { pr: options.pr }),
  };
  if (path !== null) await sayUncommitted(ctl, path);
  const name = await ctl.wishes.create({
    name: options.name,
    trigger: triggerOf(ctl),
    recipe,
    source,
    stages,
    timeout: options.timeout,
  });
  return conclude(ctl, name, { options, output, unattended: options.timeout });
}

export async function rerun(ctl: Ctl, words: readonly string[], options: WaitingOptions): Promise<ExitCode> {
  const output = objectOutput(options.output);
  const { name: old } = singleTarget(words, ['runs']);
  const before = await requireRun(ctl, old);
  const { spec, status } = before;
  if (spec === null)
    throw new Refusal(
      'invalid',
      before.problems.map(problemText).join('\n') || `run/${old} has no readable spec.`,
      {
        next: 'Correct the file; it is then run as it is.',
      },
    );
  const { recipe, source, stages, timeout, bump } = spec;
  const repo = source.repo ?? status.accepted?.repo ?? (await requireRecipe(ctl, recipe)).spec.source.repo;
  const ref = status.commit ?? (await resolved(ctl, repo, source.ref));
  const labels = { ...before.metadata.labels, 'rerun-of': old };
  const name = await ctl.wishes.create({
    trigger: triggerOf(ctl),
    recipe,
    source: { ...source, ref },
    stages,
    timeout,
    bump,
    labels,
  });
  return conclude(ctl, name, { options, output, unattended: undefined });
}

async function sayUncommitted(ctl: Ctl, path: string): Promise<void> {
  const count = await ctl.uncommitted(path);
  if (count > 0) say(ctl, `${counted(count, 'changed file')} in ${path}, not committed and so not tested.`);
}

async function resolved(ctl: Ctl, repo: string, ref: string): Promise<string> {
  try {
    return await ctl.resolveRef(repo, ref);
  } catch (error) {
    throw new Refusal('notFound', `"${ref}" cannot be found in ${repo}: ${messageOf(error)}`, {
      next: `Look with \`git ls-remote ${repo}\`, then give --ref a commit, a branch or a tag that is there.`,
      cause: error,
    });
  }
}

/** Whose wish it is. */
export function triggerOf(ctl: Ctl): Draft['trigger'] {
  const user = userOf(ctl);
  return { kind: 'cli', ...(user === undefined ? {} : { user }) };
}

interface Conclusion {
  readonly options: WaitingOptions;
  readonly output: Output;
  /** How long to wait while no controller runs. */
  readonly unattended: string | undefined;
}

async function conclude(ctl: Ctl, name: string, how: Conclusion): Promise<ExitCode> {
  const human = how.output.as === 'table';
  if (how.options.wait === true) {
    (human ? print : sayTo)(ctl, `run/${name} created`);
    return waitForVerdict(ctl, name, how);
  }
  const made = await requireRun(ctl, name);
  if (human) print(ctl, `run/${name} created`);
  else if (how.output.as === 'name') print(ctl, nameOf(KINDS.runs, made));
  else ctl.out.write(serialized(made, how.output));
  if (human) say(ctl, `\`ccci-ctl logs run/${name} -f\` follows it.`);
  return EXIT.ok;
}

const sayTo = (ctl: Ctl, text: string): void => say(ctl, text);

async function waitForVerdict(ctl: Ctl, name: string, how: Conclusion): Promise<ExitCode> {
  const progress = makeProgress(ctl);
  try {
    const { run: last, code } = await awaitRun(ctl, {
      name,
      goals: [{ on: 'verdict' }],
      timeoutMs: durationOption('--wait-timeout', how.options.waitTimeout),
      unattendedMs: durationOption('--timeout', how.unattended),
      onLook: progress.look,
      remark: progress.remark,
    });
    progress.end();
    if (last === null) say(ctl, `run/${name} was deleted while it was waited for.`);
    else if (how.output.as === 'table') for (const line of await closingLines(ctl, last)) print(ctl, line);
    else if (how.output.as === 'name') print(ctl, nameOf(KINDS.runs, last));
    else ctl.out.write(serialized(last, how.output));
    return code;
  } catch (error) {
    progress.end();
    if (error instanceof Interrupted)
      say(ctl, `Stopped waiting; run/${name} goes on. \`ccci-ctl cancel run/${name}\` ends it.`);
    throw error;
  }
}
