/** A run beside another: what is different, and what is not. */
import type { Compared } from '../controller/views/compared.ts';
import { counted } from '../controller/domain/text/count.ts';
import { html, type Html } from './html.ts';
import { runPath, runState, stateOf, table, timeOf } from './parts.ts';
import { pageOf } from './shell.ts';

type RunDiff = Compared['diff'];
type TextDiff = RunDiff['images'];
type Row = readonly [what: string, before: Html | string, after: Html | string];

export function comparePage(pair: Compared, now: Date): Html {
  const [of, to] = [pair.before, pair.after];
  const title = `${of.metadata.name} and ${to.metadata.name}`;
  const side = (run: Compared['after']): Html =>
    html`<li>
      <a href="${runPath(run.metadata.name)}">${run.metadata.name}</a> ${runState(run)},
      ${timeOf(run.metadata.createdAt, now)}
    </li> `;
  return pageOf({
    title,
    body: html`<h1>${title}</h1>
      <ul>
        ${side(of)}${side(to)}
      </ul>
      ${differences(pair)}`,
  });
}

/** Under a heading of the third level, in the panel that says why. */
export function comparedPart(pair: Compared | null): Html | string {
  if (pair === null) return '';
  const name = pair.before.metadata.name;
  const path = `/compare/${encodeURIComponent(name)}/${encodeURIComponent(pair.after.metadata.name)}`;
  return html`<h3><a href="${path}">Since the last green run</a>, ${name}</h3>
    ${differences(pair)}`;
}

function differences({ diff, before, after }: Compared): Html {
  const rows = [...factRows(diff), ...imageRows(diff), ...stageRows(diff)];
  const same = whatIsSame(diff);
  return html`${
    rows.length === 0
      ? html`<p>Nothing that is known of both is different.</p>`
      : table(`What is different`, ['What', before.metadata.name, after.metadata.name], rows)
  }
  ${settingsOf(diff)} ${same.length === 0 ? '' : html`<p>What did not change: ${same.join(', ')}.</p>`}`;
}

function factRows({ facts }: RunDiff): Row[] {
  return facts
    .filter((fact) => fact.before !== fact.after)
    .map(({ name, ...fact }) =>
      name === 'verdict'
        ? [name, stateOf(fact.before ?? ''), stateOf(fact.after ?? '')]
        : [name, fact.before ?? '–', fact.after ?? '–'],
    );
}

function imageRows({ images }: RunDiff): Row[] {
  return images.changes
    .filter(({ op }) => op !== 'same')
    .map(({ op, text }) => ['image', op === 'removed' ? text : '–', op === 'added' ? text : '–']);
}

function stageRows({ stages }: RunDiff): Row[] {
  const side = (each: RunDiff['stages'][number]['before']): Html | string =>
    each === null
      ? '–'
      : html`${stateOf(each.state)} ${each.seconds === null ? '' : `${Math.round(each.seconds)}s`}`;
  return stages
    .filter(({ before, after, marked }) => marked || before?.state !== after?.state)
    .map(({ stage, before, after }) => [stage, side(before), side(after)]);
}

/** What they hold is an operator's: only that it differs is said. */
function settingsOf({ compose, env }: RunDiff): Html | string {
  const said = [
    ['the compose file as it was deployed', compose],
    ['the environment', env],
  ] as const;
  const lines = said.flatMap(([name, diff]) => {
    if (diff.missing.length > 0)
      return [`Not compared: ${name}, which ${diff.missing.join(' and ')} did not keep.`];
    const count = diff.changes.filter(({ op }) => op !== 'same').length;
    return count === 0 ? [] : [`Different: ${name}, in ${counted(count, 'line')}.`];
  });
  return lines.length === 0
    ? ''
    : html`<ul>
        ${lines.map((line) => html`<li>${line}</li>`)}
      </ul>`;
}

function whatIsSame({ facts, images, compose, env, stages }: RunDiff): string[] {
  const texts: readonly (readonly [string, TextDiff])[] = [
    ['images', images],
    ['the compose file as it was deployed', compose],
    ['the environment', env],
  ];
  return [
    ...facts.filter(({ before, after }) => before !== null && before === after).map(({ name }) => name),
    ...texts
      .filter(([, { missing, changes }]) => missing.length + changes.length === 0)
      .map(([name]) => name),
    ...stages
      .filter(({ before, after }) => before !== null && before.state === after?.state)
      .map(({ stage, before }) => `${stage} (${before?.state})`),
  ];
}
