/** A good recipe, end to end: the verdict, its proof, and nothing left. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunResults } from '../../controller/api/results.ts';
import { InstallData, PreparedData, TeardownData } from '../../controller/api/stage-data.ts';
import { isEmptyInventory } from '../../controller/domain/swarm/inventory.ts';
import { git } from '../../controller/git/git.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import { proofText } from '../demo/proof.ts';
import { type Installation, makeInstallation } from './installation.ts';

let ci: Installation;
beforeAll(async () => {
  ci = await makeInstallation();
  void ci.startController();
});
afterAll(() => ci.destroy());

describe('custom-html at its newest commit', () => {
  let results: RunResults;
  let head: string;
  const dataOf = (name: string): unknown => results.steps.find((step) => step.name === name)?.data;
  const secondsOf = (name: string): number => results.steps.find((step) => step.name === name)?.seconds ?? 0;

  beforeAll(async () => {
    head = await git(['rev-parse', 'main'], { cwd: join(ci.repos, 'custom-html'), env: ci.config.baseEnv });
    await ci.run('green', { recipe: 'custom-html', source: { ref: 'main' }, stages: ['install'] });
    await ci.finished('green');
    results = RunResults.parse(await ci.results('green'));
  });

  it('is green, at the level of its stages, with every test of its own', () => {
    expect(results).toMatchObject({
      verdict: 'Passed',
      level: 1,
      commit: head,
      attempts: 1,
      cause: null,
      leftovers: [],
    });
    const tests = results.steps.flatMap((step) => step.tests);
    expect(tests.filter((test) => test.state === 'passed').length).toBeGreaterThan(5);
    expect(tests.filter((test) => test.state === 'failed')).toEqual([]);
  });

  it('says who deployed, and what came before', () => {
    expect(PreparedData.parse(dataOf('prepare'))).toMatchObject({
      version: '1.1.1+1.26',
      previousVersion: '1.1.0+1.26',
      deployer: { kind: 'builtin' },
    });
  });

  it('proves that what answered was that commit', () => {
    const { proof, secrets } = InstallData.parse(dataOf('install'));
    expect(head.startsWith(proof.chaosVersion)).toBe(true);
    expect(proof.route).toMatchObject({ status: 200, controlStatus: 404, goodAnswers: 3 });
    expect(proof.services.map(({ name, tasks }) => [name, tasks.length])).toEqual([['app', 1]]);
    expect(proof.services[0]?.imageId).toMatch(/^sha256:/);
    expect(secrets.map((secret) => secret.name)).toEqual(['admin_token']);
  });

  it('says what the app took: memory, seconds, image, volume', async () => {
    const { resources } = results;
    if (resources === null) throw new Error('nothing was measured');
    const { memory, images, volumes } = resources;
    expect(memory.map(({ service }) => service)).toEqual(['app']);
    const [{ peakBytes } = { peakBytes: 0 }] = memory;
    // An nginx that serves one page: far from both ends, which are of another order, as a mistake of unit would be.
    expect(peakBytes).toBeGreaterThan(500_000);
    expect(peakBytes).toBeLessThan(500_000_000);
    expect(resources.totalPeakBytes).toBeGreaterThanOrEqual(peakBytes);
    expect(resources.looks).toBeGreaterThan(2);
    expect(resources).toMatchObject({ failedLooks: 0, problem: '' });
    expect(resources.secondsToHealthy).toBeGreaterThan(0);
    expect(resources.secondsToHealthy).toBeLessThan(secondsOf('install'));
    expect(images.map(({ image }) => image)).toEqual(['ccci/nginx:1.26']);
    expect(images[0]?.bytes).toBeGreaterThan(50_000_000);
    expect(volumes?.map(({ name }) => name)).toEqual(['content']);
    expect(resources.volumeBytes).toBeGreaterThan(0);
    expect(resources.comparison).toMatchObject({ runs: 0, rows: [] });
    const { stdout } = await ci.ctl(['describe', 'run/green']);
    expect(stdout).toMatch(/^Resources:\n +WHAT.*\n +memory of "app" +[\d.]+ MiB/m);
  });

  it('left evidence: tasks, the log of each service, a picture', async () => {
    const artifacts = ci.layout.artifactsDir(results.uid);
    const png = await readFile(join(artifacts, 'screenshot.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(JSON.parse(await readFile(join(artifacts, 'tasks.json'), 'utf8'))).toMatchObject({
      services: [{ name: 'app' }],
    });
    expect(await readFile(join(artifacts, 'app.log'), 'utf8')).toContain('GET');
  });

  it('left nothing else: inventory, swarm, state directory', async () => {
    const { before, after } = TeardownData.parse(
      results.steps.findLast((step) => step.name === 'teardown')?.data,
    );
    expect(before.services).toHaveLength(1);
    expect(isEmptyInventory(after)).toBe(true);
    const things = await makeSwarm({ dockerHost: ci.config.dockerHost }).things();
    expect(things.filter((thing) => thing.name.startsWith(results.app?.stack ?? '-'))).toEqual([]);
  });

  it('looked for its secrets in all that it left, and found none', async () => {
    const { scan } = TeardownData.parse(results.steps.findLast((step) => step.name === 'teardown')?.data);
    const entries = await readdir(ci.layout.runDir(results.uid), { recursive: true, withFileTypes: true });
    expect(scan).toMatchObject({ secrets: ['admin_token'], leaks: [], unread: [] });
    // Of what is there now, the claims and what came after the look were not there to be looked at.
    const looked = entries.filter(
      (entry) => entry.isFile() && !/^(?:started|scan|results)\.json$/.test(entry.name),
    );
    expect(scan?.files).toBe(looked.length - 1);
    expect(scan?.bytes).toBeGreaterThan(10_000);
  });

  it('prints its proof', () => {
    const text = proofText(results);
    for (const word of ['✔ Passed', results.app?.domain ?? '-', 'chaos-version', 'left nothing'])
      expect(text).toContain(word);
  });
});
