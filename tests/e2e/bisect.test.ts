/** A commit that bumps two images, one of which loses data: a bisect runs each bump alone, for real, and names it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { PreparedData, UpgradeData } from '../../controller/api/stage-data.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { replaceIn } from './defects/defect.ts';
import { publish, setVersion } from './defects/matrix-defect.ts';
import { type Installation, makeInstallation } from './installation.ts';
import { ENDINGS_MS, lineOf } from './variants.ts';

const NAME = 'two-bumps';
const IMAGES = {
  app: { from: 'ccci/busybox:1.35', to: 'ccci/busybox:1.37' },
  side: { from: 'ccci/lighttpd:1.4.69', to: 'ccci/lighttpd:1.4.79' },
};
const image = (name: string): string => `image: ${name}\n`;

/** Published with the older images; in the head, the newer busybox empties the volume when it starts. */
async function edit(dir: string): Promise<void> {
  const { app, side } = IMAGES;
  const served = `    ${image(side.from)}    stop_grace_period: 1s\n`;
  await replaceIn(dir, 'compose.yml', [image(app.to), image(app.from)]);
  await replaceIn(dir, 'compose.yml', ['\nnetworks:\n  proxy:', `\n  side:\n${served}\nnetworks:\n  proxy:`]);
  await publish(dir, '1.1.1+1.37', 'annotated');
  await replaceIn(dir, 'compose.yml', [image(app.from), image(app.to)]);
  await replaceIn(dir, 'compose.yml', [image(side.from), image(side.to)]);
  const empties = 'if busybox | grep -qF "v1.37."; then rm -rf /content/* /content/.[!.]*; fi';
  const serves = 'echo "tiny-web $$VERSION" > /content/index.html';
  await replaceIn(dir, 'compose.yml', [serves, `${empties}\n        ${serves}`]);
  await setVersion(dir, '1.1.2+1.37');
}

let inst: Installation;
let whole: TestRunStatusBody;
let mistyped: TestRunStatusBody;

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: 2 });
  const { path } = await makeVariantRepo({ base: 'tiny-web', name: NAME, into: inst.repos }, edit);
  // A busy machine must not make another failure of it.
  await inst.enrol(NAME, path, { health: { path: '/healthz', timeout: '5m' } });
  const asked = { recipe: NAME, source: { ref: 'main' }, stages: ['install', 'upgrade'] };
  await inst.run(NAME, asked);
  await inst.run('mistyped', { ...asked, bump: { only: ['sid'] } });
  void inst.startController();
  [whole, mistyped] = await Promise.all([
    inst.finished(NAME, ENDINGS_MS),
    inst.finished('mistyped', ENDINGS_MS),
  ]);
  process.stdout.write(`${lineOf(NAME, whole)}\n`);
});
afterAll(() => inst.destroy());

async function dataOf(name: string, step: 'prepare' | 'upgrade'): Promise<unknown> {
  return (await inst.results(name)).steps.find((each) => each.name === step)?.data;
}

describe('a bisect', () => {
  it('names the bump that fails like the run did, and clears the other', async () => {
    expect(whole).toMatchObject({ verdict: 'Failed', level: 1, cause: { reason: 'DataLost' } });
    const { exitCode, stdout, stderr } = await inst.ctl(['bisect', `run/${NAME}`]);
    process.stdout.write(`${stderr}\n${stdout}\n`);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^app +ccci\/busybox:1\.35 +ccci\/busybox:1\.37 +. failed +upgrade: DataLost: /m);
    expect(stdout).toMatch(/^side +ccci\/lighttpd:1\.4\.69 +ccci\/lighttpd:1\.4\.79 +. passed +-$/m);
    expect(stdout.split('\n').at(-1)).toMatch(
      /^The bump of "app" \(ccci\/busybox 1\.35 → 1\.37\) alone fails like the run did: upgrade: DataLost: /,
    );
  });

  it('deployed the same commit, with one image bumped and the other as it was', async () => {
    for (const [service, other] of [
      ['app', 'side'],
      ['side', 'app'],
    ] as const) {
      const name = `${NAME}-only-${service}`;
      const status = await inst.finished(name);
      expect(status).toMatchObject({ commit: whole.commit, level: null, leftovers: [] });
      expect(status.message).toMatch(new RegExp(`^With only the image of "${service}" bumped: `));
      const prepared = PreparedData.parse(await dataOf(name, 'prepare'));
      expect(prepared.imageChanges).toEqual([
        { service: 'app', ...IMAGES.app },
        { service: 'side', ...IMAGES.side },
      ]);
      const { proof } = UpgradeData.parse(await dataOf(name, 'upgrade'));
      const ran = Object.fromEntries((proof?.services ?? []).map((each) => [each.name, each]));
      expect(ran[service]?.image).toBe(IMAGES[service].to);
      expect(ran[other]?.image).toBe(IMAGES[other].from);
      expect(ran[other]?.imageId).toMatch(/^sha256:/);
    }
  });

  it('concludes the same at once when it is asked again, and leaves the recipe’s last run alone', async () => {
    const again = await inst.ctl(['bisect', NAME, '-o', 'json']);
    expect(again.stderr).toContain(`run/${NAME}-only-app picked up`);
    expect(JSON.parse(again.stdout)).toMatchObject({
      bumps: [
        { service: 'app', alone: 'like' },
        { service: 'side', alone: 'passed' },
      ],
      conclusion: { judged: true },
    });
    const recipes = await inst.ctl(['get', 'recipes', NAME, '-o', 'json']);
    expect(JSON.parse(recipes.stdout)).toMatchObject({ status: { lastRun: NAME, level: 1 } });
  });

  it('is refused of a run that applied only some bumps itself', async () => {
    const { exitCode, stderr } = await inst.ctl(['bisect', `run/${NAME}-only-app`]);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('applied only some image bumps itself'),
    });
  });
});

describe('a run that applies only some image bumps', () => {
  it('of a service that is not there is not judged, and told what was meant', () => {
    expect(mistyped).toMatchObject({ verdict: 'Errored', level: null, cause: { reason: 'BumpNotApplied' } });
    expect(mistyped.cause?.message).toContain('there is no service "sid" (did you mean "side"?).');
    expect(mistyped.cause?.evidence).toContain('side (ccci/lighttpd 1.4.69 → 1.4.79)');
  });
});
