/** Wall time of a run against the same commands in a bare shell script, on the same swarm, in turn, as a ratio with its spread. */
import { execa } from 'execa';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../controller/config.ts';
import { stackOf } from '../../controller/domain/names.ts';
import { type Installation, makeInstallation } from '../e2e/installation.ts';
import { median, spread } from './figures.ts';

const BARE = join(import.meta.dirname, 'bare.sh');

async function bare(installation: Installation, recipe: string, name: string): Promise<number> {
  const { sandbox, config } = installation;
  const seen = await installation.finished(`warm-${recipe}`);
  const work = await mkdtemp(join(tmpdir(), 'ccci-bare-'));
  const domain = `${name}.${sandbox.zone}`;
  const context = join(work, 'context.json');
  const artifactsDir = join(work, 'artifacts');
  await mkdir(artifactsDir);
  const about = {
    url: `https://${domain}`,
    domain,
    zone: sandbox.zone,
    stack: stackOf(domain),
    recipe,
    commit: seen.commit ?? '',
    version: seen.version,
    dockerHost: sandbox.dockerHost,
    address: sandbox.address,
    caFile: sandbox.caFile,
    chromium: config.chromium,
    artifactsDir,
    secretsFile: join(work, 'sidecar.json'),
    health: { path: '/', status: 200 },
    env: { ...config.baseEnv },
  };
  await writeFile(context, JSON.stringify(about));
  const env = {
    ...config.baseEnv,
    WORK: work,
    RECIPE: recipe,
    REPO: join(installation.repos, recipe),
    DOMAIN: domain,
    STACK: stackOf(domain),
    ROOT,
    NODE: process.execPath,
    DOCKER_HOST: sandbox.dockerHost,
    ADDRESS: sandbox.address,
    CA: sandbox.caFile,
    ZONE: sandbox.zone,
    CHROMIUM: config.chromium,
    ABRA: config.abraBin,
    CONTEXT: context,
    NODE_COMPILE_CACHE: join(ROOT, '.ccci', 'compile-cache'),
  };
  const began = performance.now();
  await execa('bash', [BARE], { env, extendEnv: false });
  const seconds = (performance.now() - began) / 1000;
  await rm(work, { recursive: true, force: true });
  return seconds;
}

async function ours(installation: Installation, recipe: string, name: string): Promise<number> {
  const began = performance.now();
  await installation.run(name, { recipe, source: { ref: 'main' } });
  const status = await installation.finished(name);
  if (status.verdict !== 'Passed') throw new Error(`${name}: ${status.message}`);
  return (performance.now() - began) / 1000;
}

export async function benchRuns(pairs: number, out: (line: string) => void): Promise<void> {
  const installation = await makeInstallation();
  try {
    void installation.startController();
    for (const recipe of ['tiny-web', 'custom-html']) {
      await ours(installation, recipe, `warm-${recipe}`);
      await bare(installation, recipe, `warmbare-${recipe}`);
      const rows = [];
      for (let i = 0; i < pairs; i++)
        rows.push({
          ours: await ours(installation, recipe, `bench-${recipe}-${i}`),
          bare: await bare(installation, recipe, `bare${i}-${recipe}`),
        });
      const ratios = rows.map((row) => row.ours / row.bare);
      out(
        `${recipe}: a run ${spread(rows.map((row) => row.ours))} s, the bare script ${spread(rows.map((row) => row.bare))} s`,
      );
      out(
        `${recipe}: ratio ${spread(ratios)} (at most 1.05 wanted: ${median(ratios) <= 1.05 ? 'yes' : 'NO'})`,
      );
    }
  } finally {
    await installation.destroy();
  }
}
