/** How `cancel` is called. */
import { ARGUMENT, type Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';

export function addCancel(command: Verb, act: Act): void {
  command
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .summary('set spec.cancel of a run')
    .argument('<target...>', 'run/<name>')
    .option('--as <name>', 'who cancels it, instead of the user who calls')
    .option('--why <text>', 'one line, which the verdict repeats')
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./cancel.ts')).cancel(ctl, words, options)),
    );
}
