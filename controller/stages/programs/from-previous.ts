/** A backup that the version before made, restored into the head, as after the loss of a server. Said, and never a verdict on the recipe. */
import type { LedgerEntry, PreparedData, PreviousBackup, RestoreData } from '../../api/stage-data.ts';
import { coverageOf, expectedInBackup } from '../../domain/data/backup-coverage.ts';
import { hasBackup } from '../../domain/recipe/compose-facts.ts';
import { differenceText, ledgerDifferences, untouched } from '../../domain/data/ledger.ts';
import { counted } from '../../domain/text/count.ts';
import { awaitAnswer, deadlineOf, deployAnswering, takeDown, undeploy } from '../app/app-steps.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { expectDone, hookOr } from '../app/deploy.ts';
import { type LedgerRead, runLedger } from '../data/ledger.ts';
import { StageFailure } from '../step/report.ts';
import { awaitSettled } from '../app/wait-at-rest.ts';
import type { Base } from './upgrade-base.ts';

type FromPrevious = NonNullable<RestoreData['fromPrevious']>;

export function isAskedFromPrevious({ request }: Pick<StageContext, 'request'>): boolean {
  return request.settings.backup.fromPrevious && request.stages.includes('restore');
}

/** Of the old version while it runs, with the known data in it. */
export async function backupPrevious(
  context: App & Pick<Tools, 'abra' | 'swarm'> & Step,
  { from, facts }: Base,
  before: LedgerRead,
): Promise<PreviousBackup> {
  const { version } = from;
  const expected = expectedInBackup(before.entries, coverageOf(facts));
  const none = (problem: string): PreviousBackup => ({ version, snapshot: null, problem, expected });
  if (!hasBackup(facts)) return none('no service of it has the label backupbot.backup=true');
  if (expected.length === 0) return none('nothing that its backup covers could be written into it');
  try {
    const made = await context.abra.backupCreate(context.request.app.domain);
    expectDone(context, made, hookOr(made, 'Backup'));
    // Hooks may have restarted services, and the upgrade begins from an app that is well.
    await awaitSettled(context, null);
    const snapshot = made.ok ? made.value.snapshot : null;
    return snapshot === null
      ? none('the deployer did not name its snapshot')
      : { version, snapshot, problem: '', expected };
  } catch (error) {
    return none(theirWords(error));
  }
}

/** Leaves a head with old data behind, or one that does not run. */
export async function restorePrevious(
  context: StageContext,
  prepared: PreparedData,
  { version, snapshot, problem, expected }: PreviousBackup,
): Promise<FromPrevious> {
  const needsMore = (detail: string): FromPrevious => ({ version, verdict: 'needs-more', detail });
  if (snapshot === null) return needsMore(`there is no backup of it: ${problem}`);
  try {
    await takeDown(context);
    await deployAnswering(context, prepared.commit);
    const fresh = await runLedger(context, prepared, 'read');
    const [there] = untouched(expected, fresh.entries);
    if (there !== undefined) return needsMore(`a fresh app has "${there}" before anything is restored`);

    const done = await context.abra.restore({ domain: context.request.app.domain, snapshot });
    expectDone(context, done, hookOr(done, 'Restore'));
    const how = await howItCame(context, prepared, expected);
    if (how.missing !== null) return needsMore(how.missing);
    return {
      version,
      verdict: 'restorable',
      detail: `${how.way}: ${counted(expected.length, 'thing')} as before`,
    };
  } catch (error) {
    return needsMore(theirWords(error));
  }
}

/** An app that brings old data up to date does so when it starts. */
async function howItCame(
  context: StageContext,
  prepared: PreparedData,
  expected: readonly LedgerEntry[],
): Promise<{ way: string; missing: string | null }> {
  const atFirst = await missingOf(context, prepared, expected);
  if (atFirst === null) return { way: 'as it stands', missing: null };
  context.log.say(`not as it stands: ${atFirst}`);
  await undeploy(context);
  await deployAnswering(context, prepared.commit);
  const missing = await missingOf(context, prepared, expected);
  return { way: 'after a restart', missing: missing === null ? null : `also after a restart: ${missing}` };
}

/** What is not as it was, or why it cannot be seen; null where all of it is. */
async function missingOf(
  context: App & Pick<Tools, 'swarm' | 'prober'> & Step,
  prepared: PreparedData,
  expected: readonly LedgerEntry[],
): Promise<string | null> {
  try {
    await awaitSettled(context, prepared.commit);
    await awaitAnswer(context, deadlineOf(context, context.clock.now()));
    const { entries } = await runLedger(context, prepared, 'read');
    const differences = ledgerDifferences(expected, entries);
    return differences.length === 0 ? null : differences.map(differenceText).join('; ');
  } catch (error) {
    return theirWords(error);
  }
}

/** What the recipe is at fault for, in words; the machine's fault stays an error. Data that was readable before and is not now is the recipe's. */
function theirWords(error: unknown): string {
  if (!(error instanceof StageFailure)) throw error;
  if (error.fault === 'infra' && error.failure.reason !== 'LedgerBroken') throw error;
  return `${error.failure.reason}: ${error.message}`;
}

/** For people; '' where it was not tried. */
export function fromPreviousText(tried: RestoreData['fromPrevious']): string {
  if (tried === null) return '';
  const { version, verdict, detail } = tried;
  const says = verdict === 'restorable' ? 'can be restored into the head' : 'needs more than a restore';
  return ` A backup of ${version} ${says} (${detail}).`;
}
