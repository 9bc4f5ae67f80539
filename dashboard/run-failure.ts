/** Why a run is not green: the first cause, what shows it, what to try, and the tests that failed. */
import { counted } from '../controller/domain/text/count.ts';
import { nextStepOf } from '../controller/views/standing.ts';
import { recipeOf } from '../controller/views/run-record.ts';
import type { WholeRun } from '../controller/views/whole-run.ts';
import { html, type Html } from './html.ts';
import { type Fact, facts, prose, runPath } from './parts.ts';
import { comparedPart } from './run-compared.ts';
import { tellingLine } from './run-log.ts';

/** More are in `results.json`. */
const MOST_TESTS = 50;

export function failurePanel(whole: WholeRun): Html | string {
  const { run, fault } = whole;
  const failed = failedTests(whole);
  if (run.status.cause === null && failed === '') return '';
  return html`<section class="failure" aria-labelledby="why">
    <h2 id="why">Why</h2>
    ${facts([
      ...causeFacts(whole),
      ['Whose fault', fault],
      ['On the machine of cc-ci', commandOf(whole)],
      ['To see it again', reproduceOf(whole)],
      ['Files', filesOf(whole)],
    ])}
    ${failed} ${comparedPart(whole.compared)} ${issueOf(whole)}
  </section>`;
}

function causeFacts(whole: WholeRun): Fact[] {
  const { cause } = whole.run.status;
  if (cause === null) return [];
  const { reason, message, service, evidence, nextStep } = cause;
  const line = tellingLine(whole);
  return [
    ['First cause', html`<code>${reason}</code> ${message}`],
    ['Service', service],
    ['What shows it', evidence === undefined ? '' : html`<pre>${evidence}</pre>`],
    ['In the log', line === null ? '' : html`<a href="#${line}">${line}</a>`],
    ['What to try', nextStep === undefined ? '' : prose(nextStep)],
  ];
}

function filesOf({ run, publication }: WholeRun): Html | string {
  return publication.files
    ? html`<a href="${runPath(run.metadata.name)}/files"
        >logs of services, screenshots and what tests kept</a
      >`
    : '';
}

function commandOf({ run }: WholeRun): Html | string {
  const next = nextStepOf(run);
  return next === undefined ? '' : prose(next);
}

/** The same commit and the same stages, on a machine with cc-ci. */
function reproduceOf({ run }: WholeRun): Html | string {
  const { spec, status } = run;
  if (spec === null || status.commit === null || !/^[0-9a-f]{40}$/.test(status.commit)) return '';
  const stages = spec.stages.length === 0 ? '' : ` --stages ${spec.stages.join(',')}`;
  return html`<code>ccci-ctl run ${spec.recipe} --ref ${status.commit}${stages} --wait</code>`;
}

/** A text for whoever writes to the people who can mend it. */
function issueOf({ run }: WholeRun): Html | string {
  const { cause, message, commit, version } = run.status;
  if (cause === null) return '';
  const { evidence = '' } = cause;
  // Longer than any in what is quoted, so that nothing in it ends the quotation.
  const fence = '`'.repeat(Math.max(3, ...[...evidence.matchAll(/`+/g)].map(([all]) => all.length + 1)));
  const lines = [
    `${recipeOf(run)} ${version ?? ''} fails: ${cause.reason}`,
    '',
    message,
    `Commit: ${commit ?? 'unknown'}`,
    ...(evidence === '' ? [] : ['', fence, evidence, fence]),
    ...(cause.nextStep === undefined ? [] : ['', cause.nextStep]),
  ];
  return html`<details class="part" id="issue">
    <summary>An issue to copy</summary>
    <pre tabindex="0" role="region" aria-label="An issue to copy">${lines.join('\n')}</pre>
  </details>`;
}

function failedTests({ results }: WholeRun): Html | string {
  if (results === null) return '';
  const failed = results.steps
    .filter(({ attempt }) => attempt === results.attempts)
    .flatMap(({ name, tests }) => tests.map((test) => ({ step: name, ...test })))
    .filter(({ state }) => state === 'failed');
  if (failed.length === 0) return '';
  return html`<h3>${counted(failed.length, 'failed test')}</h3>
    <ul>
      ${failed.slice(0, MOST_TESTS).map(
        ({ step, file, name, message, quarantined }) =>
          html`<li>
            ${step}:
            <code>${file}</code> ${name}${quarantined === true ? ' (quarantined: it does not judge)' : ''}${
              message === undefined ? '' : html`<pre>${message}</pre>`
            }
          </li>`,
      )}
    </ul>`;
}
