/** What is known of a run beyond why it is red, each to be opened: tests, data, substeps, decisions. */
import { z } from 'zod';
import { LedgerRow } from '../controller/api/stage-data.ts';
import type { RunResults } from '../controller/api/results.ts';
import { counted } from '../controller/domain/text/count.ts';
import type { WholeRun } from '../controller/views/whole-run.ts';
import { html, type Html } from './html.ts';
import { stateOf, table } from './parts.ts';

type Step = RunResults['steps'][number];

export function partsOf(whole: WholeRun): Html {
  const steps = whole.results?.steps.filter(({ attempt }) => attempt === whole.results?.attempts) ?? [];
  return html`${testsOf(steps)} ${ledgerOf(steps)} ${substepsOf(steps)} ${decisionsOf(whole)}`;
}

/** Its id keeps it open where the page is renewed. */
function folded(id: string, title: string, body: Html): Html {
  return html`<details class="part" id="${id}">
    <summary>${title}</summary>
    ${body}
  </details> `;
}

function testsOf(steps: readonly Step[]): Html | string {
  const tests = steps.flatMap(({ name, tests }) => tests.map((test) => ({ step: name, ...test })));
  if (tests.length === 0) return '';
  const failed = tests.filter(({ state }) => state === 'failed').length;
  const title = `${counted(tests.length, 'test')}${failed > 0 ? `, ${failed} failed` : ''}`;
  const rows = tests.map((test) => [
    test.name,
    stateOf(test.state),
    `${(test.durationMs / 1_000).toFixed(1)}s`,
    test.step,
    test.source === 'ccci' ? 'cc-ci' : 'the recipe',
    html`<code>${test.file}</code>`,
  ]);
  return folded('tests', title, table('Tests', ['Test', 'State', 'Time', 'Stage', 'Whose', 'File'], rows));
}

const WithLedger = z.object({ ledger: z.array(LedgerRow) });

/** Checksums as the stages found them: what is the same has the same first letters. */
function ledgerOf(steps: readonly Step[]): Html | string {
  const rows = steps.flatMap(({ name, data }) =>
    (WithLedger.safeParse(data).data?.ledger ?? []).map((row) => [
      row.name,
      name,
      html`${Object.entries(row.sums).map(([moment, sum]) => html`${moment} <code>${sum?.slice(0, 8) ?? 'not there'}</code> `)}`,
    ]),
  );
  return rows.length === 0
    ? ''
    : folded('ledger', 'Data ledger', table('Data ledger', ['Data', 'Stage', 'Checksums'], rows));
}

function substepsOf(steps: readonly Step[]): Html | string {
  const rows = steps.flatMap(({ name, round, substeps }) =>
    substeps.map(({ name: part, seconds }) => [
      round > 1 ? `${name}, round ${round}` : name,
      part,
      `${seconds.toFixed(1)}s`,
    ]),
  );
  return rows.length === 0
    ? ''
    : folded('substeps', 'What took how long', table('Substeps', ['Stage', 'Substep', 'Time'], rows));
}

/** Where the chart of the run led, and what was done there. */
function decisionsOf({ decisions }: WholeRun): Html | string {
  if (decisions.length === 0) return '';
  const rows = decisions.map(({ time, leaf, action }) => [time, html`<code>${leaf}</code>`, action]);
  return folded(
    'decisions',
    'Decisions',
    table('Decisions', ['When', 'State of the chart', 'What was done'], rows),
  );
}
