/** matrix-synapse through every stage: two services, a schema migration, a dump, a restore into a fresh app; and three ways to lose its data. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunResults } from '../../controller/api/results.ts';
import {
  BackupData,
  InstallData,
  LintData,
  RestoreData,
  UpgradeData,
} from '../../controller/api/stage-data.ts';
import { STAGES, type StageName } from '../../controller/api/stage.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import type { MatrixDefect } from './defects/matrix-defect.ts';
import { SYNAPSE_DEFECTS } from './defects/matrix-synapse.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { isAll } from './variants.ts';

const RECIPE = 'matrix-synapse';
const GREEN = 'synapse-green';
/** Each run has a PostgreSQL and a Synapse, which takes seconds of a processor to start. */
const AT_ONCE = 2;
const MOST_MS = 1_500_000;
const SECRETS = ['db_password', 'form', 'macaroon', 'registration'];

interface Ended {
  readonly status: TestRunStatusBody;
  readonly results: RunResults;
}

/** Its images take minutes to build, and its runs minutes to end. */
describe.skipIf(!isAll)('matrix-synapse', () => {
  let inst: Installation;
  const ended = new Map<string, Ended>();
  let asked: ReturnType<Installation['ctl']>;

  const start = async ({ name, edit, stages }: MatrixDefect): Promise<void> => {
    const around = { registry: inst.sandbox.registry, hostFile: '' };
    const { path } = await makeVariantRepo({ base: RECIPE, name, into: inst.repos }, async (dir) => {
      await edit(dir, around);
    });
    await inst.run(name, { recipe: RECIPE, source: { repo: path, ref: 'main' }, stages });
  };
  const wait = async (name: string): Promise<void> => {
    const status = await inst.finished(name, MOST_MS);
    ended.set(name, { status, results: RunResults.parse(await inst.results(name)) });
  };
  const endOf = (name: string): Ended => {
    const found = ended.get(name);
    if (found === undefined) throw new Error(`The run ${name} did not end.`);
    return found;
  };
  const dataOf = (stage: StageName): unknown =>
    endOf(GREEN).results.steps.find((step) => step.name === stage)?.data;

  beforeAll(async () => {
    inst = await makeInstallation({ maxTests: AT_ONCE, groups: ['synapse'] });
    void inst.startController();
    asked = inst.ctl(['run', RECIPE, '--name', GREEN, '--stages', 'all', '--wait']);
    for (const defect of SYNAPSE_DEFECTS) await start(defect);
    await Promise.all([GREEN, ...SYNAPSE_DEFECTS.map(({ name }) => name)].map(wait));
  }, MOST_MS);

  afterAll(() => inst?.destroy());

  it('climbs every rung, lints clean, and leaves nothing', async () => {
    expect(await asked).toMatchObject({ exitCode: 0 });
    const { status, results } = endOf(GREEN);
    expect(status).toMatchObject({ verdict: 'Passed', level: 5, cause: null });
    expect(status.steps.map(({ name, state }) => `${name} ${state}`)).toEqual(
      ['prepare', ...STAGES, 'evidence', 'teardown'].map((name) => `${name} passed`),
    );
    expect(LintData.parse(dataOf('lint'))).toMatchObject({ findings: [], comparedWith: '1.1.0+v1.120.2' });
    expect(results).toMatchObject({ leftovers: [], attempts: 1 });
  });

  it('was upgraded from one Synapse to another over the same two volumes, and its database with it', () => {
    const { from, proof, volumes, downtime } = UpgradeData.parse(dataOf('upgrade'));
    expect(from).toMatchObject({ version: '1.1.0+v1.120.2', deployed: 'pinned' });
    expect(proof?.services.map(({ name, image }) => [name, image]).sort()).toEqual([
      ['app', 'ccci/synapse:v1.155.0'],
      ['db', 'ccci/postgres:15'],
    ]);
    expect(volumes).toEqual([expect.stringMatching(/_data$/), expect.stringMatching(/_postgres$/)]);
    // One Synapse is stopped before the next one starts.
    expect(downtime?.seconds).toBeGreaterThan(0);
    const tests = endOf(GREEN).results.steps.find(({ name }) => name === 'upgrade')?.tests ?? [];
    expect(tests.map(({ name, state }) => `${name} ${state}`)).toContain(
      'every change of the schema was made once, so that the database is the old one passed',
    );
  });

  it('kept account, room, message and file, lost them when they were destroyed, and got them back twice', () => {
    const upgrade = UpgradeData.parse(dataOf('upgrade'));
    const restore = RestoreData.parse(dataOf('restore'));
    for (const [{ ledger }, moments] of [
      [upgrade, ['beforeUpgrade', 'afterUpgrade', 'afterRedeploy']],
      [BackupData.parse(dataOf('backup')), ['beforeBackup', 'afterBackup']],
      [restore, ['afterBackup', 'afterRestore', 'afterFreshRestore']],
    ] as const) {
      expect(ledger.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
        'file proof.bin',
        'row message',
        'row name of the room ledger',
        'user account ledger',
      ]);
      for (const { name, sums } of ledger) {
        const seeded = upgrade.ledger.find((row) => row.name === name)?.sums.beforeUpgrade;
        expect(moments.map((moment) => sums[moment])).toEqual(moments.map(() => seeded));
      }
    }
    for (const { sums } of restore.ledger) {
      expect(sums.mutated).not.toBe(sums.afterRestore);
      expect(sums.freshApp).toBeNull();
    }
  });

  it('has the secrets of its install in every stage and in both services', () => {
    const made = InstallData.parse(dataOf('install')).secrets;
    expect(made.map(({ name }) => name).sort()).toEqual(SECRETS);
    for (const { secrets } of [
      UpgradeData.parse(dataOf('upgrade')),
      BackupData.parse(dataOf('backup')),
      RestoreData.parse(dataOf('restore')),
    ]) {
      expect(secrets.map(({ service, name }) => `${service} ${name}`).sort()).toEqual(
        [...SECRETS.map((name) => `app ${name}_v1`), 'db db_password_v1'].sort(),
      );
      for (const { name, sha256 } of secrets)
        expect(sha256).toBe(made.find((each) => `${each.name}_v1` === name)?.sha256);
    }
  });

  it('was backed up as a whole dump and its media, with what was seeded', () => {
    const { artefact, coverage, warnings } = BackupData.parse(dataOf('backup'));
    expect(artefact).toMatchObject({ checked: true, holdsMarker: true });
    expect(artefact.detail).toMatch(/^\d+ files, \d+ bytes, 1 whole dump; what was seeded is in it$/);
    expect(coverage.map(({ volume, covered }) => [volume, covered])).toEqual([
      ['data', 'whole'],
      ['postgres', 'paths'],
    ]);
    expect(warnings).toEqual([]);
  });

  it.for(SYNAPSE_DEFECTS)('$name: $because', ({ name, want }) => {
    const { status, results } = endOf(name);
    const notPassed = status.steps
      .filter(({ state }) => state !== 'passed')
      .map((step) => [step.name, step.state]);
    expect({ ...status, notPassed }).toMatchObject({
      verdict: want.verdict,
      level: want.level,
      notPassed: want.notPassed,
      cause: { reason: want.cause?.reason },
    });
    expect(status.cause?.message).toMatch(want.cause?.message ?? /^/);
    expect(status.cause?.evidence).toMatch(want.cause?.evidence ?? /^/);
    expect(results.leftovers).toEqual([]);
  });
});
