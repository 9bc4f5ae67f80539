/** Restore: the data is changed and deleted, and has to come back; then once more into an app that never had it. */
import type { ResultOf } from '../../api/stage.ts';
import type { BackupData, PreparedData, PreviousBackup, RestoreData } from '../../api/stage-data.ts';
import { type LedgerAt, ledgerTable, untouched } from '../../domain/data/ledger.ts';
import { counted } from '../../domain/text/count.ts';
import { awaitAnswer, deadlineOf, deployAnswering, takeDown } from '../app/app-steps.ts';
import { runOwnTests, saidBy } from '../tests/app-tests.ts';
import type { Earlier, StageContext, StageProgram } from '../step/context.ts';
import { expectDone, hookOr } from '../app/deploy.ts';
import { fromPreviousText, isAskedFromPrevious, restorePrevious } from './from-previous.ts';
import { type LedgerRead, needSame, needSameSecrets, runLedger } from '../data/ledger.ts';
import { StageFailure, type StageReport, withFound } from '../step/report.ts';
import { awaitSettled } from '../app/wait-at-rest.ts';

export const restore: StageProgram<'restore'> = async (context, earlier) => {
  const before = earlier.of('backup');
  if (before?.outcome !== 'passed') return withoutBackup(before);
  if (before.data === null) throw new Error('What the stage "backup" found cannot be read.');
  const given = new Restoring(context, earlier, before.data);
  return withFound(
    () => given.data(),
    () => restoreTwice(given),
  );
};

/** What is skipped for a declared reason is skipped here for the same. */
function withoutBackup(before: ResultOf<'backup'> | null): StageReport<never> {
  if (before?.outcome === 'skipped') {
    const { message, cause } = before;
    return { outcome: 'skipped', message, ...(cause === undefined ? {} : { cause }) };
  }
  const message = `There is no backup to restore: ${before?.message ?? 'the stage "backup" was not asked for.'}`;
  return { outcome: 'unverified', message, cause: { reason: 'NoBackup', message } };
}

/** What every part of the stage works with, and what it has found. */
class Restoring {
  readonly context: StageContext;
  readonly prepared: PreparedData;
  readonly backup: BackupData;
  /** Null where the stage `upgrade` made no backup of the version before. */
  readonly previous: PreviousBackup | null;
  readonly #moments: LedgerAt[] = [];
  #secrets: RestoreData['secrets'] = [];
  fromPrevious: RestoreData['fromPrevious'] = null;

  constructor(context: StageContext, earlier: Earlier, backup: BackupData) {
    this.context = context;
    this.prepared = earlier.prepared();
    this.previous = earlier.of('upgrade')?.data?.backup ?? null;
    this.backup = backup;
    this.#moments.push({ moment: 'afterBackup', entries: backup.expected });
  }

  note(moment: LedgerAt['moment'], { entries, secrets }: LedgerRead): void {
    this.#moments.push({ moment, entries });
    this.#secrets = secrets;
  }

  data(): RestoreData {
    const ledger = ledgerTable(this.#moments);
    const { backup, fromPrevious } = this;
    return { snapshot: backup.snapshot, ledger, secrets: this.#secrets, fromPrevious };
  }
}

async function restoreTwice(given: Restoring): Promise<StageReport<'restore'>> {
  const { context, prepared, backup } = given;
  await context.substep('settled', () => awaitSettled(context, prepared.commit));
  const mutated = await context.substep('destroy', () => runLedger(context, prepared, 'mutate'));
  given.note('mutated', mutated);
  needDestroyed(backup, mutated);
  await context.substep('restore', () => restoreInto(given, 'afterRestore', 'after the restore'));

  // Before the last restore, after which the app is as later stages expect it.
  if (isAskedFromPrevious(context)) given.fromPrevious = await fromPrevious(given);
  const fresh = await context.substep('fresh app', () => freshApp(given));
  given.note('freshApp', fresh);
  needDestroyed(backup, fresh);
  await context.substep('restore fresh', () =>
    restoreInto(given, 'afterFreshRestore', 'after the restore into a fresh app'),
  );
  const tested = await runOwnTests(context, { stage: 'restore', prepared });
  const message = `${counted(backup.expected.length, 'thing')} restored after being destroyed, and once more into a fresh app.${fromPreviousText(given.fromPrevious)}${saidBy(tested)}`;
  return { outcome: tested?.outcome ?? 'passed', message, tests: tested?.tests ?? [], data: given.data() };
}

async function fromPrevious({
  context,
  prepared,
  previous,
}: Restoring): Promise<RestoreData['fromPrevious']> {
  if (previous === null) {
    context.log.say('there is no backup of the version before: the stage "upgrade" makes it', 'warn');
    return null;
  }
  return context.substep('from previous', () => restorePrevious(context, prepared, previous));
}

/** What was not destroyed proves nothing by being there. */
function needDestroyed({ expected }: BackupData, { entries }: LedgerRead): void {
  const [first] = untouched(expected, entries);
  if (first === undefined) return;
  throw new StageFailure('infra', {
    reason: 'NotDestroyed',
    message: `"${first}" is as it was although it was destroyed, so that a restore would prove nothing.`,
    evidence: `entries: ${entries.map(({ name }) => name).join(', ') || 'none'}`,
    nextStep: 'Look at `mutate` in the recipe’s data.ts: it has to change or delete all that `read` shows.',
  });
}

async function restoreInto(
  given: Restoring,
  moment: 'afterRestore' | 'afterFreshRestore',
  when: string,
): Promise<void> {
  const { context, prepared, backup } = given;
  const { abra, request, clock } = context;
  const { domain } = request.app;
  const snapshot = backup.snapshot ?? undefined;
  const done = await abra.restore({ domain, ...(snapshot === undefined ? {} : { snapshot }) });
  expectDone(context, done, hookOr(done, 'Restore'));
  // Services may restart while it runs.
  await awaitSettled(context, prepared.commit);
  await awaitAnswer(context, deadlineOf(context, clock.now()));
  const after = await runLedger(context, prepared, 'read');
  given.note(moment, after);
  needSame({
    before: backup.expected,
    after: after.entries,
    reason: 'DataNotRestored',
    when,
    nextStep:
      'Look at what the backup holds and at the restore hooks: the data has to be where the app reads it.',
  });
  await needSameSecrets(context, after.secrets, when);
}

/** The same head with the same .env and secrets, and nothing in its volumes. */
async function freshApp({ context, prepared }: Restoring): Promise<LedgerRead> {
  await takeDown(context);
  await deployAnswering(context, prepared.commit);
  return runLedger(context, prepared, 'read');
}
