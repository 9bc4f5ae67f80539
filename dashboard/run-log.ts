/** The log of a run, a section a step, with an address for each line; in pieces, because it may be long. */
import type { LogLine } from '../controller/api/stage.ts';
import { counted } from '../controller/domain/text/count.ts';
import { publicLine } from '../controller/views/log-lines.ts';
import { placeText } from '../controller/views/log-place.ts';
import { stateEvent } from '../controller/views/run-state.ts';
import { isOver } from '../controller/views/standing.ts';
import { shownStep, type StepLog, type WholeRun } from '../controller/views/whole-run.ts';
import { html, type Html } from './html.ts';
import { colouredText, saidBy } from './log-text.ts';
import { runPath, stateOf } from './parts.ts';
import { searchForm } from './run-found.ts';

/** Of one piece. */
const LINES = 200;

export function* logSections(whole: WholeRun): Generator<Html> {
  const { publication, logs } = whole;
  if (!publication.log) {
    yield html`<section>
      <h2 id="log">Log</h2>
      <p>${publication.why}</p>
    </section>`;
    return;
  }
  yield html`<section aria-labelledby="log">
    <h2 id="log">Log</h2>
    ${searchForm(whole)}${downloads(whole)}
    <div id="steps" ${followed(whole)}>
   `;
  const open = shownStep(whole.run);
  for (const each of logs) yield* logSection(whole, each, each.step.step === open);
  yield html`</div>${notReached(whole)}</section>`;
}

/** What the script of the page goes by; of a run that is over there is nothing to follow. */
function followed({ run, place }: WholeRun): Html | string {
  if (isOver(run)) return '';
  const path = `/api/v1${runPath(run.metadata.name)}/logs`;
  const after = place === null ? '' : placeText(place);
  return html`data-follow="${path}" data-after="${after}" data-known="${stateEvent(run).id}"`;
}

function downloads({ run, publication }: WholeRun): Html {
  const path = `/api/v1${runPath(run.metadata.name)}/logs`;
  const raw = publication.files ? html` · <a href="${runPath(run.metadata.name)}/files">Raw files</a>` : '';
  return html`<p><a href="${path}">As text</a> · <a href="${`${path}.gz`}">Compressed</a>${raw}</p>`;
}

function* logSection(whole: WholeRun, { step, anchor, log }: StepLog, isOpen: boolean): Generator<Html> {
  const { run } = whole;
  const known = run.status.steps.findLast(
    ({ name, attempt }) => name === step.step && attempt === step.attempt,
  );
  const title = step.round > 1 ? `${step.step}, round ${step.round}` : step.step;
  yield html`<section class="log" data-step="${step.name}">
    <h3 id="${anchor}">${title} ${stateOf(known?.state ?? 'absent')}</h3>
   `;
  yield* linesOf({ title, anchor, log, isOpen, telling: isOpen ? tellingLine(whole) : null });
  const raw = `${runPath(run.metadata.name)}/files/${encodeURIComponent(`${step.name}.log`)}`;
  yield html`${whole.publication.files ? html`<p><a href="${raw}">Raw log of ${title}</a></p>` : ''}</section> `;
}

interface Lines extends Pick<StepLog, 'anchor' | 'log'> {
  readonly title: string;
  readonly isOpen: boolean;
  /** The line that shows the cause. */
  readonly telling: string | null;
}

function* linesOf({ title, anchor, log, isOpen, telling }: Lines): Generator<Html> {
  const left = log.first - 1;
  if (log.lines.length === 0) {
    yield html`<p>${left > 0 ? 'Its log is too long for this page.' : 'It wrote no line.'}</p>`;
    return;
  }
  if (left > 0) yield html`<p>${counted(left, 'earlier line')} left out.</p>`;
  yield html`<details ${isOpen ? html`open` : ''}>
    <summary>${counted(log.lines.length, 'line')}</summary>
    <pre tabindex="0" role="region" aria-label="Log of ${title}">`;
  for (let at = 0; at < log.lines.length; at += LINES) {
    const slice = log.lines.slice(at, at + LINES);
    yield html`${slice.map((line, index) => lineOf(line, `${anchor}.L${log.first + at + index}`, telling))}`;
  }
  yield html`</pre></details>`;
}

/** For who reads it without the style sheet, or copies it. */
const LINE_END = '\n';

function lineOf(line: LogLine, id: string, telling: string | null): Html {
  const { level, from, text } = publicLine(line);
  const number = id.slice(id.lastIndexOf('L') + 1);
  return html`<span id="${id}" class="line ${level}" ${id === telling && html`data-telling`}
    ><a href="#${id}">${number}</a> <i>${from}</i> ${saidBy(level)}${colouredText(text)}${LINE_END}</span
  >`;
}

/** Stages that were asked for and left no log: links from elsewhere lead to them all the same. */
function notReached({ run, logs, publication }: WholeRun): Html[] {
  const isEnded = run.status.finishedAt !== null;
  return (run.spec?.stages ?? [])
    .filter((stage) => !logs.some(({ step }) => step.step === stage))
    .filter((stage) => isEnded || !publication.steps.some(({ step }) => step === stage))
    .map(
      (stage) =>
        html`<section class="log" data-absent="${stage}">
          <h3 id="${stage}">${stage} ${stateOf('absent')}</h3>
          <p>${isEnded ? 'The run ended before it.' : 'Not started yet.'}</p>
        </section> `,
    );
}

/** The address of the line that shows the cause: the one that holds the evidence, or else the first error. */
export function tellingLine({ run, logs }: WholeRun): string | null {
  const found = logs.find(({ step }) => step.step === shownStep(run));
  if (found === undefined) return null;
  const evidence = run.status.cause?.evidence?.split('\n')[0]?.trim() ?? '';
  const { first, lines } = found.log;
  const shows = evidence === '' ? -1 : lines.findIndex(({ text }) => text.includes(evidence));
  const index = shows === -1 ? lines.findIndex(({ level }) => level === 'error') : shows;
  return index === -1 ? null : `${found.anchor}.L${first + index}`;
}
