/** A run, and the same commands in a bare shell script, on the same swarm. */
import { execa } from 'execa';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageName } from '../../controller/api/stage.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { ROOT } from '../../controller/config.ts';
import { stackOf } from '../../controller/domain/run/names.ts';
import type { Installation } from '../e2e/installation.ts';
import type { Timed } from './stage-table.ts';

export const RECIPES = ['tiny-web', 'custom-html'] as const;

/** Something that hangs must not hold the bench for ever; a whole run takes a minute or two. */
const MOST_MS = 15 * 60_000;
const BARE = join(import.meta.dirname, 'bare.sh');

export interface Asked {
  readonly recipe: string;
  readonly name: string;
  readonly stages: readonly StageName[];
}

export interface Ours extends Timed {
  readonly status: TestRunStatusBody;
}

export async function ours(installation: Installation, { recipe, name, stages }: Asked): Promise<Ours> {
  const began = performance.now();
  await installation.run(name, { recipe, source: { ref: 'main' }, stages });
  const status = await installation.finished(name, MOST_MS);
  const total = (performance.now() - began) / 1000;
  if (status.verdict !== 'Passed') throw new Error(`${name}: ${status.message}`);
  return { total, stages: secondsOf(status), status };
}

function secondsOf({ steps }: TestRunStatusBody): Map<string, number> {
  const took = ({ name, startedAt, finishedAt }: TestRunStatusBody['steps'][number]): [string, number] => {
    if (startedAt === null || finishedAt === null) throw new Error(`${name} has no times.`);
    return [name, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000];
  };
  return new Map(steps.map(took));
}

/** `seen` is a run of ours of the same recipe: what it found out about it is given to the script. */
export async function bare(
  installation: Installation,
  seen: TestRunStatusBody,
  { recipe, name, stages }: Asked,
): Promise<Timed> {
  const work = await mkdtemp(join(tmpdir(), 'ccci-bare-'));
  const times = join(work, 'times');
  const env = await environmentFor(installation, seen, { recipe, name, work });
  const began = performance.now();
  await execa('bash', [BARE], {
    env: { ...env, STAGES: stages.join(' '), TIMES: times },
    extendEnv: false,
    stdin: 'ignore',
    timeout: MOST_MS,
  });
  const total = (performance.now() - began) / 1000;
  const lines = (await readFile(times, 'utf8')).trimEnd().split('\n');
  await rm(work, { recursive: true, force: true });
  return { total, stages: new Map(lines.map(timeOf)) };
}

function timeOf(line: string): [string, number] {
  const [stage = '', seconds = ''] = line.split(' ');
  return [stage, Number(seconds)];
}

interface Place {
  readonly recipe: string;
  readonly name: string;
  readonly work: string;
}

async function environmentFor(
  { sandbox, config, repos }: Installation,
  seen: TestRunStatusBody,
  { recipe, name, work }: Place,
): Promise<Record<string, string>> {
  const domain = `${name}.${sandbox.zone}`;
  const stack = stackOf(domain);
  const { path, status } = seen.accepted?.recipe.health ?? { path: '/', status: 200 };
  const context = join(work, 'context.json');
  const artifactsDir = join(work, 'artifacts');
  await mkdir(artifactsDir);
  const about = {
    url: `https://${domain}`,
    domain,
    zone: sandbox.zone,
    stack,
    recipe,
    commit: seen.commit ?? '',
    version: seen.version,
    dockerHost: sandbox.dockerHost,
    address: sandbox.address,
    caFile: sandbox.caFile,
    chromium: config.chromium,
    artifactsDir,
    secretsFile: join(work, 'sidecar.json'),
    health: { path, status },
    env: { ...config.baseEnv },
  };
  await writeFile(context, JSON.stringify(about));
  return {
    ...config.baseEnv,
    WORK: work,
    RECIPE: recipe,
    REPO: join(repos, recipe),
    DOMAIN: domain,
    STACK: stack,
    HEALTH: path,
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
}
