/** What a test does to the run "one" of a world while it goes on. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StageStarted, type StepName } from '../../controller/api/stage.ts';
import type { World } from './world.ts';

export const isFinished = (world: World) => (): boolean => world.status('one')?.finishedAt != null;
export const isRunning = (world: World, step: StepName) => (): boolean =>
  world.status('one')?.steps.some((each) => each.name === step && each.state === 'running') === true;

/** Keeps a step from going on until it is let go. */
export function hold(world: World, step: StepName): () => void {
  const file = join(world.dir, `swarm.json.hold-${step}`);
  writeFileSync(file, '');
  return () => rmSync(file, { force: true });
}

export const stepDir = (world: World, name: string): string =>
  join(world.layout.stagesDir(world.status('one')?.uid ?? ''), name);

export function startedIn(dir: string): StageStarted | null {
  const file = join(dir, 'started.json');
  return existsSync(file) ? StageStarted.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

/** Waits for the step's claim, and kills who made it. */
export async function killStep(world: World, name: string): Promise<string> {
  await world.until(`${name} is claimed`, () => startedIn(stepDir(world, name)) !== null);
  const dir = stepDir(world, name);
  const started = startedIn(dir);
  // A pid of 0 would be this process's own group.
  if (started === null) throw new Error(`${name} is not claimed any more.`);
  process.kill(started.pid, 'SIGKILL');
  return dir;
}

/** Puts the step's limit into the past, and lets the controller look. */
export async function makeOverdue(world: World, name: string): Promise<void> {
  await world.until(`${name} is claimed`, () => startedIn(stepDir(world, name)) !== null);
  const dir = stepDir(world, name);
  const started = { ...startedIn(dir), deadline: new Date(0).toISOString() };
  writeFileSync(join(dir, 'started.json'), JSON.stringify(started));
  wake(world);
}

export function wake(world: World): void {
  writeFileSync(world.layout.signalFile('one'), '');
}
