/** `notes`: what operators must do by hand and what changes for them, as Markdown for the recipe's `release/<version>`. */
import { operatorReportOf } from '../../views/operator-report.ts';
import { isOver } from '../../views/standing.ts';
import { API_VERSION } from '../../api/primitives.ts';
import { markdownOf, type OperatorReport, untold } from '../../domain/notes/report.ts';
import { say, type Ctl } from '../terminal/world.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { objectOutput, serialized } from '../terminal/output.ts';
import { requireRun, type RunView } from '../../views/runs.ts';
import { oneLine, printable } from '../../views/text.ts';

export async function notes(
  ctl: Ctl,
  words: readonly string[],
  options: { readonly output?: string },
): Promise<ExitCode> {
  const { name } = singleTarget(words, ['runs']);
  const output = objectOutput(options.output);
  const run = await requireRun(ctl, name);
  const report = await wholeReport(ctl, run);
  if (output.as === 'table') printMarkdown(ctl, report);
  else {
    const metadata = { name, recipe: run.spec?.recipe ?? null, version: run.status.version };
    ctl.out.write(
      serialized({ apiVersion: API_VERSION, kind: 'OperatorNotes', metadata, ...report }, output),
    );
  }
  return EXIT.ok;
}

/** A file made from half a run would look whole. */
async function wholeReport(ctl: Ctl, run: RunView): Promise<OperatorReport> {
  const target = `run/${run.metadata.name}`;
  if (run.status.phase === 'Refused')
    throw new Refusal(
      'invalid',
      `${target} was refused, and compared nothing: ${oneLine(run.status.message)}`,
      {
        next: `\`ccci-ctl describe ${target}\` says what to correct.`,
      },
    );
  if (!isOver(run))
    throw new Refusal('notFound', `${target} is not over, so its notes are not complete.`, {
      next: `\`ccci-ctl wait ${target} --for=verdict\` waits for its end; \`ccci-ctl describe ${target}\` shows what is known.`,
    });
  const report = await operatorReportOf(ctl, run);
  if (report !== null) return report;
  throw run.spec?.stages.includes('lint') === false ? notAsked(run) : notLinted(run);
}

function notAsked({ metadata, spec }: RunView): Refusal {
  return new Refusal('notFound', `run/${metadata.name} was not asked for lint, which compares the versions.`, {
    next: `\`ccci-ctl run ${spec?.recipe} --stages lint,install,upgrade --wait\` makes a run that has notes.`,
  });
} // oxfmt-ignore

function notLinted({ metadata, status }: RunView): Refusal {
  const message = `run/${metadata.name} ended before lint had compared the versions: ${oneLine(status.message)}`;
  return new Refusal('notJudged', message, {
    next: `\`ccci-ctl describe run/${metadata.name}\` says why; \`ccci-ctl rerun run/${metadata.name}\` asks again.`,
  });
}

function printMarkdown(ctl: Ctl, report: OperatorReport): void {
  for (const line of markdownOf(report).split('\n').slice(0, -1)) ctl.out.write(`${printable(line)}\n`);
  if (report.notCompared !== null) say(ctl, `Nothing was compared: ${printable(report.notCompared)}.`);
  const names = untold(report);
  if (names.length > 0)
    say(ctl, `By hand, and not yet named in the recipe's release note: ${printable(names.join(', '))}.`);
}
