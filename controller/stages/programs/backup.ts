/** Backup: known data in, a backup by the driver, and a look into what it made. */
import type { Cause } from '../../api/stage.ts';
import type { BackupData, PreparedData } from '../../api/stage-data.ts';
import { coverageOf, coverageWarnings, expectedInBackup } from '../../domain/data/backup-coverage.ts';
import { type ComposeFacts, hasBackup } from '../../domain/recipe/compose-facts.ts';
import { type LedgerAt, ledgerTable } from '../../domain/data/ledger.ts';
import { runOwnTests, saidBy } from '../tests/app-tests.ts';
import { inspectArtefact } from '../data/backup-artefact.ts';
import type { App, StageContext, StageProgram, Step, Tools } from '../step/context.ts';
import { expectDone, hookOr } from '../app/deploy.ts';
import { checkoutExactly } from '../../git/git.ts';
import { needSame, needSameSecrets, runLedger } from '../data/ledger.ts';
import type { RecipeTestsResult } from '../tests/recipe-tests.ts';
import { notInstalled, type StageReport, withFound } from '../step/report.ts';
import { awaitSettled } from '../app/wait-at-rest.ts';
import { whileRunning } from '../app/guard-running.ts';
import { factsWithEnv } from '../app/checkout-facts.ts';

type Found = { -readonly [K in keyof BackupData]: BackupData[K] };

export const backup: StageProgram<'backup'> = async (context, earlier) => {
  const prepared = earlier.prepared();
  if (earlier.of('install')?.outcome !== 'passed') return notInstalled('backup');
  // The capability is the head's: an old release may lack the labels.
  await checkoutExactly(context.checkout, prepared.commit, context.env);
  const { facts } = await factsWithEnv(context);
  if (!hasBackup(facts)) return notCapable(context);
  const found = emptyFound(context, facts);
  return withFound(
    () => ({ ...found }),
    () => backUpAndCompare(context, prepared, found),
  );
};

/** Nothing to back up is a decision of the recipe's, which its RecipeSpec has to tell. */
function notCapable({ request }: Pick<StageContext, 'request'>): StageReport<never> {
  const { expected, reason } = request.settings.backup;
  if (!expected) {
    const message = `Nothing to back up, as the RecipeSpec says: ${reason}`;
    return { outcome: 'skipped', message, cause: { reason: 'BackupNotExpected', message } };
  }
  const message =
    'No service of the recipe has the label backupbot.backup=true, and the RecipeSpec does not say why.';
  const nextStep =
    'Add backupbot labels to compose.yml, or `backup: { expected: false, reason: … }` to the RecipeSpec.';
  const cause: Cause = { reason: 'CoverageGap', message, nextStep };
  return { outcome: 'unverified', message, cause };
}

function emptyFound({ request }: Pick<StageContext, 'request'>, facts: ComposeFacts): Found {
  const coverage = coverageOf(facts);
  const stale = request.settings.backup.expected
    ? []
    : ['The RecipeSpec says that there is nothing to back up, and the recipe has backupbot labels.'];
  return {
    snapshot: null,
    artefact: { checked: false, detail: 'No backup was made.', bytes: null, holdsMarker: null },
    coverage,
    warnings: [...stale, ...coverageWarnings(coverage)],
    expected: [],
    ledger: [],
    secrets: [],
  };
}

async function backUpAndCompare(
  context: App & Pick<Tools, 'abra' | 'swarm'> & Step,
  prepared: PreparedData,
  found: Found,
): Promise<StageReport<'backup'>> {
  for (const warning of found.warnings) context.log.say(warning, 'warn');
  const stack = await context.substep('settled', () => awaitSettled(context, prepared.commit));
  return whileRunning(context, stack, async () => {
    const before = await context.substep('seed', () => runLedger(context, prepared, 'seed'));
    const noted = [{ moment: 'beforeBackup', entries: before.entries }] satisfies LedgerAt[];
    found.ledger = ledgerTable(noted);
    found.secrets = before.secrets;
    found.expected = expectedInBackup(before.entries, found.coverage);
    if (found.expected.length === 0) return ledgerEmpty(found);
    await makeBackup(context, found);

    const after = await context.substep('ledger', () => runLedger(context, prepared, 'read'));
    found.ledger = ledgerTable([...noted, { moment: 'afterBackup', entries: after.entries }]);
    found.secrets = after.secrets;
    needSame({
      before: before.entries,
      after: after.entries,
      reason: 'DataLost',
      when: 'after the backup',
      nextStep: 'Look at the hooks of the backup: they work on the data of the running app.',
    });
    await needSameSecrets(context, after.secrets, 'after the backup');
    return conclusionOf(found, await runOwnTests(context, { stage: 'backup', prepared }));
  });
}

function ledgerEmpty(found: Found): StageReport<'backup'> {
  const message = 'Nothing that the backup covers could be written into the app.';
  return { outcome: 'unverified', message, cause: { reason: 'LedgerEmpty', message }, data: { ...found } };
}

async function makeBackup(context: App & Pick<Tools, 'abra'> & Step, found: Found): Promise<void> {
  const { abra, log, request } = context;
  const made = await context.substep('backup', () => abra.backupCreate(request.app.domain));
  expectDone(context, made, hookOr(made, 'Backup'));
  found.snapshot = made.ok ? made.value.snapshot : null;
  const { snapshot } = found;
  const said = made.ok ? hooksSaid(`${made.run.stdout}\n${made.run.stderr}`) : [];
  found.artefact = await context.substep('artefact', () => inspectArtefact(context, { snapshot, said }));
  log.say(found.artefact.detail);
}

/** A hook that ended well and still had something to say. */
function hooksSaid(output: string): string[] {
  return output
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => /\bhook\b.*\bsaid\b/i.test(line));
}

function conclusionOf(found: Found, tested: RecipeTestsResult | null): StageReport<'backup'> {
  const warned = found.warnings.length === 0 ? '' : ` Warnings: ${found.warnings.join(' ')}`;
  const message = `Snapshot ${found.snapshot ?? 'without a name'}: ${found.artefact.detail}.${warned}${saidBy(tested)}`;
  return { outcome: tested?.outcome ?? 'passed', message, tests: tested?.tests ?? [], data: { ...found } };
}
