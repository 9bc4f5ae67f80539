/** What a RecipeSpec may ask of an upgrade beyond the newest version: the way back, and the way from every older one. */
import type { PreparedData, UpgradeData } from '../../api/stage-data.ts';
import type { Cause } from '../../api/stage.ts';
import { matrixVersions } from '../../domain/recipe/version.ts';
import { counted } from '../../domain/text/count.ts';
import { generateSecrets } from '../app/app-secrets.ts';
import { deployAnswering, newApp, takeDown } from '../app/app-steps.ts';
import type { StageContext } from '../step/context.ts';
import { checkoutExactly } from '../../git/git.ts';
import { type LedgerRead, needSame, runLedger } from '../data/ledger.ts';
import { StageFailure } from '../step/report.ts';
import { type Base, candidates, tryBase } from './upgrade-base.ts';
import { checkedVersions } from '../app/by-hand.ts';

type Rollback = NonNullable<UpgradeData['rollback']>;
type MatrixRow = UpgradeData['matrix'][number];

const KEEP_DATA = 'Look at what the new version does to the data of this older one at its start.';

/** The older version over the head's data: whether operators can go back without a restore. Never a verdict on the recipe. */
export async function wayBack(
  context: StageContext,
  { prepared, base, before }: { prepared: PreparedData; base: Base; before: LedgerRead },
): Promise<Rollback> {
  const { version, commit } = base.from;
  try {
    await deployAnswering(context, commit);
    const { entries } = await runLedger(context, prepared, 'read');
    needSame({
      before: before.entries,
      after: entries,
      reason: 'DataLost',
      when: 'after the way back',
      nextStep: '',
    });
    return {
      to: version,
      verdict: 'reversible',
      detail: `${counted(entries.length, 'thing')} in the ledger as before`,
    };
  } catch (error) {
    if (!isTheirs(error)) throw error;
    return { to: version, verdict: 'one-way', detail: `${error.failure.reason}: ${error.message}` };
  }
}

/** Every published version but the one that was upgraded already; throws the first failure once all were tried. */
export async function fromEach(
  context: StageContext,
  { prepared, done }: { prepared: PreparedData; done: string },
  keep: (rows: readonly MatrixRow[]) => void,
): Promise<void> {
  const older = await candidates(context, prepared);
  const { taken, left } = matrixVersions(older.filter((version) => version !== done));
  const rows: MatrixRow[] = [];
  let first: StageFailure | null = null;
  for (const version of taken) {
    const { row, failure } = await context.substep(`from ${version}`, () =>
      fromOne(context, prepared, version),
    );
    rows.push(row);
    keep(rows);
    first ??= failure;
  }
  keep([...rows, ...left.map((version) => ({ version, outcome: 'notTried', message: '' }) as const)]);
  if (first !== null) throw first;
}

async function fromOne(
  context: StageContext,
  prepared: PreparedData,
  version: string,
): Promise<{ row: MatrixRow; failure: StageFailure | null }> {
  const base = await tryBase(context, version);
  if (!('from' in base))
    return {
      row: { version, outcome: 'notDeployable', message: `${base.reason}: ${base.message}` },
      failure: null,
    };
  try {
    const things = await upgradedFrom(context, prepared, base);
    return {
      row: { version, outcome: 'passed', message: `${counted(things, 'thing')} in the ledger as before` },
      failure: null,
    };
  } catch (error) {
    if (!isTheirs(error)) throw error;
    const cause: Cause = { ...error.failure, message: `From ${version}: ${error.message}` };
    const row: MatrixRow = { version, outcome: 'failed', message: `${cause.reason}: ${error.message}` };
    return { row, failure: new StageFailure('recipe', cause, { cause: error }) };
  }
}

async function upgradedFrom(context: StageContext, prepared: PreparedData, base: Base): Promise<number> {
  const before = await runLedger(context, prepared, 'seed');
  await checkedVersions(context, prepared, base.facts);
  await deployAnswering(context, prepared.commit);
  const { entries } = await runLedger(context, prepared, 'read');
  const when = `after the upgrade from ${base.from.version}`;
  needSame({ before: before.entries, after: entries, reason: 'DataLost', when, nextStep: KEEP_DATA });
  return entries.length;
}

/** Later stages still get the head, freshly installed. */
export async function headAgain(context: StageContext, commit: string): Promise<void> {
  await takeDown(context);
  await checkoutExactly(context.checkout, commit, context.env);
  await newApp(context);
  await generateSecrets(context);
  await deployAnswering(context, commit);
}

function isTheirs(error: unknown): error is StageFailure {
  return error instanceof StageFailure && error.fault === 'recipe';
}
