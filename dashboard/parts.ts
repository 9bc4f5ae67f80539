/** What pages are made of: states, times, commits and links to our own pages. */
import { shownLevel } from '../controller/domain/run/level.ts';
import { lookOf, shownPhase } from '../controller/domain/run/appearance.ts';
import { ageOf, spanOf, utcOf } from '../controller/domain/text/time.ts';
import type { RunView } from '../controller/views/runs.ts';
import { detailOf } from '../controller/views/standing.ts';
import { html, type Html } from './html.ts';

export function runPath(name: string): string {
  return `/runs/${encodeURIComponent(name)}`;
}

export function recipePath(name: string): string {
  return `/recipes/${encodeURIComponent(name)}`;
}

/** An icon for the eye and a word for everybody. */
export function stateOf(state: string, detail = ''): Html {
  const { icon, tone, word } = lookOf(state);
  const words = detail === '' ? word : `${word}: ${detail}`;
  return html`<span class="state ${tone}"
    ><span class="icon" aria-hidden="true">${icon}</span> ${words}</span
  >`;
}

export function runState(run: RunView): Html {
  return stateOf(shownPhase(run.status), detailOf(run));
}

export function stateWords(run: RunView): string {
  const { icon, word } = lookOf(shownPhase(run.status));
  const detail = detailOf(run);
  return `${icon} ${word}${detail === '' ? '' : `: ${detail}`}`;
}

/** How long ago, and exactly when. */
export function timeOf(instant: string | null, now: Date): Html | string {
  if (instant === null) return '–';
  const at = new Date(instant);
  return html`<time datetime="${instant}" title="${utcOf(at)}"
    >${ageOf(now.getTime() - at.getTime())} ago</time
  >`;
}

export function lengthOf(from: string | null, to: string | null, now: Date): string {
  return from === null ? '–' : spanOf((to === null ? now.getTime() : Date.parse(to)) - Date.parse(from));
}

export function levelOf(status: RunView['status']): string {
  return shownLevel(status) || '–';
}

/** What was tested: its version, and seven digits of its commit. */
export function testedOf({ spec, status }: RunView): Html {
  const commit = status.commit ?? spec?.source.ref ?? '';
  if (commit === '') return html`–`;
  const short = /^[0-9a-f]{40}$/.test(commit) ? commit.slice(0, 7) : commit;
  return html`${status.version ?? ''} <code title="${commit}">${short}</code>`;
}

/** `#12`, as a link where we know where it leads. */
export function pullOf({ spec }: RunView): Html | string {
  const number = spec?.source.pr;
  if (number === undefined) return '–';
  const url = spec?.trigger.url ?? '';
  return /^https?:\/\//.test(url)
    ? html`<a href="${url}" rel="noreferrer" aria-label="Pull request ${number}">#${number}</a>`
    : `#${number}`;
}

/** What kind of run it is, where it is no verdict on what people publish. */
export function kindOf({ spec }: RunView): string {
  if (spec?.bump !== undefined) return 'only some image bumps';
  return spec?.trigger.kind === 'reference' ? 'reference' : '';
}

/** A run a line, by its state; nobody has to tell colours apart. */
export function square(run: RunView, now: Date): Html {
  const { icon, tone, word } = lookOf(shownPhase(run.status));
  const when = `${word}, ${ageOf(now.getTime() - Date.parse(run.metadata.createdAt))} ago`;
  return html`<a
    class="square ${tone}"
    href="${runPath(run.metadata.name)}"
    title="${when}"
    aria-label="${run.metadata.name}: ${when}"
    >${icon}</a
  >`;
}

/** A sentence of ours, with what stands between backticks as code. */
export function prose(text: string): Html {
  const parts = text.split('`');
  // What has no partner is a letter like any other.
  if (parts.length % 2 === 0) return html`${text}`;
  return html`${parts.map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

export type Fact = readonly [string, Html | string | null | undefined];

/** Without the facts that there are none of. */
export function facts(all: readonly Fact[]): Html {
  const known = all.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return html`<dl class="facts">
    ${known.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

/** A table that scrolls by itself where the screen is small. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly (Html | string)[])[],
): Html {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}
