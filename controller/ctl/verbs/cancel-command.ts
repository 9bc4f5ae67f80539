/** How `cancel` is called. */
import type { Command } from 'commander';
import type { Act } from '../terminal/world.ts';

export function addCancel(command: Command, act: Act): void {
  command
    .summary('set spec.cancel of a run')
    .argument('<target...>', 'run/<name>')
    .option('--as <name>', 'who cancels it, instead of the user who calls')
    .option('--why <text>', 'one line, which the verdict repeats')
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./cancel.ts')).cancel(ctl, words, options)),
    );
}
