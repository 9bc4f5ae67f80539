/** Real recipes through every stage, asked for as a person asks: each green, its data the same where it has to be. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RunResults } from '../../controller/api/results.ts';
import {
  BackupData,
  InstallData,
  type LedgerRow,
  LintData,
  RestoreData,
  UpgradeData,
} from '../../controller/api/stage-data.ts';
import { STAGES, type StageName } from '../../controller/api/stage.ts';
import { ROOT } from '../../controller/config.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { isAll } from './variants.ts';

let inst: Installation;

beforeAll(async () => {
  inst = await makeInstallation(isAll ? { groups: ['mediawiki'] } : {});
  void inst.startController();
});
afterAll(() => inst.destroy());

/** One run of all stages by the command line, and what it left in results.json. */
async function runOf(
  recipe: string,
  stages: readonly StageName[] = STAGES,
): Promise<{ exitCode: number; written: unknown; results: RunResults }> {
  const asked = ['run', recipe, '--name', recipe, '--stages', stages.join(','), '--wait'];
  const { exitCode } = await inst.ctl(asked);
  const written: unknown = await inst.results(recipe);
  return { exitCode, written, results: RunResults.parse(written) };
}

async function publishedSchema(): Promise<z.ZodType> {
  const text = await readFile(join(ROOT, 'crds', 'results.schema.json'), 'utf8');
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
}

const ALL_PASSED = ['prepare', ...STAGES, 'evidence', 'teardown'].map((step) => `${step} passed`);

const statesOf = ({ steps }: RunResults): string[] => steps.map(({ name, state }) => `${name} ${state}`);

function dataOf({ steps }: RunResults, stage: StageName): unknown {
  return steps.find(({ name }) => name === stage)?.data;
}

/** Every stage's own tests, so that a floor that took their place is seen. */
function testsOf({ steps }: RunResults, stage: StageName): (string | undefined)[] {
  return steps.find(({ name }) => name === stage)?.tests.map(({ file }) => file) ?? [];
}

/** Each entry was there when it was seeded, and is the same at every one of these moments. */
function expectKept(ledger: readonly LedgerRow[], moments: readonly (keyof LedgerRow['sums'])[]): void {
  for (const { name, sums } of ledger) {
    const first = sums[moments[0] as keyof LedgerRow['sums']];
    expect(first, name).toMatch(/^[0-9a-f]{64}$/);
    expect(moments.map((moment) => sums[moment])).toEqual(moments.map(() => first));
  }
}

describe('custom-html-tiny: an image without a shell, and nothing to back up', () => {
  let ended: Awaited<ReturnType<typeof runOf>>;
  beforeAll(async () => {
    ended = await runOf('custom-html-tiny');
  });

  it('is green, with backup and restore skipped for the reason that its RecipeSpec gives', async () => {
    const { exitCode, results, written } = ended;
    expect(results).toMatchObject({ verdict: 'Passed', level: 5, cause: null, leftovers: [], attempts: 1 });
    expect(exitCode).toBe(0);
    expect(statesOf(results)).toEqual([
      'prepare passed',
      'lint passed',
      'install passed',
      'upgrade passed',
      'backup skipped',
      'restore skipped',
      'test passed',
      'evidence passed',
      'teardown passed',
    ]);
    expect(results.message).toContain('the image has no shell for a hook');
    expect((await publishedSchema()).safeParse(written).error).toBeUndefined();
  });

  it('kept through the upgrade what was written without a shell', () => {
    const { ledger, from, proof } = UpgradeData.parse(dataOf(ended.results, 'upgrade'));
    expect(ledger.map(({ name }) => name)).toEqual(['ccci-ledger-a.txt', 'ccci-ledger-b.txt']);
    expectKept(ledger, ['beforeUpgrade', 'afterUpgrade', 'afterRedeploy']);
    expect(from).toMatchObject({ version: '1.1.0+1.4.79', deployed: 'pinned' });
    expect(proof?.services.map(({ image }) => image)).toEqual(['ccci/lighttpd:1.4.79']);
  });

  it('says what its operators have to know, from both versions and from the upgrade', async () => {
    const { comparedWith, operatorNotes } = LintData.parse(dataOf(ended.results, 'lint'));
    expect(comparedWith).toBe('1.1.0+1.4.79');
    expect(operatorNotes).toMatchObject([
      { kind: 'configVersion', subject: 'lighttpd_conf', byHand: false, text: expect.stringContaining('v2 instead of v1') },
    ]);
    const { exitCode, stdout } = await inst.ctl(['notes', 'run/custom-html-tiny']);
    const { downtime } = UpgradeData.parse(dataOf(ended.results, 'upgrade'));
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual([
      '## By hand',
      '- Nothing has to be done by hand.',
      '## Changes',
      `- ${operatorNotes[0]?.text}`,
      '## Measured',
      expect.stringMatching(/^- During the upgrade from 1\.1\.0\+1\.4\.79 the app (?:answered every time|was down for \S+ s) /),
      '- Before the upgrade the data was in the volume content.',
    ]);
    expect(stdout).toContain(`(${downtime?.probes} requests)`);
    expect((await inst.ctl(['describe', 'run/custom-html-tiny'])).stdout).toContain('\nFor operators of 1.1.0+1.4.79:\n');
  }); // oxfmt-ignore

  it('has no secrets, and passed tests of its own in every stage that has some', () => {
    expect(InstallData.parse(dataOf(ended.results, 'install')).secrets).toEqual([]);
    for (const stage of ['install', 'upgrade', 'test'] as const)
      expect(testsOf(ended.results, stage)).not.toEqual([]);
  });
});

describe('an image without a shell whose volume is backed up, and a recipe without data of its own', () => {
  const name = 'bare';
  let results: RunResults;
  beforeAll(async () => {
    const repo = await makeVariantRepo({ base: 'custom-html-tiny', name, into: inst.repos }, async (dir) => {
      const edit = async (file: string, from: string, to: string): Promise<void> => {
        const text = await readFile(join(dir, file), 'utf8');
        expect(text).toContain(from);
        await writeFile(join(dir, file), text.replace(from, to));
      };
      await edit('compose.yml', '      labels:\n', '      labels:\n        - "backupbot.backup=true"\n');
      await edit('compose.yml', '    configs:\n', '    secrets:\n      - token\n    configs:\n');
      const secret =
        'secrets:\n  token:\n    external: true\n    name: ${STACK_NAME}_token_${SECRET_TOKEN_VERSION}\n';
      await edit('compose.yml', '\nvolumes:\n', `\n${secret}\nvolumes:\n`);
      await edit('.env.sample', 'TIMEOUT=60\n', 'TIMEOUT=60\nSECRET_TOKEN_VERSION=v1 # length=32\n');
    });
    await inst.enrol(name, repo.path, { health: { path: '/' } });
    ({ results } = await runOf(name, ['install', 'backup', 'restore']));
  });

  it('is backed up, destroyed and restored all the same', () => {
    expect(results).toMatchObject({ verdict: 'Passed', cause: null, leftovers: [] });
    const { artefact } = BackupData.parse(dataOf(results, 'backup'));
    expect(artefact).toMatchObject({ checked: true, holdsMarker: true });
    const { ledger } = RestoreData.parse(dataOf(results, 'restore'));
    expect(ledger.map(({ name }) => name)).toEqual([
      'volume content: .ccci-ledger-a',
      'volume content: .ccci-ledger-b',
    ]);
    expectKept(ledger, ['afterBackup', 'afterRestore', 'afterFreshRestore']);
    for (const { sums } of ledger) expect(sums.mutated).not.toBe(sums.afterRestore);
  });

  it('cannot show the secret that it has, and says so', async () => {
    const { secrets } = BackupData.parse(dataOf(results, 'backup'));
    expect(secrets).toEqual([{ service: 'app', name: 'token_v1', sha256: null }]);
    const { stdout } = await inst.ctl(['logs', `run/${name}`, '--stage', 'backup']);
    expect(stdout).toMatch(/secret token_v1 cannot be compared: .*executable file not found/);
  });
});

describe.skipIf(!isAll)('mediawiki: a database whose schema is migrated between two versions', () => {
  let ended: Awaited<ReturnType<typeof runOf>>;
  const LEDGER = [
    'page "Ccci ledger, changed"',
    'page "Ccci ledger, deleted"',
    'file "Ccci-ledger.txt"',
    'block of 192.0.2.1',
    'user "Ccci ledger" with the password',
  ];
  beforeAll(async () => {
    ended = await runOf('mediawiki');
  });

  it('is green in every stage', async () => {
    const { exitCode, results, written } = ended;
    expect(results).toMatchObject({ verdict: 'Passed', level: 5, cause: null, leftovers: [], attempts: 1 });
    expect(exitCode).toBe(0);
    expect(statesOf(results)).toEqual(ALL_PASSED);
    expect((await publishedSchema()).safeParse(written).error).toBeUndefined();
    for (const stage of ['install', 'upgrade', 'test'] as const)
      expect(testsOf(results, stage)).not.toEqual([]);
  });

  it('kept page, file, block and user through the migration, the backup and both restores', () => {
    const { results } = ended;
    const upgrade = UpgradeData.parse(dataOf(results, 'upgrade'));
    const backup = BackupData.parse(dataOf(results, 'backup'));
    const restore = RestoreData.parse(dataOf(results, 'restore'));
    for (const { ledger } of [upgrade, backup, restore])
      expect(ledger.map(({ name }) => name)).toEqual(LEDGER);
    expectKept(upgrade.ledger, ['beforeUpgrade', 'afterUpgrade', 'afterRedeploy']);
    expectKept(backup.ledger, ['beforeBackup', 'afterBackup']);
    expectKept(restore.ledger, ['afterBackup', 'afterRestore', 'afterFreshRestore']);
    for (const { sums } of restore.ledger) {
      expect(sums.mutated).not.toBe(sums.afterRestore);
      expect(sums.freshApp).toBeNull();
    }
    const sumsAt = (ledger: readonly LedgerRow[], moment: keyof LedgerRow['sums']) =>
      ledger.map(({ sums }) => sums[moment]);
    expect(sumsAt(backup.ledger, 'beforeBackup')).toEqual(sumsAt(upgrade.ledger, 'beforeUpgrade'));
  });

  it('was upgraded from 1.39 to 1.43 over the same volumes, with the secrets of its install', () => {
    const { from, proof, volumes, secrets } = UpgradeData.parse(dataOf(ended.results, 'upgrade'));
    expect(from).toMatchObject({ version: '1.0.1+1.39', deployed: 'pinned' });
    expect(proof?.services.map(({ image }) => image).sort()).toEqual([
      'ccci/mariadb:10.11',
      'ccci/mediawiki:1.43',
    ]);
    expect(volumes.map((name) => name.replace(/^.*_/, '')).sort()).toEqual(['db', 'images']);
    const made = InstallData.parse(dataOf(ended.results, 'install')).secrets;
    expect(made.map(({ name }) => name).sort()).toEqual([
      'admin_password',
      'db_password',
      'db_root_password',
      'secret_key',
    ]);
    const after = [secrets, RestoreData.parse(dataOf(ended.results, 'restore')).secrets];
    for (const seen of after) {
      expect(seen).toHaveLength(5);
      for (const { name, sha256 } of seen)
        expect(sha256).toBe(made.find((each) => `${each.name}_v1` === name)?.sha256);
    }
  });

  it('is backed up as a dump that holds what was seeded, and as whole files', () => {
    const { artefact, coverage } = BackupData.parse(dataOf(ended.results, 'backup'));
    expect(artefact).toMatchObject({ checked: true, holdsMarker: true });
    expect(coverage).toMatchObject([
      { volume: 'db', covered: 'paths' },
      { volume: 'images', covered: 'whole' },
    ]);
  });
});
