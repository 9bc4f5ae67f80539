/** How `replay` is called. */
import { ARGUMENT, type Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';

const HELP = `
Examples:
  ccci-ctl replay run/x                         would this version decide as that of the run did?
  ccci-ctl replay run/x --all                   every decision, with the facts that it was made of
  ccci-ctl replay decisions.ndjson old.ndjson   files that were kept
  ccci-ctl replay run/x -o json | jq '.items[].decisions[] | select(.same | not)'

Exit codes: 0 all decisions are the same, 1 some are not, 8 a line cannot be read.`;

export function addReplay(command: Verb, act: Act): void {
  command
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .summary('whether the decisions on a run would be the same today')
    .description(
      'Makes each decision on a run again, from the facts in its decisions.ndjson, and says where this version of cc-ci would decide differently. Nothing is done.',
    )
    .argument('<target...>', 'run/<name>, or a file of decisions')
    .option('--all', 'also the decisions that are the same')
    .option('-o, --output <format>', 'json, yaml, ndjson, name or jsonpath=<template>')
    .addHelpText('after', HELP)
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./replay.ts')).replayed(ctl, words, options)),
    );
}
