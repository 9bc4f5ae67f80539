/** How `bisect` is called. */
import { ARGUMENT, type Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';

const HELP = `
Examples:
  ccci-ctl bisect run/ghost-1a2b3c4-k7m2q             try each bump, wait, and name the culprit
  ccci-ctl bisect run/ghost-1a2b3c4-k7m2q --no-wait   only ask; the same without --no-wait concludes
  ccci-ctl get runs -l bisect-of=ghost-1a2b3c4-k7m2q  the runs that it made

Exit codes: 0 it concluded, 4 a bump could not be judged, 5 one of the runs was cancelled.`;

export function addBisect(command: Verb, act: Act): void {
  command
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .summary('which image bump makes a run fail')
    .description(
      'Of a red run whose commit changes several images: tries each bump alone, by a run of its own, and names the one that fails like the run did. Asked again, it picks up the runs that it made.',
    )
    .argument('<target...>', 'run/<name>')
    .option('--no-wait', 'only make the runs')
    .option('--wait-timeout <duration>', 'stop waiting after this long; the runs go on')
    .option('-o, --output <format>', 'json, yaml, ndjson, name or jsonpath=<template>')
    .addHelpText('after', HELP)
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./bisect.ts')).bisect(ctl, words, options)),
    );
}
