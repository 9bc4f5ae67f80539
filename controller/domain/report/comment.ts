/** The one comment under a pull request: verdict first, then what was tested, the stages, and the rest folded. Pure. */
import { shownLevel } from '../run/level.ts';
import type { PullStatusBody } from '../../api/pull-status.ts';
import type { Reference } from '../../api/report-status.ts';
import { decidingStep } from '../run/appearance.ts';
import { utcOf } from '../text/time.ts';
import { detailsOf, type DetailsOf } from './details.ts';
import { folded } from './folded.ts';
import { code, prose } from './inert.ts';
import type { Links } from './links.ts';
import { markerOf } from './marker.ts';
import { pullNotes } from './pull-notes.ts';
import { referenceText } from './reference.ts';
import { lastSteps, type ReportedRun } from './reported-run.ts';
import { stageTable } from './stage-table.ts';
import { durationOf, headlineOf, sentenceOf } from './standing.ts';

export interface CommentOf extends DetailsOf {
  readonly pull: PullStatusBody;
  /** Of the same pull request, newest first; `run` is not among them. */
  readonly older: readonly ReportedRun[];
  readonly reference: Reference | null;
  /** How long a run of the recipe takes, or null where too few are known. */
  readonly usualMinutes: number | null;
  /** Name of the picture of the app among the files of the run; null where there is none, or files are not shown. */
  readonly picture: string | null;
  readonly links: Links;
}

/** Markdown of at most 60,000 characters in which nothing is active but our own links. */
export function commentOf(input: CommentOf): string {
  const { run, pull, reference } = input;
  const essential = [
    `${markerOf(pull.recipe, pull.number)}\n### ${titleOf(run)}`,
    verdictLines(input).join('\n'),
    reference === null ? '' : `**${prose(referenceText(reference))}**`,
    [factsLine(run), linksLine(input), pullNotes(pull, run), olderLine(input)]
      .filter((line) => line !== '')
      .join('\n'),
    stageTable(run).join('\n'),
  ].filter((part) => part !== '');
  return folded(essential, detailsOf(input), timeLine(run));
}

function titleOf(run: ReportedRun): string {
  const { icon, words } = headlineOf(run);
  const level = shownLevel(run.status);
  const more = [level === '' ? '' : `level ${level}`, durationOf(run)].filter((text) => text !== '');
  return [`${icon} cc-ci: ${words}`, ...more].join(' · ');
}

function verdictLines({ run, usualMinutes }: CommentOf): string[] {
  const { cause } = run.status;
  const lines = [prose(sentenceOf(run))];
  if (cause?.evidence !== undefined && cause.evidence !== '')
    lines.push(`What shows it: ${code(cause.evidence, 300)}`);
  if (cause?.nextStep !== undefined && cause.nextStep !== '')
    lines.push(`What to try: ${prose(cause.nextStep, 300)}`);
  lines.push(waitLine(run, usualMinutes));
  return lines.filter((line) => line !== '');
}

/** How long it may take, from earlier runs of the recipe: nothing that changes by the minute, or it would be said anew each time. */
function waitLine({ status: { phase, queue } }: ReportedRun, usual: number | null): string {
  if (usual === null || (phase !== 'Queued' && phase !== 'Pending')) return '';
  const line = `A run of this recipe usually takes about ${usual} min`;
  if (queue === null) return `${line}.`;
  return `${line}; if those before it do as well, this one begins within about ${queue.position * usual} min.`;
}

function factsLine({ name, spec, status }: ReportedRun): string {
  const { version, deployer, attempt } = status;
  const who = spec.trigger.user === undefined ? 'somebody' : code(spec.trigger.user);
  return [
    `${code(spec.recipe)} at ${code(spec.source.ref.slice(0, 7))}, the head when ${who} said \`!testme\``,
    version === null ? '' : `version ${code(version)}`,
    deployer === null ? '' : `deployed by ${code(`${deployer.kind} ${deployer.version}`)}`,
    attempt > 1 ? `attempt ${attempt}` : '',
    `run ${code(name)}`,
  ]
    .filter((text) => text !== '')
    .join(' · ');
}

function linksLine({ run, links, picture }: CommentOf): string {
  const step = run.status.stage ?? decidingStep(lastSteps(run));
  const log = links.log(run.name, step === '' ? null : step);
  const [history, files] = [links.history(run.spec.recipe), links.files(run.name)];
  const again = 'run again: say `!testme`';
  if (log === null || history === null || files === null)
    return `${code(`ccci-ctl describe run/${run.name}`)} shows all of it · ${again}`;
  const seen = picture === null ? null : links.file(run.name, picture);
  const shown = seen === null ? '' : ` · [screenshot](${seen})`;
  return `[log](${log}) · [history](${history}) · [files](${files})${shown} · ${again}`;
}

const MOST_OLDER = 3;

function olderLine({ older }: CommentOf): string {
  if (older.length === 0) return '';
  const shown = older.slice(0, MOST_OLDER).map((run) => `${code(run.name)} ${endOf(run)}`);
  const left = older.length - shown.length;
  return `Older runs: ${shown.join('; ')}${left === 0 ? '' : `; and ${left} before`}.`;
}

function endOf(run: ReportedRun): string {
  const { cancel } = run.spec;
  if (typeof cancel === 'object' && cancel.by === 'newer-run')
    return cancel.who === undefined ? 'superseded' : `superseded by ${code(cancel.who)}`;
  return headlineOf(run).words;
}

function timeLine({ createdAt, status: { begunAt, finishedAt } }: ReportedRun): string {
  if (finishedAt !== null) return `Finished ${minuteOf(finishedAt)}.`;
  return begunAt === null ? `Asked for ${minuteOf(createdAt)}.` : `Begun ${minuteOf(begunAt)}.`;
}

/** Without seconds: colons around a number are an emoji to some forges. */
function minuteOf(instant: string): string {
  return utcOf(new Date(instant)).replace(/:\d\d UTC$/, ' UTC');
}
