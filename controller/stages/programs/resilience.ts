/** Kills each service of the app once, as a crash would: all of it has to come back by itself, with its data. */
import type { FunctionalData, PreparedData, ResilienceRow } from '../../api/stage-data.ts';
import type { TestsJudged } from '../../domain/tests/judge-tests.ts';
import {
  type Killable,
  killableOf,
  notResilientCause,
  recoveryOf,
  resilienceText,
} from '../../domain/swarm/resilience.ts';
import { awaitAnswer, deadlineOf } from '../app/app-steps.ts';
import { until } from '../../runtime/until.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { withLastWords } from '../step/last-words.ts';
import { type LedgerRead, needSame, runLedger } from '../data/ledger.ts';
import { reportOf, StageFailure, type StageReport } from '../step/report.ts';
import { expectedOf, type Judge } from '../app/watch-stack.ts';
import { awaitRest, awaitSettled } from '../app/wait-at-rest.ts';

/** After the tests, because it disturbs the app; what they said is kept whatever comes of it. */
export async function withResilience(
  context: App & Pick<Tools, 'swarm' | 'prober'> & Step,
  prepared: PreparedData,
  { outcome, tests, message }: TestsJudged,
): Promise<StageReport<'test'>> {
  const rows: ResilienceRow[] = [];
  const found = (): FunctionalData => ({ resilience: rows });
  try {
    const said = await killEach(context, prepared, rows);
    if (said !== null) return { ...said, tests, data: found() };
    return { outcome, tests, message: `${message} ${resilienceText(rows)}.`, data: found() };
  } catch (error) {
    if (!(error instanceof StageFailure)) throw error;
    return { ...reportOf(error), tests, data: found() };
  }
}

/** Null where every service was killed and came back; else why that was not shown. */
async function killEach(
  context: App & Pick<Tools, 'swarm' | 'prober'> & Step,
  prepared: PreparedData,
  rows: ResilienceRow[],
): Promise<StageReport<never> | null> {
  const stack = await context.substep('settled', () => awaitSettled(context, prepared.commit));
  const before = await context.substep('seed', () => runLedger(context, prepared, 'seed'));
  if (before.entries.length === 0 && stack.things.some(({ kind }) => kind === 'volume')) return ledgerEmpty();
  for (const { service } of killableOf(stack)) rows.push({ service, seconds: null, outcome: 'notTried' });
  for (const row of rows)
    await context.substep(`kill ${row.service}`, () => killOne(context, { prepared, before, row }));
  const left = rows.filter(({ outcome }) => outcome === 'notTried').map(({ service }) => `"${service}"`);
  if (left.length === 0) return null;
  const message = `What becomes of the app when a service is killed was not shown for ${left.join(', ')}: no container of it runs on this node.`;
  return { outcome: 'unverified', message };
}

function ledgerEmpty(): StageReport<never> {
  const message =
    'The app has volumes, and nothing could be written into them: that data survives a kill is not shown.';
  return { outcome: 'unverified', message, cause: { reason: 'LedgerEmpty', message } };
}

interface Kill {
  readonly prepared: PreparedData;
  readonly before: LedgerRead;
  readonly row: ResilienceRow;
}

async function killOne(
  context: App & Pick<Tools, 'swarm' | 'prober'> & Step,
  { prepared, before, row }: Kill,
): Promise<void> {
  const { swarm, clock, log, request } = context;
  const killed = killableOf(await swarm.observe(request.app.stack)).find(
    ({ service }) => service === row.service,
  );
  if (killed === undefined || killed.containers.length === 0) return;
  const since = clock.now();
  for (const container of killed.containers) await swarm.kill(container);
  log.say(`killed: ${killed.containers.map(({ name }) => name).join(', ')}`);
  let after: LedgerRead;
  try {
    await comeBack(context, { prepared, killed, since });
    row.seconds = Math.round((clock.now().getTime() - since.getTime()) / 100) / 10;
    log.say(`healthy again after ${row.seconds} s`);
    after = await readable(context, prepared, since);
    // What lost a connection may only now have noticed it and start again: that still belongs to this kill.
    await awaitSettled(context, prepared.commit);
  } catch (error) {
    const failure = await notResilient(context, row.service, error);
    if (failure.fault === 'recipe') row.outcome = 'notRecovered';
    throw failure;
  }
  // Until it is shown to be the same.
  row.outcome = 'dataLost';
  needSame({
    before: before.entries,
    after: after.entries,
    reason: 'DataLost',
    when: `after service "${row.service}" was killed once`,
    nextStep: 'Let the app keep it in a named volume: what lies elsewhere goes with the container.',
  });
  row.outcome = 'recovered';
}

interface Coming {
  readonly prepared: PreparedData;
  readonly killed: Killable;
  readonly since: Date;
}

async function comeBack(
  context: App & Pick<Tools, 'swarm' | 'prober'> & Step,
  { prepared, killed, since }: Coming,
): Promise<void> {
  const expected = expectedOf(context, { commit: prepared.commit, since });
  const judge: Judge = (seen, now) => recoveryOf(seen, killed, { expected, now });
  await awaitRest(context, { since, judge });
  await awaitAnswer(context, deadlineOf(context, since));
}

/** Between two tries to read what an app has that finds its database again. */
const READ_AGAIN_MS = 1_000;

async function readable(
  context: App & Step & Pick<Tools, 'swarm'>,
  prepared: PreparedData,
  since: Date,
): Promise<LedgerRead> {
  const { clock, wait } = context;
  const tryRead = async (): Promise<LedgerRead | StageFailure> => {
    try {
      return await runLedger(context, prepared, 'read');
    } catch (error) {
      // What ends while the app finds itself again is restarted, and judged at the end.
      if (isUnreadable(error) || (error instanceof StageFailure && error.fault === 'recipe')) return error;
      throw error;
    }
  };
  return until(tryRead, (read) => (read instanceof StageFailure ? undefined : read), {
    every: READ_AGAIN_MS,
    deadline: deadlineOf(context, since),
    clock,
    wait,
    late: (read) => {
      throw read;
    },
  });
}

/** It could be read just before the kill: so this is the app's doing. */
function isUnreadable(error: unknown): error is StageFailure {
  return error instanceof StageFailure && error.failure.reason === 'LedgerBroken';
}

/** With the app's own last words, where a task of it ended. What is the machine's fault stays so. */
async function notResilient(
  context: Pick<StageContext, 'log' | 'request' | 'swarm'>,
  service: string,
  error: unknown,
): Promise<StageFailure> {
  if (!(error instanceof StageFailure)) throw error;
  if (error.fault === 'infra' && !isUnreadable(error)) return error;
  const { cause = error.failure } = await withLastWords(context, { ...reportOf(error), outcome: 'failed' });
  return new StageFailure('recipe', notResilientCause(service, cause), { cause: error });
}
