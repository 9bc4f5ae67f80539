/** What an operator adds to a recipe: an overlay that is deployed with it, and a probe of its own for readiness. Both have teeth. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PreparedData } from '../../controller/api/stage-data.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { replaceIn, SERVES } from './defects/defect.ts';
import { oneNeverReady } from './defects/one-never-ready.ts';
import { type Installation, makeInstallation } from './installation.ts';

const WHY = '# WHY: the app starts slowly, and no variable sets start_period\n';
const UPSTREAM = '# UPSTREAM: https://git.example.org/coop-cloud/tiny-web/pulls/1\n';
const MENDED = `services:
  app:
    healthcheck:
      start_period: 1m
`;
const PROBE = { why: 'the page comes before the app can be used', path: '/healthz' };

interface Variant {
  readonly name: string;
  readonly edit: (dir: string) => Promise<void>;
  readonly settings?: object;
  readonly overlay?: string;
}

/** Killed by its health check before it serves. */
async function slow(dir: string): Promise<void> {
  await replaceIn(dir, 'compose.yml', [SERVES, `sleep 8; ${SERVES}`]);
  await replaceIn(dir, 'compose.yml', ['retries: 10', 'retries: 2']);
  await replaceIn(dir, 'compose.yml', ['start_period: 5s', 'start_period: 0s']);
}

const asItIs = (dir: string): Promise<void> => writeFile(join(dir, 'README.md'), '# As it is\n');
const oneMissing = (dir: string): Promise<void> => oneNeverReady.edit(dir, { registry: '', hostFile: '' });

function probing(contains: string): object {
  return { health: { path: '/healthz', timeout: '30s' }, readyProbe: { ...PROBE, contains } };
}

const VARIANTS: readonly Variant[] = [
  { name: 'overlaid', edit: slow, overlay: `${WHY}${UPSTREAM}${MENDED}` },
  { name: 'not-overlaid', edit: slow },
  { name: 'overlay-alone', edit: slow, overlay: `${WHY}${MENDED}` },
  { name: 'ready', edit: asItIs, settings: probing('ok tiny-web') },
  { name: 'never-says-it', edit: asItIs, settings: probing('splendid') },
  { name: 'one-is-missing', edit: oneMissing, settings: probing('ok tiny-web') },
];

let inst: Installation;

beforeAll(async () => {
  inst = await makeInstallation({ maxTests: VARIANTS.length });
  for (const { name, edit, settings, overlay } of VARIANTS) {
    const repo = await makeVariantRepo({ base: 'tiny-web', name, into: inst.repos }, edit);
    await inst.enrol(name, repo.path, settings);
    if (overlay !== undefined) {
      await mkdir(join(inst.recipesDir, name));
      await writeFile(join(inst.recipesDir, name, 'compose.ccci.yml'), overlay);
    }
    await inst.run(name, { recipe: name, source: { ref: 'main' }, stages: ['install'] });
  }
  void inst.startController();
});
afterAll(() => inst.destroy());

describe('an overlay', () => {
  it('is deployed with the recipe, which is red without it, and the result says why', async () => {
    expect(await inst.finished('not-overlaid')).toMatchObject({
      verdict: 'Failed',
      cause: { reason: 'HealthcheckFailing' },
    });
    const status = await inst.finished('overlaid');
    expect(status).toMatchObject({ verdict: 'Passed', cause: null });
    const { steps } = await inst.results('overlaid');
    const { overlay } = PreparedData.parse(steps.find(({ name }) => name === 'prepare')?.data);
    expect(overlay?.upstream).toBe('https://git.example.org/coop-cloud/tiny-web/pulls/1');
  });

  it('that tells nobody upstream is refused, and the recipe is not judged', async () => {
    const status = await inst.finished('overlay-alone');
    expect(status).toMatchObject({ verdict: 'Errored', cause: { reason: 'OverlayInvalid' } });
    expect(status.cause?.message).toContain('compose.ccci.yml has no comment "# UPSTREAM:');
  });
});

describe('a ready probe', () => {
  it('that is answered as it wants is green', async () => {
    expect(await inst.finished('ready')).toMatchObject({ verdict: 'Passed', cause: null });
  });

  it('that is never answered so is red, with what was answered', async () => {
    const { verdict, cause } = await inst.finished('never-says-it');
    expect({ verdict, ...cause }).toMatchObject({ verdict: 'Failed', reason: 'NotReady' });
    expect(cause?.message).toContain('does not answer "splendid"');
    expect(cause?.evidence).toContain('ok tiny-web');
  });

  it('does not count while a service is not running as asked, however well the app answers', async () => {
    const { verdict, cause } = await inst.finished('one-is-missing');
    expect({ verdict, reason: cause?.reason, service: cause?.service }).toEqual({
      verdict: 'Failed',
      reason: oneNeverReady.want.reason,
      service: oneNeverReady.want.service,
    });
  });
});
