/** The page of a run: the verdict first, then why, then everything that is known. */
import { RESOURCE_TITLES, resourceNotes, resourceRows } from '../controller/domain/run/resource-text.ts';
import { recipeOf } from '../controller/views/run-record.ts';
import type { RunView } from '../controller/views/runs.ts';
import { isOver, scopeOf, teardownOf } from '../controller/views/standing.ts';
import type { WholeRun } from '../controller/views/whole-run.ts';
import { html, type Html } from './html.ts';
import {
  type Fact,
  facts,
  kindOf,
  lengthOf,
  prose,
  pullOf,
  recipePath,
  runPath,
  runState,
  stateWords,
  table,
  testedOf,
  timeOf,
} from './parts.ts';
import { failurePanel } from './run-failure.ts';
import { logSections } from './run-log.ts';
import { partsOf } from './run-parts.ts';
import { rail, rungs } from './run-stages.ts';
import { pageParts } from './shell.ts';

export interface RunPage {
  readonly whole: WholeRun;
  readonly now: Date;
  /** False where whoever asks has the log already. */
  readonly hasLog: boolean;
}

export function runPage(page: RunPage): Generator<Html> {
  const { run } = page.whole;
  return pageParts({ title: `${stateWords(run)} · ${run.metadata.name}`, parts: runParts(page) });
}

/** What changes while a run goes on has an id and is marked: the script of the page puts the new one in its place. */
function* runParts({ whole, now, hasLog }: RunPage): Generator<Html> {
  const { run, problems } = whole;
  const { name } = run.metadata;
  const recipe = recipeOf(run);
  yield html`<div id="verdict" data-live>
    <h1>${runState(run)} <span>${name}</span></h1>
    <p class="verdict">${prose(verdictOf(run))}</p>
    ${factsOf(run, now)}
    <p>
      ${recipe === '' ? '' : html`<a href="${recipePath(recipe)}">History of ${recipe}</a> · `}<a
        href="${runPath(name)}/files"
        >Files</a
      >
      · <a href="${runPath(name)}.txt">As text</a> · <a href="/api/v1${runPath(name)}">As JSON</a>
    </p>
    ${
      problems.length === 0
        ? ''
        : html`<ul>
            ${problems.map((problem) => html`<li>${problem}</li>`)}
          </ul>`
    }
    ${
      run.problems.length === 0
        ? ''
        : html`<h2>What is wrong with its document</h2>
            <ul>
              ${run.problems.map((each) => html`<li>line ${each.line}: ${each.path} ${each.message}</li>`)}
            </ul>`
    }
    ${failurePanel(whole)} ${rungs(run)} ${rail(run, now)} ${reportsOf(whole, now)} ${notesOf(whole)}
    ${resourcesOf(whole)} ${partsOf(whole)}
  </div>`;
  if (hasLog) yield* logSections(whole);
  yield html`<div id="after" data-live>${eventsOf(whole, now)} ${conditionsOf(run, now)}</div>`;
}

function verdictOf(run: RunView): string {
  const { message, begunAt } = run.status;
  const teardown = isOver(run) && begunAt !== null ? ` Teardown: ${teardownOf(run)}.` : '';
  return [`${message}${teardown}`, scopeOf(run) ?? ''].join(' ').trim();
}

function factsOf(run: RunView, now: Date): Html {
  return facts([...askedFacts(run, now), ...doneFacts(run, now)]);
}

function askedFacts(run: RunView, now: Date): Fact[] {
  const { spec, status, metadata } = run;
  return [
    ['Recipe', recipeOf(run)],
    ['Tested', testedOf(run)],
    ['Repository', spec?.source.repo ?? status.accepted?.repo],
    ['Pull request', spec?.source.pr === undefined ? '' : pullOf(run)],
    ['Asked by', spec?.trigger.user],
    ['Kind', kindOf(run)],
    ['Asked', timeOf(metadata.createdAt, now)],
  ];
}

function doneFacts({ status }: RunView, now: Date): Fact[] {
  const { begunAt, finishedAt, deployer } = status;
  return [
    ['Begun', begunAt === null ? '' : timeOf(begunAt, now)],
    ['Finished', finishedAt === null ? '' : timeOf(finishedAt, now)],
    ['Duration', begunAt === null ? '' : lengthOf(begunAt, finishedAt, now)],
    ['Attempt', status.attempt > 1 ? String(status.attempt) : ''],
    ['Deployed by', deployer === null ? '' : `${deployer.kind} ${deployer.version}`],
    ['Domain', status.app?.domain],
    ['Left behind', status.leftovers.join(', ')],
  ];
}

function reportsOf({ report, fault, run }: WholeRun, now: Date): Html | string {
  if (report === null) return '';
  const rows = report.conditions.map(({ type, lastTransitionTime, status, reason, message }) => [
    type,
    status,
    reason,
    timeOf(lastTransitionTime, now),
    message,
  ]);
  const whose = fault === null || run.status.cause !== null ? '' : html`<p>${fault}</p>`;
  return html`<section>
    ${table('What was reported elsewhere', ['Report', 'Status', 'Reason', 'Since', 'Message'], rows)}${whose}
  </section>`;
}

function notesOf({ notes }: WholeRun): Html | string {
  if (notes.length === 0) return '';
  return html`<section aria-labelledby="operators">
    <h2 id="operators">For operators</h2>
    ${notes.map(
      ({ title, lines }) =>
        html`<h3>${title}</h3>
          <ul>
            ${lines.map((line) => html`<li>${line}</li>`)}
          </ul>`,
    )}
  </section>`;
}

function resourcesOf({ resources }: WholeRun): Html | string {
  if (resources === null) return '';
  return html`<section>
    ${table('What the app took', RESOURCE_TITLES, resourceRows(resources))}
    ${resourceNotes(resources).map((note) => html`<p>${note}</p>`)}
  </section>`;
}

function eventsOf({ events }: WholeRun, now: Date): Html | string {
  if (events.length === 0) return '';
  const rows = events.map(({ time, reason, count, message }) => [
    timeOf(time, now),
    reason,
    `${count}×`,
    message,
  ]);
  return html`<section>${table('Events', ['When', 'Reason', 'Count', 'Message'], rows)}</section>`;
}

function conditionsOf({ status }: RunView, now: Date): Html | string {
  if (status.conditions.length === 0) return '';
  const rows = status.conditions.map(({ type, reason, message, lastTransitionTime, ...each }) => [
    type,
    each.status,
    reason,
    timeOf(lastTransitionTime, now),
    message,
  ]);
  return html`<section>
    ${table('Conditions', ['Condition', 'Status', 'Reason', 'Since', 'Message'], rows)}
  </section>`;
}
