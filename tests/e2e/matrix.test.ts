/** The whole matrix on a real swarm: a recipe that passes every stage, and recipes that install well and fail later. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResults } from '../../controller/api/results.ts';
import { BackupData, InstallData, RestoreData, UpgradeData } from '../../controller/api/stage-data.ts';
import type { StageName } from '../../controller/api/stage.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { BACKUP_DEFECTS } from './defects/matrix-backup.ts';
import type { MatrixDefect } from './defects/matrix-defect.ts';
import { previousImageMissing, UPGRADE_DEFECTS } from './defects/matrix-upgrade.ts';
import { type Installation, makeInstallation } from './installation.ts';

const AT_ONCE = 3;
const GREEN = 'matrix-green';
const DEFECTS = [...UPGRADE_DEFECTS, ...BACKUP_DEFECTS];
/** The rest is for `bin/test --all`. */
const isAll = process.env['CCCI_TEST_ALL'] !== '';
const isStarted = ({ core }: MatrixDefect): boolean => isAll || core === true;
const STARTED = DEFECTS.filter(isStarted);

let inst: Installation;
const ended = new Map<string, { status: TestRunStatusBody; results: RunResults }>();

async function start(defect: MatrixDefect): Promise<void> {
  const { name, base = 'tiny-web', edit, own, stages } = defect;
  const around = { registry: inst.sandbox.registry, hostFile: '' };
  const { path } = await makeVariantRepo({ base, name, into: inst.repos }, async (dir) => {
    await edit(dir, around);
  });
  if (own !== undefined) await inst.enrol(name, path, own.settings);
  const recipe = own === undefined ? base : name;
  await inst.run(name, { recipe, source: { repo: path, ref: 'main' }, stages });
}

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: AT_ONCE });
  const stages: StageName[] = ['install', 'upgrade', 'backup', 'restore', 'test'];
  await inst.run(GREEN, { recipe: 'custom-html', source: { ref: 'main' }, stages });
  for (const defect of STARTED) await start(defect);
  void inst.startController();
  await Promise.all(
    [GREEN, ...STARTED.map(({ name }) => name)].map(async (name) => {
      const status = await inst.finished(name, 840_000);
      ended.set(name, { status, results: await inst.results(name) });
    }),
  );
});

afterAll(() => inst.destroy());

function endOf(name: string): { status: TestRunStatusBody; results: RunResults } {
  const found = ended.get(name);
  if (found === undefined) throw new Error(`The run ${name} did not end.`);
  return found;
}

function dataOf(name: string, stage: StageName): unknown {
  return endOf(name).results.steps.find((step) => step.name === stage)?.data;
}

describe('a recipe that passes every stage', () => {
  const upgrade = (): UpgradeData => UpgradeData.parse(dataOf(GREEN, 'upgrade'));
  const backup = (): BackupData => BackupData.parse(dataOf(GREEN, 'backup'));
  const restore = (): RestoreData => RestoreData.parse(dataOf(GREEN, 'restore'));

  it('is green up to the rung that was not asked for, and leaves nothing', () => {
    const { status, results } = endOf(GREEN);
    expect(status).toMatchObject({ verdict: 'Passed', level: 4, cause: null });
    expect(status.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(
      ['prepare', 'install', 'upgrade', 'backup', 'restore', 'test', 'evidence', 'teardown'].map(
        (name) => `${name} passed`,
      ),
    );
    expect(results).toMatchObject({ leftovers: [], attempts: 1 });
  });

  it('was upgraded from its newest published version to the head, in the same volume', () => {
    const { from, fromSelection, proof, volumes } = upgrade();
    expect(from).toMatchObject({ version: '1.1.0+1.26', deployed: 'pinned' });
    expect(fromSelection).toMatchObject({ reason: 'NewestPublished', tried: [] });
    expect(from?.commit).not.toBe(endOf(GREEN).status.commit);
    expect(proof).toMatchObject({ commit: endOf(GREEN).status.commit, chaosVersionMatches: true });
    expect(volumes).toEqual([expect.stringMatching(/_content$/)]);
  });

  it('kept its data through upgrade, redeploy and backup, lost it when it was destroyed, and got it back twice', () => {
    for (const [data, moments] of [
      [upgrade(), ['beforeUpgrade', 'afterUpgrade', 'afterRedeploy']],
      [backup(), ['beforeBackup', 'afterBackup']],
      [restore(), ['afterBackup', 'afterRestore', 'afterFreshRestore']],
    ] as const) {
      expect(data.ledger.map(({ name }) => name)).toEqual(['ccci-ledger-a.txt', 'ccci-ledger-b.txt']);
      for (const { name, sums } of data.ledger) {
        const seeded = upgrade().ledger.find((row) => row.name === name)?.sums.beforeUpgrade;
        expect(moments.map((moment) => sums[moment])).toEqual(moments.map(() => seeded));
      }
    }
    for (const { sums } of restore().ledger) {
      expect(sums.mutated).not.toBe(sums.afterRestore);
      expect(sums.freshApp).toBeNull();
    }
  });

  it('has the secret that was generated at its install in every stage', () => {
    const [{ name, sha256 } = { name: '', sha256: '' }] = InstallData.parse(dataOf(GREEN, 'install')).secrets;
    expect(name).toBe('admin_token');
    for (const { secrets } of [upgrade(), backup(), restore()])
      expect(secrets).toEqual([{ service: 'app', name: 'admin_token_v1', sha256 }]);
  });

  it('has its downtime measured, and what was seeded found in the backup', () => {
    const { downtime } = upgrade();
    expect(downtime?.probes).toBeGreaterThan(10);
    expect(downtime?.answers['200']).toBeGreaterThan(0);
    expect(backup().artefact).toMatchObject({ checked: true, holdsMarker: true });
    expect(backup().coverage).toMatchObject([{ volume: 'content', covered: 'whole' }]);
  });

  it('answers other things than 200 while a version is stopped before the next one starts', () => {
    const { downtime } = UpgradeData.parse(dataOf(previousImageMissing.name, 'upgrade'));
    expect(downtime?.seconds).toBeGreaterThan(0);
    expect(downtime?.firstGoodAfter).toBeGreaterThan(0);
    expect(Object.keys(downtime?.answers ?? {}).length).toBeGreaterThan(1);
  });
});

/** What of a status is compared whole. */
function summaryOf({ verdict, level, cause, steps }: TestRunStatusBody): object {
  const notPassed = steps.filter(({ state }) => state !== 'passed').map(({ name, state }) => [name, state]);
  return { verdict, level, reason: cause?.reason, service: cause?.service, notPassed };
}

describe('a recipe that installs well', () => {
  it.for(DEFECTS)('$name: $because', ({ name, want, ...defect }, { skip }) => {
    skip(!isStarted({ name, want, ...defect }), 'not of the core: bin/test --all');
    const { status, results } = endOf(name);
    const { verdict, level, notPassed, cause, data = {} } = want;
    expect(summaryOf(status)).toEqual({
      verdict,
      level,
      notPassed,
      reason: cause?.reason,
      service: cause?.service,
    });
    if (cause !== null) {
      expect(status.cause?.message).toMatch(cause.message);
      expect(status.cause?.evidence ?? '').toMatch(cause.evidence ?? /^/);
    }
    for (const [stage, found] of Object.entries(data))
      expect(dataOf(name, stage as StageName)).toMatchObject(found);
    expect(results.leftovers).toEqual([]);
  });
});
