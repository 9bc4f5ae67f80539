/** Waits for a step of a real run to be at a known place, and kills its process there. */
import { join } from 'node:path';
import { LogLine } from '../../controller/api/stage.ts';
import { codeOf } from '../../controller/runtime/errors.ts';
import { markedProcesses } from '../../controller/host/marked-processes.ts';
import { installationOf } from '../../controller/runtime/identity.ts';
import { readIfThere } from '../../controller/store/atomic.ts';
import { readStepFiles } from '../../controller/store/step-files.ts';
import type { Installation } from './installation.ts';

export interface Place {
  /** Folder of the step: `1-install`. */
  readonly step: string;
  /** Said in the step's log when it is there. */
  readonly says: RegExp;
}

/** How often and how long it is looked for; as `until` does if not said. */
export interface Patience {
  readonly everyMs?: number;
  readonly ms?: number;
}

export const PLACES = {
  prepare: { step: '1-prepare', says: /- fetch/ },
  deploy: { step: '1-install', says: /Waiting for service/ },
  tests: { step: '1-install', says: /RUN/ },
  // A tenth of a second, all of it.
  evidence: { step: '1-evidence', says: / starts$/ },
  teardown: { step: '1-teardown', says: /- abra/ },
} as const satisfies Record<string, Place>;
export type PlaceName = keyof typeof PLACES;

async function stepDirOf(inst: Installation, name: string, step: string): Promise<string> {
  return join(inst.layout.stagesDir((await inst.status(name))?.uid ?? '-'), step);
}

/** Its step, or the later round of it, that says so: a teardown that begins while Docker is away errs before it says anything, and is repeated. */
async function stepAt(inst: Installation, name: string, { step, says }: Place): Promise<string | null> {
  for (const round of [step, ...[2, 3, 4, 5, 6].map((number) => `${step}-${number}`)]) {
    const text = (await readIfThere(join(await stepDirOf(inst, name, round), 'log.ndjson'))) ?? '';
    const lines = text.split('\n').slice(0, -1);
    if (lines.some((line) => says.test(LogLine.parse(JSON.parse(line)).text))) return round;
  }
  return null;
}

export const reaches = (inst: Installation, name: string, place: Place & Patience): Promise<string> =>
  inst.until(`${name} in ${place.step}: ${place.says}`, () => stepAt(inst, name, place), place);

async function marksOf({ layout }: Installation): Promise<string> {
  return installationOf(((await readIfThere(layout.keyFile)) ?? '').trim());
}

/** SIGKILL to the process of the step alone: what it started lives on. False if the step was over before. */
export async function killStep(inst: Installation, name: string, step: string): Promise<boolean> {
  const dir = await stepDirOf(inst, name, step);
  const { started } = await readStepFiles(dir);
  if (started === null) throw new Error(`${name}: ${step} says something and has no started.json`);
  try {
    process.kill(started.pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
  const marks = await marksOf(inst);
  await inst.until(`${name}: process of ${step} gone`, async () =>
    (await markedProcesses(marks)).some(({ pid }) => pid === started.pid) ? null : true,
  );
  return (await readStepFiles(dir)).result === null;
}
