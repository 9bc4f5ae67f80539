/** How `diff` is called. */
import { ARGUMENT, type Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';

const HELP = `
Examples:
  ccci-ctl diff run/x              what is different since the newest green run of its recipe before it
  ccci-ctl diff run/x run/y        how x differs from y
  ccci-ctl diff run/x -o json      for scripts: .same says whether anything differs

Exits with 0 whether or not they differ. Lines that begin with - are the other run's, with + those of run/x.`;

export function addDiff(command: Verb, act: Act): void {
  command
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .summary('what is different between two runs')
    .description(
      'Compares a run with another, or with the newest green run of its recipe before it: commit, version, deployer, images, compose files as deployed, .env, outcome and time of each stage, and where their logs part.',
    )
    .argument('<target...>', 'run/<name>, and the run to compare it with')
    .option('-o, --output <format>', 'json, yaml, ndjson, name or jsonpath=<template>')
    .addHelpText('after', HELP)
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./diff.ts')).diff(ctl, words, options)),
    );
}
