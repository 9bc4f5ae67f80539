/** The first page: what changed, what runs, and how each enrolled recipe stands. */
import { isUnderWay, isWaiting, type RecipeRow, type Standing } from '../controller/views/overview.ts';
import type { RunView } from '../controller/views/runs.ts';
import { html, type Html } from './html.ts';
import {
  lengthOf,
  levelOf,
  pullOf,
  recipePath,
  runPath,
  runState,
  square,
  stateOf,
  testedOf,
  timeOf,
} from './parts.ts';
import { pageOf } from './shell.ts';

export interface Overview {
  readonly rows: readonly RecipeRow[];
  /** All runs, newest first, also those that judge no recipe. */
  readonly runs: readonly RunView[];
  readonly now: Date;
}

const SQUARES = 10;

export function overviewPage(overview: Overview): Html {
  const { rows, now } = overview;
  return pageOf({
    title: 'Recipes',
    body: html`<h1>Recipes</h1>
      <div id="all" data-live data-follow-all>
        ${counts(overview)} ${group('Newly failing', 'newlyFailing', overview)}
        ${group('Newly passing', 'newlyPassing', overview)}
        ${group('Still failing', 'stillFailing', overview)} ${queue(overview)}
        ${
          rows.length === 0
            ? html`<p>No recipe is enrolled yet.</p>`
            : html`<div class="cards">
                <table role="table">
                  <caption>
                    ${rows.length === 1 ? 'The enrolled recipe' : `All ${rows.length} enrolled recipes`}
                  </caption>
                  <thead role="rowgroup">
                    <tr role="row">
                      ${HEADS.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}
                    </tr>
                  </thead>
                  <tbody role="rowgroup">
                    ${rows.map((row) => rowOf(row, now))}
                  </tbody>
                </table>
              </div>`
        }
      </div>`,
  });
}

const HEADS = [
  'Recipe',
  'State',
  'Level',
  'Tested',
  'Pull request',
  'Started',
  'Duration',
  'Last runs, newest first',
];

function counts({ rows, runs }: Overview): Html {
  const of = (...standings: Standing[]): number =>
    rows.filter(({ standing }) => standings.includes(standing)).length;
  const all: readonly (readonly [Html, number])[] = [
    [stateOf('Passed'), of('stillPassing', 'newlyPassing')],
    [stateOf('Failed'), of('stillFailing', 'newlyFailing')],
    [stateOf('Errored'), of('notJudged')],
    [stateOf('Running'), runs.filter(isUnderWay).length],
    [stateOf('Queued'), runs.filter(isWaiting).length],
  ];
  return html`<ul class="counts">
    ${all.map(([state, count]) => html`<li>${state} ${count}</li>`)}
  </ul>`;
}

function group(title: string, standing: Standing, { rows, now }: Overview): Html | string {
  const own = rows.filter((row) => row.standing === standing);
  if (own.length === 0) return '';
  const id = standing;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title} (${own.length})</h2>
    <ul>
      ${own.map(({ recipe, judged }) => (judged === null ? '' : changeOf(recipe, judged, now)))}
    </ul>
  </section> `;
}

function changeOf(recipe: string, run: RunView, now: Date): Html {
  const pull = run.spec?.source.pr === undefined ? '' : html` in pull request ${pullOf(run)}`;
  return html`<li>
    <a href="${runPath(run.metadata.name)}">${recipe}</a>${pull}: ${runState(run)},
    ${timeOf(run.status.finishedAt, now)}. ${run.status.message}
  </li> `;
}

/** The oldest of each first, because they come to their end first. */
function queue({ runs, now }: Overview): Html | string {
  const open = [...runs.filter(isUnderWay).toReversed(), ...runs.filter(isWaiting).toReversed()];
  if (open.length === 0) return '';
  return html`<section aria-labelledby="now">
    <h2 id="now">Now (${open.length})</h2>
    <ul>
      ${open.map((run) => html`<li><a href="${runPath(run.metadata.name)}">${run.metadata.name}</a>: ${runState(run)}, ${run.status.begunAt === null ? html`asked for ${timeOf(run.metadata.createdAt, now)}` : html`for ${lengthOf(run.status.begunAt, null, now)}`}</li> `)}
    </ul>
  </section>`;
}

/** Roles are said, because on a narrow screen the style makes cards of the rows, and browsers then take the table for none. */
function rowOf({ recipe, category, runs }: RecipeRow, now: Date): Html {
  const head = html`<th scope="row" role="rowheader">
    <a href="${recipePath(recipe)}">${recipe}</a>
    <span class="took">${category ?? 'its document cannot be read'}</span>
  </th>`;
  const run = runs[0];
  if (run === undefined)
    return html`<tr role="row">
      ${head}
      <td role="cell" colspan="7">no runs yet</td>
    </tr> `;
  const { status, metadata } = run;
  const cells = [
    html`<a href="${runPath(metadata.name)}">${runState(run)}</a>`,
    levelOf(status),
    testedOf(run),
    pullOf(run),
    timeOf(status.begunAt ?? metadata.createdAt, now),
    lengthOf(status.begunAt, status.finishedAt, now),
    html`<span class="squares">${runs.slice(0, SQUARES).map((each) => square(each, now))}</span>`,
  ];
  return html`<tr role="row">
    ${head}${cells.map((cell, index) => html`<td role="cell" data-label="${HEADS[index + 1]}">${cell}</td>`)}
  </tr> `;
}
