/** A state directory with one enrolled recipe, a simulated swarm, and real controller processes on them. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa, type ResultPromise } from 'execa';
import { inject } from 'vitest';
import { stringify } from 'yaml';
import { API_VERSION } from '../../controller/api/primitives.ts';
import { RunResults } from '../../controller/api/results.ts';
import { TestRunStatus, type TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { installationOf } from '../../controller/runtime/identity.ts';
import { endMarked, markedProcesses } from '../../controller/host/marked-processes.ts';
import { makeLayout } from '../../controller/store/layout.ts';
import type { ForgeOptions } from './doors.ts';
import type { Programs } from './programs.ts';
import { makeSimulatedSwarm, swarmFileOf } from './simulated-swarm.ts';

export interface WorldOptions {
  readonly fate?: 'healthy' | 'crashes' | 'errors' | 'hangs' | 'stubborn' | 'stuck' | 'leaks';
  readonly maxTests?: number;
  readonly servers?: readonly string[];
  /** Outside of Vitest, which has them bundled. */
  readonly programs?: Programs;
}

export function makeWorld(of: WorldOptions = {}) {
  const { fate = 'healthy', maxTests = 1, servers = ['default'], programs } = of;
  const dir = mkdtempSync(join(tmpdir(), 'ccci-sim-'));
  const stateDir = join(dir, 'state');
  const recipesDir = join(dir, 'recipes');
  const swarmFile = join(dir, 'swarm.json');
  const layout = makeLayout(stateDir);
  // A key of its own: the processes of one world are never taken for another's.
  const key = randomBytes(32).toString('hex');
  const installation = installationOf(key);
  for (const folder of [recipesDir, layout.testruns]) mkdirSync(folder, { recursive: true });
  writeFileSync(layout.keyFile, `${key}\n`);
  const enrol = (name: string, repo = '/nowhere'): void =>
    writeFileSync(
      join(recipesDir, `${name}.yaml`),
      stringify({
        apiVersion: API_VERSION,
        kind: 'RecipeSpec',
        metadata: { name },
        spec: { category: 'simple', source: { repo } },
      }),
    );
  enrol('web');
  const swarms = servers.map((name) => makeSimulatedSwarm(swarmFileOf(swarmFile, name)));
  const swarm = makeSimulatedSwarm(swarmFile);
  const started: ResultPromise[] = [];

  // Tests look a hundred times a second, and most looks see what the last one saw.
  const seen = new Map<string, { text: string; status: TestRunStatusBody | null }>();
  const status = (name: string): TestRunStatusBody | null => {
    const text = textOf(layout.statusFile(name));
    if (seen.get(name)?.text !== text) seen.set(name, { text, status: statusIn(text) });
    return seen.get(name)?.status ?? null;
  };
  return {
    dir,
    layout,
    recipesDir,
    swarm,
    enrol,
    swarmOf: (server: string) => makeSimulatedSwarm(swarmFileOf(swarmFile, server)),
    /** Steps wait there until they are released. */
    hold: (where: string) => writeFileSync(`${swarmFile}.hold-${where}`, ''),
    release: (where: string) => rmSync(`${swarmFile}.hold-${where}`),
    status,
    start: (killAfter = 0, forge?: ForgeOptions) => {
      const { controller, stage, cache } = programs ?? inject('programs');
      const options = JSON.stringify({
        stage,
        stateDir,
        recipesDir,
        swarmFile,
        fate,
        killAfter,
        maxTests,
        servers,
        forge,
      });
      const child = execa(process.execPath, [controller, options], {
        reject: false,
        stdin: 'ignore',
        env: { NODE_COMPILE_CACHE: cache },
      });
      started.push(child);
      return child;
    },
    addRun: (name: string, spec: object = {}) =>
      writeFileSync(
        layout.specFile(name),
        stringify({
          apiVersion: API_VERSION,
          kind: 'TestRun',
          metadata: { name },
          // The others are not simulated.
          spec: { recipe: 'web', stages: ['install'], ...spec },
        }),
      ),
    addText: (name: string, text: string | Buffer) => writeFileSync(layout.specFile(name), text),
    removeRun: (name: string) => rmSync(layout.specFile(name)),
    /** Until the condition holds; throws with what was seen. */
    until: async (what: string, holds: () => boolean, ms = 60_000) => {
      const end = performance.now() + ms;
      while (!holds()) {
        if (performance.now() > end)
          throw new Error(`Not within ${ms} ms: ${what}\n${tail(join(stateDir, 'controller.log'))}`);
        await delay(10);
      }
    },
    results: async (name: string): Promise<RunResults> => {
      const file = join(layout.runDir(status(name)?.uid ?? ''), 'results.json');
      return RunResults.parse(JSON.parse(await readFile(file, 'utf8')));
    },
    lines: (file: string) => readLines(join(stateDir, file)),
    leftovers: async () => ({
      swarm: (await Promise.all(swarms.map((each) => each.things())))
        .flat()
        .map((thing) => `${thing.kind} ${thing.name}`),
      processes: (await markedProcesses(installation)).length,
    }),
    stop: async () => {
      for (const child of started) child.kill('SIGTERM');
      await Promise.all(started);
      await endMarked(installation);
    },
    destroy: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export type World = ReturnType<typeof makeWorld>;

export function readLines(file: string): string[] {
  return textOf(file)
    .split('\n')
    .filter((line) => line !== '');
}

/** '' where there is none. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function statusIn(text: string): TestRunStatusBody | null {
  try {
    return TestRunStatus.parse(JSON.parse(text)).status;
  } catch {
    return null;
  }
}

function tail(file: string): string {
  return readLines(file).slice(-15).join('\n');
}
