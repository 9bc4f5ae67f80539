/** The page of a recipe: its badge, and every run of it with its stages, newest first. */
import { STAGES, type StageName } from '../controller/api/stage.ts';
import { lookOf } from '../controller/domain/run/appearance.ts';
import type { RunView } from '../controller/views/runs.ts';
import { html, type Html } from './html.ts';
import {
  kindOf,
  lengthOf,
  levelOf,
  pullOf,
  recipePath,
  runPath,
  runState,
  table,
  testedOf,
  timeOf,
} from './parts.ts';
import { pageOf } from './shell.ts';

export interface RecipeHistory {
  readonly recipe: string;
  readonly isEnrolled: boolean;
  /** Newest first. */
  readonly runs: readonly RunView[];
  /** From 1. */
  readonly page: number;
  readonly publicUrl: string | null;
  readonly now: Date;
}

export const RUNS_A_PAGE = 100;

const HEADS = [
  'Run',
  'State',
  'Level',
  'Tested',
  'Pull request',
  'Kind',
  'Started',
  'Duration',
  ...STAGES,
] as const;

export function recipePage(history: RecipeHistory): Html {
  const { recipe, isEnrolled, runs, page, now } = history;
  const shown = runs.slice((page - 1) * RUNS_A_PAGE, page * RUNS_A_PAGE);
  return pageOf({
    title: recipe,
    body: html`<h1>${recipe}</h1>
      ${isEnrolled ? '' : html`<p>This recipe is not enrolled any more.</p>`}
      <p><img src="/badge/${encodeURIComponent(recipe)}.svg" alt="Badge of ${recipe}" height="20" /></p>
      ${markdownOf(history)}
      ${
        shown.length === 0
          ? html`<p>${runs.length === 0 ? 'It was not tested yet.' : 'There are no runs that old.'}</p>`
          : table(
              `Runs of ${recipe}`,
              HEADS,
              shown.map((run) => rowOf(run, now)),
            )
      }
      ${pages(history)}`,
  });
}

function rowOf(run: RunView, now: Date): (Html | string)[] {
  const { metadata, status } = run;
  return [
    html`<a href="${runPath(metadata.name)}">${metadata.name}</a>`,
    runState(run),
    levelOf(status),
    testedOf(run),
    pullOf(run),
    kindOf(run),
    timeOf(status.begunAt ?? metadata.createdAt, now),
    lengthOf(status.begunAt, status.finishedAt, now),
    ...STAGES.map((stage) => dot(run, stage)),
  ];
}

function dot({ metadata, status }: RunView, stage: StageName): Html {
  const step = status.steps.findLast(({ name, attempt }) => name === stage && attempt === status.attempt);
  const { icon, tone, word } = lookOf(step?.state ?? 'absent');
  return html`<a
    class="square ${tone}"
    href="${runPath(metadata.name)}#${stage}"
    title="${word}"
    aria-label="${stage} of ${metadata.name}: ${word}"
    >${icon}</a
  >`;
}

function markdownOf({ recipe, publicUrl }: RecipeHistory): Html | string {
  if (publicUrl === null) return '';
  const markdown = `[![cc-ci](${publicUrl}/badge/${recipe}.svg)](${publicUrl}${recipePath(recipe)})`;
  return html`<p>Markdown of the badge: <code>${markdown}</code></p>`;
}

function pages({ recipe, runs, page }: RecipeHistory): Html {
  const path = recipePath(recipe);
  const newer = page > 1 ? html`<a href="${`${path}?page=${page - 1}`}">Newer runs</a> ` : '';
  const older =
    runs.length > page * RUNS_A_PAGE ? html`<a href="${`${path}?page=${page + 1}`}">Older runs</a>` : '';
  return html`<p>${newer}${older}</p>`;
}
