/** How `logs` is called. */
import { STEPS } from '../../api/stage.ts';
import { count } from '../terminal/numbers.ts';
import { ARGUMENT, type Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';

const HELP = `
Examples:
  ccci-ctl logs run/x -f                                           until the run ends
  ccci-ctl logs run/x --failed                                     of the stages that failed
  ccci-ctl logs run/x --stage install -f --exit-with-stage         waits for the stage, shows it, exits as it did

Exit codes of --exit-with-stage: 0 the stage passed, was skipped or could not be verified, or is no part of the
run; 1 it failed or went past its limit; 4 it was not judged, or not reached; 5 the run was cancelled; 8 the run
was refused. None is 78, which Drone takes for "skip the rest".`;

export function addLogs(command: Verb, act: Act): void {
  command
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .completes('--stage', STEPS)
    .summary('what the stages of a run said')
    .argument('<target...>', 'run/<name>')
    .option('-f, --follow', 'go on until the run ends')
    .option('--stage <stage>', 'only this stage')
    .option('--service <name>', 'only this speaker: ccci, abra, tests or a service of the app')
    .option('--timestamps', 'with the time of each line in UTC')
    .option('--prefix', 'with [stage/speaker] before each line')
    .option('--since <duration>', 'only lines younger than this')
    .option('--tail <n>', 'only the last lines', count)
    .option('--failed', 'only stages that failed')
    .option('--previous', 'of the attempt before the last one')
    .option('-E, --exit-with-run', "exit with the run's own code where it is over")
    .option('--exit-with-stage', 'with --stage and -f: go on until that stage ends, and exit as it did')
    .option('--cancel-on-term', 'with -f: SIGTERM cancels the run, as a step in Drone wants')
    .addHelpText('after', HELP)
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./logs.ts')).logs(ctl, words, options)),
    );
}
