/** The search over the whole log of a run: its form, and what was found. */
import { counted } from '../controller/domain/text/count.ts';
import type { Found } from '../controller/views/found-lines.ts';
import { publicLine } from '../controller/views/log-lines.ts';
import { anchorOf, type WholeRun } from '../controller/views/whole-run.ts';
import { html, type Html } from './html.ts';
import { runPath } from './parts.ts';
import { colouredText, saidBy } from './log-text.ts';

export function searchForm(whole: WholeRun): Html {
  const { run, found } = whole;
  return html`<form class="search" role="search" method="get" action="${runPath(run.metadata.name)}#log">
      <label for="q">Search the whole log</label>
      <input id="q" name="q" type="search" maxlength="200" value="${found?.text ?? ''}" />
      <button>Search</button>
    </form>
    ${found === null ? '' : hitsOf(found, whole)}`;
}

function hitsOf({ text, hits, count }: Found, whole: WholeRun): Html {
  const some = count > hits.length ? `, the first ${hits.length} of them` : '';
  return html`<section class="log" aria-labelledby="found">
    <h3 id="found">${counted(count, 'line')} with "${text}"${some}</h3>
    <pre tabindex="0" role="region" aria-label="Lines that were found">
${hits.map((hit) => hitOf(hit, whole))}</pre>
  </section>`;
}

/** A line that is not on the page has no address on it. */
function hitOf({ step, number, line }: Found['hits'][number], { logs }: WholeRun): Html {
  const { level, text } = publicLine(line);
  const anchor = anchorOf(step);
  const log = logs.find((each) => each.step.name === step.name)?.log;
  const isShown = log !== undefined && number >= log.first;
  const place = `${anchor}.L${number}`;
  const named = isShown ? html`<a href="#${place}">${place}</a>` : html`<b>${place}</b>`;
  return html`<span class="line ${level}">${named} ${saidBy(level)}${colouredText(text)}${'\n'}</span>`;
}
