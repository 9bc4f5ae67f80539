/** `delete`: takes the wish away. The status stays as the finalizer until nothing of the run is left. */
import { isOver } from '../../views/standing.ts';
import { durationOption } from '../terminal/duration-option.ts';
import { print, say, type Ctl, layoutOf } from '../terminal/world.ts';
import { ensureUnlinked } from '../../store/atomic.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { Refusal } from '../../views/refusal.ts';
import { singleTarget } from '../../views/kinds.ts';
import { requireRun, type RunView } from '../../views/runs.ts';
import { awaitRun, isControllerAlive } from './wait.ts';

export interface DeleteOptions {
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly force?: boolean;
}

export async function deleteRun(
  ctl: Ctl,
  words: readonly string[],
  options: DeleteOptions,
): Promise<ExitCode> {
  const { name } = singleTarget(words, ['runs']);
  const timeoutMs = durationOption('--timeout', options.timeout);
  const run = await requireRun(ctl, name);
  if (options.force === true) return dropRecord(ctl, run);
  await ctl.wishes.withdraw(name);
  print(ctl, `run/${name} deleted`);
  if (options.wait === true) {
    await awaitRun(ctl, { name, goals: [{ on: 'delete' }], timeoutMs });
    print(ctl, `run/${name} is gone`);
  } else if (run.status.uid !== '' && !(await isControllerAlive(ctl))) {
    say(
      ctl,
      `no controller is running on ${ctl.config.stateDir}; start it with \`npm start\`: it then removes what is left of the run`,
    );
  }
  return EXIT.ok;
}

/** Forgets a run without cleaning up after it: only while nobody could still act on the record. */
async function dropRecord(ctl: Ctl, run: RunView): Promise<ExitCode> {
  const { name } = run.metadata;
  if (await isControllerAlive(ctl))
    throw new Refusal(
      'forbidden',
      `A controller is running on ${ctl.config.stateDir}; it would lose track of run/${name}.`,
      {
        next: `Leave --force out: \`ccci-ctl delete run/${name} --wait\` cleans up and then forgets the run.`,
      },
    );
  const layout = layoutOf(ctl);
  await ensureUnlinked(layout.specFile(name));
  await ensureUnlinked(layout.statusFile(name));
  print(ctl, `run/${name} forgotten`);
  for (const line of leftBy(ctl, run)) say(ctl, line);
  return EXIT.ok;
}

function leftBy(ctl: Ctl, run: RunView): string[] {
  const { uid, app } = run.status;
  if (uid === '') return [];
  const layout = layoutOf(ctl);
  const stack =
    app === null || (isOver(run) && run.status.leftovers.length === 0)
      ? []
      : [
          `  the stack ${app.stack} on the swarm, with its volumes, secrets, configs and networks; the reaper or \`ccci-ctl reap\` removes it`,
        ];
  const folders = [layout.runDir(uid), ...layout.passingDirs(uid)].map((path) => `  ${path}`);
  return ['Nothing was cleaned up. Left behind, where it exists:', ...stack, ...folders];
}
