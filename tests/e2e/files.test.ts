/** A deployer that reads the recipe's files itself, as abra does: the limits reach it by a file, and the swarm is held against what was judged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, makeInstallation } from './installation.ts';
import { isAll } from './variants.ts';

describe.skipIf(!isAll)('a deployer that reads the files', () => {
  let inst: Installation;
  beforeAll(async () => {
    inst = await makeInstallation({ extra: { CCCI_DEPLOYER_TAKES: 'files' } });
    void inst.startController();
  });
  afterAll(() => inst?.destroy());

  it('deploys with limits, upgrades, and is held against what was judged each time', async () => {
    await inst.run('by-files', { recipe: 'tiny-web', stages: ['install', 'upgrade'] });
    const { verdict, cause } = await inst.finished('by-files', 300_000);
    expect({ verdict, cause }).toEqual({ verdict: 'Passed', cause: null });
    const { resources } = await inst.results('by-files');
    expect(resources?.limits).toContainEqual({
      service: 'app',
      what: 'memory',
      value: '2 GiB',
      lowered: false,
    });
    const { stdout } = await inst.ctl(['logs', 'run/by-files', '--stage', 'upgrade']);
    expect(stdout).toContain('these limits are in compose.ccci-limits.yml, which COMPOSE_FILE names last');
    expect(stdout.match(/the swarm was told what was judged/g)?.length).toBeGreaterThan(1);
  });
});
