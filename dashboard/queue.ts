/** The page of what runs and what waits, with reasons, and when each may begin. */
import type { QueueView } from '../controller/views/queue.ts';
import { html, type Html } from './html.ts';
import { lengthOf, recipePath, runPath, runState, table, timeOf } from './parts.ts';
import { recipeOf } from '../controller/views/run-record.ts';
import { spanOf } from '../controller/domain/text/time.ts';
import { pageOf } from './shell.ts';

export function queuePage({ running, waiting }: QueueView, now: Date): Html {
  const isEmpty = running.length + waiting.length === 0;
  return pageOf({
    title: 'Queue',
    body: html`<h1>Queue</h1>
      <div id="queue" data-live data-follow-all>
        ${isEmpty ? html`<p>Nothing runs and nothing waits.</p>` : ''} ${runningOf(running, now)}
        ${waitingOf(waiting, now)}
      </div>`,
  });
}

function runningOf(running: QueueView['running'], now: Date): Html | string {
  if (running.length === 0) return '';
  const rows = running.map(({ run, leftMs }) => [
    html`<a href="${runPath(run.metadata.name)}">${run.metadata.name}</a>`,
    recipeLink(recipeOf(run)),
    runState(run),
    run.status.server,
    lengthOf(run.status.begunAt, null, now),
    leftText(leftMs),
  ]);
  return table('Runs', ['Run', 'Recipe', 'State', 'Server', 'For', 'About so long to go'], rows);
}

function waitingOf(waiting: QueueView['waiting'], now: Date): Html | string {
  if (waiting.length === 0) return '';
  const rows = waiting.map(({ run, waitMs }) => [
    html`<a href="${runPath(run.metadata.name)}">${run.metadata.name}</a>`,
    recipeLink(recipeOf(run)),
    run.status.queue === null ? '–' : `#${run.status.queue.position}`,
    run.status.queue?.reason ?? run.status.message,
    timeOf(run.metadata.createdAt, now),
    leftText(waitMs),
  ]);
  return table('Waits', ['Run', 'Recipe', 'Place', 'Why', 'Asked', 'Begins in about'], rows);
}

const recipeLink = (recipe: string): Html | string =>
  recipe === '' ? '' : html`<a href="${recipePath(recipe)}">${recipe}</a>`;

/** From how long earlier ones took; who has no earlier one says nothing. */
function leftText(ms: number | null): string {
  return ms === null ? 'not known' : spanOf(ms);
}
