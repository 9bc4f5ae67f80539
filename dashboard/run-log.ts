/** The log of a run, a section a step, with an address for each line. */
import type { LogLine } from '../controller/api/stage.ts';
import { counted } from '../controller/domain/text/count.ts';
import { shownStep, type StepLog, type WholeRun } from '../controller/views/whole-run.ts';
import { html, type Html } from './html.ts';
import { runPath, stateOf } from './parts.ts';

/** Of one line; all of it is in the raw log. */
const MOST_LETTERS = 10_000;

export function logSections(whole: WholeRun): Html {
  const { run, publication, logs } = whole;
  if (!publication.log)
    return html`<section>
      <h2 id="log">Log</h2>
      <p>${publication.why}</p>
    </section>`;
  const open = shownStep(run);
  return html`<section aria-labelledby="log">
    <h2 id="log">Log</h2>
    ${logs.map((each) => logSection(whole, each, each.step.step === open))} ${notReached(whole)}
  </section>`;
}

function logSection(whole: WholeRun, { step, anchor, log }: StepLog, isOpen: boolean): Html {
  const { run } = whole;
  const known = run.status.steps.findLast(
    ({ name, attempt }) => name === step.step && attempt === step.attempt,
  );
  const state = stateOf(known?.state ?? 'absent');
  const title = step.round > 1 ? `${step.step}, round ${step.round}` : step.step;
  if (log.lines.length === 0)
    return html`<section class="log">
      <h3 id="${anchor}">${title} ${state}</h3>
      <p>${log.first > 1 ? 'Its log is too long for this page.' : 'It wrote no line.'}</p>
    </section>`;
  const raw = `${runPath(run.metadata.name)}/files/${encodeURIComponent(`${step.name}.log`)}`;
  const left = log.first - 1;
  return html`<section class="log">
    <h3 id="${anchor}">${title} ${state}</h3>
    ${left > 0 ? html`<p>${counted(left, 'earlier line')} left out.</p>` : ''}
    <details ${isOpen ? html`open` : ''}>
      <summary>${counted(log.lines.length, 'line')}</summary>
      <pre>
${log.lines.map((line, index) => lineOf(line, `${anchor}.L${log.first + index}`, log.first + index))}</pre>
    </details>
    ${whole.publication.files ? html`<p><a href="${raw}">Raw log of ${title}</a></p>` : ''}
  </section> `;
}

/** For who reads it without the style sheet, or copies it. */
const LINE_END = '\n';

function lineOf({ level, from, text }: LogLine, id: string, number: number): Html {
  const shown =
    text.length > MOST_LETTERS
      ? `${text.slice(0, MOST_LETTERS)} … (${text.length - MOST_LETTERS} more characters are in the raw log)`
      : text;
  const said = level === 'error' || level === 'warn' ? `${level}: ` : '';
  return html`<span id="${id}" class="line ${level}"
    ><a href="#${id}">${number}</a> <i>${from}</i> ${said}${shown}${LINE_END}</span
  >`;
}

/** Stages that were asked for and left no log: links from elsewhere lead to them all the same. */
function notReached({ run, logs }: WholeRun): Html[] {
  const isOver = run.status.finishedAt !== null;
  return (run.spec?.stages ?? [])
    .filter((stage) => !logs.some(({ step }) => step.step === stage))
    .map(
      (stage) =>
        html`<section class="log">
          <h3 id="${stage}">${stage} ${stateOf('absent')}</h3>
          <p>${isOver ? 'The run ended before it.' : 'Not started yet.'}</p>
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
