/** Upgrade: the published version with its own .env and known data, then the head over it with the same .env. */
import type { PreparedData } from '../../api/stage-data.ts';
import {
  abandonedVolumeCause,
  notVersionedCause,
  volumeNames,
  wrongImageCause,
} from '../../domain/recipe/version-change.ts';
import { restartCause } from '../../domain/swarm/restarts.ts';
import { newUnset, unsetCause, upgradeNotes } from '../../domain/lint/unset.ts';
import type { Cause } from '../../api/stage.ts';
import type { StackSeen } from '../../ports.ts';
import { deadlineOf, deployAnswering } from '../app/app-steps.ts';
import { runAppTests } from '../tests/app-tests.ts';
import type { App, StageContext, StageProgram, Step, Tools } from '../step/context.ts';
import { deployHead } from '../app/deploy.ts';
import { watchDowntime } from './downtime.ts';
import { backupPrevious, isAskedFromPrevious } from './from-previous.ts';
import { proofOf } from '../app/identity.ts';
import { type LedgerRead, needKeptSecrets, needSame, needSameSecrets, runLedger } from '../data/ledger.ts';
import { notInstalled, StageFailure, type StageReport, withFound } from '../step/report.ts';
import { whileRunning } from '../app/guard-running.ts';
import { withoutOrphans } from '../app/orphans.ts';
import { type Base, deployBase } from './upgrade-base.ts';
import { checkedVersions, needNone, type OldApp } from '../app/by-hand.ts';
import { fromEach, headAgain, wayBack } from './upgrade-more.ts';
import { conclusionOf, moreSaid, notesOf, UpgradeFound } from './upgrade-report.ts';

export const upgrade: StageProgram<'upgrade'> = async (context, earlier) => {
  const prepared = earlier.prepared();
  if ((earlier.of('install')?.data ?? null) === null) return notInstalled('upgrade');
  if (prepared.previousVersion === null) return noPrevious(prepared);
  const found = new UpgradeFound(prepared.previousVersion);
  return withFound(
    () => found.data(),
    () => upgradeApp(context, prepared, found),
  );
};

function noPrevious({ version }: PreparedData): StageReport<never> {
  const message = `No version was published before ${version ?? 'this commit'}, so that there is nothing to upgrade from.`;
  return { outcome: 'skipped', message, cause: { reason: 'NoPreviousVersion', message } };
}

async function upgradeApp(
  context: StageContext,
  prepared: PreparedData,
  found: UpgradeFound,
): Promise<StageReport<'upgrade'>> {
  const { base, selection } = await deployBase(context, prepared);
  found.rest = { ...found.rest, from: base?.from ?? null, fromSelection: selection, notes: notesOf(base) };
  if (base === null) return noBase(context, prepared, found);

  const before = await context.substep('seed', () =>
    whileRunning(context, base.stack, () => runLedger(context, prepared, 'seed')),
  );
  found.note('beforeUpgrade', before);
  await needSameSecrets(context, before.secrets, 'before the upgrade');

  if (isAskedFromPrevious(context)) {
    const backup = await context.substep('backup', () => backupPrevious(context, base, before));
    found.rest = { ...found.rest, backup };
  }

  const versions = await context.substep('check', () => checkedVersions(context, prepared, base.facts));
  const notes = [...found.rest.notes, ...versions.done, ...upgradeNotes(versions)];
  found.rest = { ...found.rest, volumes: volumeNames(versions.old), notes };
  const switched = { prepared, versions, before, found };
  const stack = await switchOver(context, switched);
  const report = await whileRunning(context, stack, () => proveUpgrade(context, { ...switched, stack }));
  return report.outcome === 'passed' ? furtherAsked(context, { ...switched, base }, report) : report;
}

/** What the RecipeSpec asks for beyond the one upgrade; later stages go on from a fresh head then. */
async function furtherAsked(
  context: StageContext,
  { prepared, base, before, found }: Switched & { base: Base },
  report: StageReport<'upgrade'>,
): Promise<StageReport<'upgrade'>> {
  const { from, rollback } = context.request.settings.upgrade;
  if (from === 'newest' && !rollback) return report;
  if (context.request.bump !== undefined) {
    context.log.say(
      'Older versions and the way back are left out: the images that are kept are of one version.',
    );
    return report;
  }
  if (rollback) {
    const way = await context.substep('way back', () => wayBack(context, { prepared, base, before }));
    found.rest = { ...found.rest, rollback: way };
  }
  if (from === 'all')
    await fromEach(context, { prepared, done: base.from.version }, (matrix) => {
      found.rest = { ...found.rest, matrix: [...matrix] };
    });
  await context.substep('head again', () => headAgain(context, prepared.commit));
  return { ...report, message: `${report.message}${moreSaid(found.rest)}`, data: found.data() };
}

/** Later stages still get the app: freshly installed, because an upgrade it cannot be. */
async function noBase(
  context: StageContext,
  { commit, version }: PreparedData,
  found: UpgradeFound,
): Promise<StageReport<'upgrade'>> {
  await context.substep('head again', () => headAgain(context, commit));
  const { tried, wanted } = found.rest.fromSelection;
  const message = `None of the versions before ${version ?? 'the head'} can be deployed any more (${tried.map((each) => each.version).join(', ')}), so that the upgrade from ${wanted} was not judged.`;
  const cause: Cause = {
    reason: 'BaseNotDeployable',
    message,
    evidence: tried.map((each) => `${each.version}: ${each.reason}: ${each.message}`).join('\n'),
    nextStep: 'Publish the missing images again, or upgrade once by hand from a running old version.',
  };
  return { outcome: 'unverified', message, cause, data: found.data() };
}

interface Switched {
  readonly prepared: PreparedData;
  readonly versions: OldApp;
  readonly before: LedgerRead;
  readonly found: UpgradeFound;
}

async function switchOver(
  context: StageContext,
  { prepared, versions, found }: Switched,
): Promise<StackSeen> {
  const watching = watchDowntime(context);
  try {
    return await context.substep('switch', async () => {
      const { stack, route } = await deployAnswering(context, prepared.commit);
      found.rest = {
        ...found.rest,
        proof: proofOf({ stack, route, commit: prepared.commit, images: prepared.images }),
      };
      return stack;
    });
  } catch (error) {
    if (!(error instanceof StageFailure)) throw error;
    const better =
      notVersionedCause(error.failure, versions.head) ?? unsetCause(error.failure, newUnset(versions));
    throw better === null ? error : new StageFailure('recipe', better, { cause: error });
  } finally {
    found.rest = { ...found.rest, downtime: await watching.end() };
  }
}

/** A secret that the note asks for anew has another value, as it says. */
function keptOf({ request }: App, { secrets }: LedgerRead, { made }: OldApp): LedgerRead['secrets'] {
  return secrets.filter(({ name }) => !made.has(`${request.app.stack}_${name}`));
}

const KEEP_DATA =
  'Look at what the new version does to its data at its start; the checksums of every moment are in the result.';

async function proveUpgrade(
  context: App & Pick<Tools, 'abra' | 'specs' | 'swarm'> & Step,
  { prepared, versions, before, found, stack: switched }: Switched & { stack: StackSeen },
): Promise<StageReport<'upgrade'>> {
  needNone(wrongImageCause(switched.services, versions.head));
  needNone(abandonedVolumeCause(versions));
  const { stack, done } = await withoutOrphans(context, versions, switched);
  found.rest = { ...found.rest, notes: [...found.rest.notes, ...done] };
  const compare = async (moment: 'afterUpgrade' | 'afterRedeploy', when: string): Promise<void> => {
    const after = await context.substep('ledger', () => runLedger(context, prepared, 'read'));
    found.note(moment, after);
    needSame({ before: before.entries, after: after.entries, reason: 'DataLost', when, nextStep: KEEP_DATA });
    await needSameSecrets(context, after.secrets, when);
    needKeptSecrets(before.secrets, keptOf(context, after, versions), when);
  };
  await compare('afterUpgrade', 'after the upgrade');
  const tested = await context.substep('tests', () => runAppTests(context, { stage: 'upgrade', prepared }));
  await context.substep('redeploy', async () => {
    const since = context.clock.now();
    const again = await deployHead(context, {
      commit: prepared.commit,
      since,
      deadline: deadlineOf(context, since),
    });
    needNone(restartCause(stack.services, again.services));
  });
  await compare('afterRedeploy', 'after the same version was deployed over itself');
  return conclusionOf(tested, { versions, before, found });
}
