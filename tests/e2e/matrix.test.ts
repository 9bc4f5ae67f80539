/** The whole matrix on a real swarm: a recipe that passes every stage, and recipes that install well and fail later. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupData, InstallData, RestoreData, UpgradeData } from '../../controller/api/stage-data.ts';
import type { StageName } from '../../controller/api/stage.ts';
import { BACKUP_DEFECTS } from './defects/matrix-backup.ts';
import { DUMP_DEFECTS } from './defects/matrix-dumps.ts';
import { FURTHER_DEFECTS } from './defects/matrix-further.ts';
import { OPERATOR_DEFECTS } from './defects/matrix-operators.ts';
import { previousImageMissing, UPGRADE_DEFECTS } from './defects/matrix-upgrade.ts';
import { type Installation, makeInstallation } from './installation.ts';
import {
  dataOf as dataIn,
  type Ended,
  endings,
  ENDINGS_MS,
  endOf as endIn,
  expectWanted,
  isStarted,
  startVariant,
} from './variants.ts';

/** More than processors: much of a run is waiting. */
const AT_ONCE = 4;
const GREEN = 'matrix-green';
const DEFECTS = [
  ...UPGRADE_DEFECTS,
  ...FURTHER_DEFECTS,
  ...OPERATOR_DEFECTS,
  ...BACKUP_DEFECTS,
  ...DUMP_DEFECTS,
];
const STARTED = DEFECTS.filter(isStarted);

let inst: Installation;
let ended: Map<string, Ended>;

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: AT_ONCE });
  const stages: StageName[] = ['install', 'upgrade', 'backup', 'restore', 'test'];
  await inst.run(GREEN, { recipe: 'custom-html', source: { ref: 'main' }, stages });
  for (const defect of STARTED) await startVariant(inst, defect);
  void inst.startController();
  ended = await endings(inst, [GREEN, ...STARTED.map(({ name }) => name)]);
}, ENDINGS_MS + 60_000);

afterAll(() => inst.destroy());

const endOf = (name: string): Ended => endIn(ended, name);
const dataOf = (name: string, stage: StageName): unknown => dataIn(endOf(name), stage);

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

  it('answers other things than 200 while a version is stopped before the next one starts', ({ skip }) => {
    skip(!isStarted(previousImageMissing), 'not chosen');
    const { downtime } = UpgradeData.parse(dataOf(previousImageMissing.name, 'upgrade'));
    expect(downtime?.seconds).toBeGreaterThan(0);
    expect(downtime?.firstGoodAfter).toBeGreaterThan(0);
    expect(Object.keys(downtime?.answers ?? {}).length).toBeGreaterThan(1);
  });
});

describe('a recipe that installs well', () => {
  it.for(DEFECTS)('$name: $because', (defect, { skip }) => {
    skip(!isStarted(defect), 'not of the core: bin/test --all');
    const end = endOf(defect.name);
    expectWanted(end, defect.want);
    expect(end.results.leftovers).toEqual([]);
  });
});
