/** The level's rungs and the rail of stages of a run. */
import type { StepName } from '../controller/api/stage.ts';
import type { StepStatus } from '../controller/api/test-run-status.ts';
import { RUNGS, shownLevel } from '../controller/domain/run/level.ts';
import type { RunView } from '../controller/views/runs.ts';
import { html, type Html } from './html.ts';
import { lengthOf, stateOf } from './parts.ts';

/** Of the last attempt; of several rounds of a step the last one counts. */
function stepOf({ status }: RunView, name: StepName): StepStatus | undefined {
  return status.steps.findLast((step) => step.name === name && step.attempt === status.attempt);
}

export function rungs(run: RunView): Html | string {
  if (run.status.begunAt === null) return '';
  const { level } = run.status;
  const words = level === null ? 'No level: install was not judged.' : `Level ${shownLevel(run.status)}`;
  return html`<section aria-labelledby="level">
    <h2 id="level">${words}</h2>
    <ol class="rungs">
      ${RUNGS.map((stages) => html`<li>${stages.map((stage) => html`${stage} ${stateOf(stepOf(run, stage)?.state ?? 'absent')} `)}</li>`)}
    </ol>
  </section>`;
}

export function rail(run: RunView, now: Date): Html | string {
  const asked: readonly StepName[] = run.spec?.stages ?? [];
  const around = (name: StepName): readonly StepName[] => (stepOf(run, name) === undefined ? [] : [name]);
  const all = [...around('prepare'), ...asked, ...around('evidence'), ...around('teardown')];
  if (all.length === 0) return '';
  return html`<section aria-labelledby="stages">
    <h2 id="stages">Stages</h2>
    <ol class="rail">
      ${all.map((name) => station(name, stepOf(run, name), now))}
    </ol>
  </section>`;
}

function station(name: StepName, step: StepStatus | undefined, now: Date): Html {
  if (step === undefined) return html`<li><a href="#${name}">${name}</a> ${stateOf('absent')}</li>`;
  const { state, startedAt, finishedAt, message } = step;
  return html`<li>
    <a href="#${name}">${name}</a> ${stateOf(state)}
    <span class="took">${lengthOf(startedAt, finishedAt, now)}</span
    >${message === '' ? '' : html`<p>${message}</p>`}
  </li> `;
}
