/** Lint: what can be said of a recipe before anything is deployed. Errors stop the run; warnings are shown. */
import { rm } from 'node:fs/promises';
import { makeAbra } from '../../abra/driver.ts';
import type { LintRule } from '../../abra/parse-lint.ts';
import type { Cause } from '../../api/stage.ts';
import type { LintData } from '../../api/stage-data.ts';
import { lintFindings } from '../../domain/lint/lint.ts';
import { abraFindings } from '../../domain/lint/abra.ts';
import {
  type Collected,
  collected,
  errorFinding,
  type Finding,
  findingLine,
  placeText,
} from '../../domain/recipe/finding.ts';
import { type LintRecipe, lintRecipeOf } from '../../domain/recipe/recipe-at.ts';
import { baseOf, newestOf } from '../../domain/recipe/base-version.ts';
import { releaseNotesOf } from '../../domain/recipe/told.ts';
import { operatorNotes } from '../../domain/notes/notes.ts';
import { counted } from '../../domain/text/count.ts';
import type { App, StageContext, StageProgram, Step, Tools } from '../step/context.ts';
import { git, type GitOptions } from '../../git/git.ts';
import { readText } from '../checkout/commit-files.ts';
import { listTags, type LintClone, makeLintClone, readVersion } from '../checkout/lint-clone.ts';
import { envOverrides } from '../checkout/recipe-files.ts';
import { StageFailure, type StageReport } from '../step/report.ts';

export const lint: StageProgram<'lint'> = async (context, earlier) => {
  const prepared = earlier.prepared();
  const clone = await context.substep('clone', () => makeLintClone(context, prepared.commit));
  try {
    // Before abra, which may do with the clone as it likes.
    const own = await context.substep('checks', () => ownChecks(context, clone, prepared.commit));
    const abra = await context.substep('abra', () => abraLint(context, clone, prepared.commit));
    const all = collected([...abra.findings, ...own.findings], prepared.findings);
    return reportOf(context, all, {
      comparedWith: own.comparedWith,
      notCompared: own.notCompared,
      operatorNotes: own.operatorNotes,
      abra: {
        kind: context.abra.kind,
        ownRulesJudged: context.abra.kind === 'abra' && abra.rules.length > 0,
        rules: abra.rules.map(({ ref, rule, severity, satisfied }) => ({ ref, rule, severity, satisfied })),
      },
    });
  } finally {
    await rm(clone.abraDir, { recursive: true, force: true });
  }
};

type Compared = Pick<LintData, 'comparedWith' | 'notCompared' | 'operatorNotes'>;

interface OwnChecks extends Compared {
  readonly findings: Finding[];
}

async function ownChecks(
  context: Pick<StageContext, 'env' | 'request'>,
  clone: LintClone,
  commit: string,
): Promise<OwnChecks> {
  const here = { cwd: clone.dir, env: context.env };
  const overrides = envOverrides(context.request);
  const head = lintRecipeOf(await readVersion(here, commit, overrides), overrides);
  const { version } = head.facts;
  const tags = await listTags(here);
  const headTags = tags.filter((tag) => tag.commit === commit).map(({ name }) => name);
  const published = baseOf(tags, { commit, version });
  const newest = newestOf(tags, { commit, version });
  const old =
    published === null ? null : lintRecipeOf(await readVersion(here, published.commit, overrides), overrides);
  const why = whyNotCompared(published?.name ?? null, old);
  const base =
    why === null && published !== null && old !== null ? { tag: published.name, recipe: old } : null;
  const notes = await notesOf(here, head);
  return {
    findings: lintFindings({ head, headTags, newest, base, notes }),
    comparedWith: base?.tag ?? null,
    notCompared: why,
    operatorNotes: operatorNotes({ head, base, notes }),
  };
}

function whyNotCompared(tag: string | null, old: LintRecipe | null): string | null {
  if (tag === null || old === null) return 'no other version is published';
  const missing = ['.env.sample', ...old.usedPaths].find((path) => !old.texts.has(path));
  if (missing !== undefined) return `${tag} has no readable ${missing}`;
  const [problem] = old.facts.problems;
  return problem === undefined ? null : `${problem.place.file} of ${tag} cannot be read: ${problem.message}`;
}

async function notesOf(here: GitOptions, head: LintRecipe): Promise<string> {
  const texts: string[] = [];
  for (const path of releaseNotesOf(head.facts.version))
    texts.push((await readText(here, head.tree, path)) ?? '');
  return texts.join('\n');
}

interface AbraLint {
  readonly rules: readonly LintRule[];
  readonly findings: Finding[];
}

async function abraLint(
  context: App & Pick<Tools, 'abra'> & Step,
  clone: LintClone,
  commit: string,
): Promise<AbraLint> {
  const { bin, kind } = context.abra;
  const say = context.log.from('abra');
  const abra = makeAbra({
    bin,
    kind,
    abraDir: clone.abraDir,
    dockerHost: context.config.dockerHost,
    env: context.config.baseEnv,
    signal: context.signal,
    onLine: (_stream, line) => say(line),
  });
  const result = await abra.lint(context.request.recipe);
  if (result.ok) {
    await expectUnmoved(clone, { cwd: clone.dir, env: context.env }, commit);
    return { rules: result.value, findings: abraFindings(result.value) };
  }
  if (result.fault === 'infra') throw notLinted(result.message, result.lastLines.at(-1));
  const refused = errorFinding({
    rule: 'CannotLint',
    place: null,
    message: `abra cannot lint this recipe: ${result.message}`,
    fix: `Try \`abra recipe lint ${context.request.recipe}\`.`,
  });
  return { rules: [], findings: [refused] };
}

/** abra moves checkouts (docs/abra.md, 6.3): what it says of another commit is not said of this one. */
async function expectUnmoved(clone: LintClone, here: GitOptions, commit: string): Promise<void> {
  const now = await git(['rev-parse', 'HEAD'], here);
  if (now === commit) return;
  const message = `abra moved the clone from ${commit.slice(0, 8)} to ${now.slice(0, 8)} before it linted`;
  throw notLinted(message, clone.dir);
}

function notLinted(message: string, evidence = message): StageFailure {
  return new StageFailure('infra', {
    reason: 'LintNotRun',
    message: `\`abra recipe lint\` could not judge: ${message}.`,
    evidence,
    nextStep: 'Look at the log of this stage and at `ccci-ctl doctor`, then run again.',
  });
}

function reportOf(
  context: Pick<StageContext, 'log'>,
  { findings, omitted, errors, warnings }: Collected,
  rest: Compared & Pick<LintData, 'abra'>,
): StageReport<'lint'> {
  for (const finding of findings)
    context.log.say(findingLine(finding), finding.severity === 'error' ? 'error' : 'warn');
  const data: LintData = { findings, omitted, errors, warnings, ...rest };
  const count = sentence(`${counted(errors, 'error')}, ${counted(warnings, 'warning')}`);
  const message = `${count}; ${comparison(rest)}.${unjudged(rest.abra)}`;
  const [first] = findings;
  if (first === undefined || first.severity !== 'error') return { outcome: 'passed', message, data };
  return { outcome: 'failed', message, cause: causeOf(first, errors), data };
}

function causeOf(first: Finding, errors: number): Cause {
  const more = errors > 1 ? ` (and ${counted(errors - 1, 'more error')})` : '';
  return {
    reason: first.rule,
    message: `${first.message}${more}`,
    evidence: placeText(first) ?? first.rule,
    nextStep: first.fix,
  };
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function comparison({ comparedWith, notCompared }: Omit<Compared, 'operatorNotes'>): string {
  return comparedWith === null ? `not compared: ${notCompared ?? ''}` : `compared with ${comparedWith}`;
}

function unjudged({ ownRulesJudged }: LintData['abra']): string {
  return ownRulesJudged ? '' : ' abra’s own R-rules were not judged: this deployer does not have them.';
}
