/** How `run` is called. */
import { STAGES } from '../../api/stage.ts';
import { positive } from '../terminal/numbers.ts';
import { ARGUMENT, type Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';

export function addRun(command: Verb, act: Act): void {
  command
    .worksOn('runs', 'recipes')
    .completes(ARGUMENT, 'recipes')
    .completes('--stages', ['all', ...STAGES])
    .completes('--recipe', 'recipes')
    .summary('test a recipe, or a folder with one')
    .description('Writes a TestRun for an enrolled recipe, or for a git repository on this machine.')
    .argument('<recipe|path>', 'name of an enrolled recipe, or a path that starts with . or /')
    .option('--ref <ref>', 'commit, branch or tag; HEAD where it is left out')
    .option('--stages <list>', 'of lint,install,upgrade,backup,restore,test; or all')
    .option('--name <name>', 'name of the run; else <recipe>-<commit>-<id>')
    .option('--pr <number>', 'pull request that the commit belongs to', positive)
    .option('--timeout <duration>', "the run's own limit; with --wait also how long to wait for a controller")
    .option('--recipe <name>', 'for a path: the RecipeSpec whose settings apply; else the folder says it')
    .option('--wait', 'wait for the verdict and exit with it')
    .option('--wait-timeout <duration>', 'stop waiting after this long; the run goes on')
    .option('-o, --output <format>', 'json, yaml, ndjson, name or jsonpath=<template>')
    .action((what: string, options) =>
      act(async (ctl) => (await import('./run.ts')).run(ctl, what, options)),
    );
}
