/** The command line's shape: verbs, arguments, options. What each does is loaded only when it is called. */
import { KIND_NAMES } from '../views/kinds.ts';
import { ARGUMENT, collect, type Verb } from './terminal/verb.ts';
import { addBisect } from './verbs/bisect-command.ts';
import { addDiff } from './verbs/diff-command.ts';
import { addMirror } from './verbs/mirror-command.ts';
import { addProxy, addSwarm } from './verbs/proxy-command.ts';
import { addReplay } from './verbs/replay-command.ts';
import { addLogs } from './verbs/logs-command.ts';
import { addCancel } from './verbs/cancel-command.ts';
import { addRun } from './verbs/run-command.ts';
import { count } from './terminal/numbers.ts';
import type { Act } from './terminal/world.ts';

const OUTPUT = '-o, --output <format>';
const OBJECT_FORMATS = 'json, yaml, ndjson, name or jsonpath=<template>';
const FORMATS = ['json', 'yaml', 'name', 'ndjson', 'jsonpath='];
const TARGET = 'run/<name>';

export function addReading(program: Verb, act: Act): void {
  program.completes('--output', FORMATS);
  program
    .command('get')
    .worksOn(...KIND_NAMES)
    .completes(ARGUMENT, 'kinds')
    .completes('--output', ['wide', ...FORMATS])
    .summary('list runs, recipes, apps, orphans, events or the queue')
    .description('Lists a kind, or shows what is named: get runs, get run/x, get run x y.')
    .argument('<kind...>', 'runs, recipes, apps, orphans, events or queue, and names')
    .option(OUTPUT, `wide, ${OBJECT_FORMATS}`)
    .option('-w, --watch', 'then a line for each change, until Ctrl-C')
    .option('-l, --selector <terms>', 'labels: key=value, key!=value, key or !key, separated by commas')
    .option('--field-selector <terms>', 'fields: phase=Running,recipe!=ghost or .status.level=3')
    .option('--sort-by <field>', 'a column such as age, or a path such as .status.level')
    .option('--limit <n>', 'at most this many', count)
    .option('--no-headers', 'without the first line')
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./verbs/get.ts')).get(ctl, words, options)),
    );
  program
    .command('describe')
    .worksOn('runs', 'recipes')
    .completes(ARGUMENT, 'targets')
    .summary('everything that is known of one run or recipe')
    .argument('<target...>', 'run/<name> or recipe/<name>')
    .action((words: string[]) =>
      act(async (ctl) => (await import('./verbs/describe.ts')).describe(ctl, words)),
    );
  addNotes(program, act);
  addLogs(program.command('logs'), act);
  addDiff(program.command('diff'), act);
  addReplay(program.command('replay'), act);
  program
    .command('wait')
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .completes('--for', ['verdict', 'phase=', 'condition=', 'delete'])
    .summary('until something is true of a run')
    .description('Waits until one of the goals is met. Returns at once when the run ends in another way.')
    .argument('<target...>', TARGET)
    .requiredOption(
      '--for <goal>',
      'verdict, phase=<phase>, condition=<type>[=True|False] or delete; repeat it for "any of these"',
      collect,
    )
    .option(
      '--timeout <duration>',
      'give up after this long: 90s, 30m (exit 124, or 7 where no controller is running)',
    )
    .option(OUTPUT, OBJECT_FORMATS)
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./verbs/wait.ts')).wait(ctl, words, options)),
    );
}

const NOTES_EXAMPLES = `
Examples:
  ccci-ctl notes run/x                                      by hand, changes, measured
  ccci-ctl notes run/x > release/next                       in a clone of the recipe
  ccci-ctl notes run/x -o json | jq '.notes[] | select(.byHand)'`;

function addNotes(program: Verb, act: Act): void {
  program
    .command('notes')
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .summary('what operators must do when they upgrade, as Markdown')
    .description(
      'Prints what operators must do by hand, what changes for them and what the upgrade measured, fit for release/<version>.',
    )
    .argument('<target...>', TARGET)
    .option(OUTPUT, OBJECT_FORMATS)
    .addHelpText('after', NOTES_EXAMPLES)
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./verbs/notes.ts')).notes(ctl, words, options)),
    );
}

export function addWriting(program: Verb, act: Act): void {
  addRun(program.command('run'), act);
  program
    .command('rerun')
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .summary('ask again for what a run asked, at the same commit')
    .argument('<target...>', TARGET)
    .option('--wait', 'wait for the verdict and exit with it')
    .option('--wait-timeout <duration>', 'stop waiting after this long; the run goes on')
    .option(OUTPUT, OBJECT_FORMATS)
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./verbs/run.ts')).rerun(ctl, words, options)),
    );
  addBisect(program.command('bisect'), act);
  addCancel(program.command('cancel'), act);
  program
    .command('apply')
    .worksOn('runs', 'recipes')
    .summary('check TestRuns and RecipeSpecs and put them in place')
    .description(
      'Checks every document first, then writes them as they are: all or none. Prints created, configured or unchanged.',
    )
    .requiredOption(
      '-f, --filename <file>',
      'a file, a folder, or - for standard input; may be repeated',
      collect,
    )
    .option('--dry-run', 'only check, and say what would happen')
    .action((options) => act(async (ctl) => (await import('./verbs/apply.ts')).apply(ctl, options)));
  program
    .command('delete')
    .worksOn('runs')
    .completes(ARGUMENT, 'targets')
    .summary('take a run back; the controller cleans up and forgets it')
    .argument('<target...>', TARGET)
    .option('--wait', 'until nothing of it is left')
    .option('--timeout <duration>', 'with --wait: give up after this long')
    .option(
      '--force',
      'drop the record without cleaning up, while no controller is running; says what it leaves',
    )
    .action((words: string[], options) =>
      act(async (ctl) => (await import('./verbs/delete.ts')).deleteRun(ctl, words, options)),
    );
}

export function addCaring(program: Verb, act: Act): void {
  program
    .command('enroll')
    .worksOn('recipes')
    .summary('write the RecipeSpec of a recipe and copy the template of tests')
    .argument('<recipe>', 'its name: lower-case letters, digits and "-"')
    .requiredOption('--repo <git address>', 'where the recipe is, or a folder on this machine')
    .option('--upstream <git address>', 'where the recipe is published, if --repo is a mirror of it')
    .option('--category <category>', 'simple, single-db, multi-service, sso or storage', 'simple')
    .option('--health-path <path>', 'a path that only a working app answers; / where it is left out')
    .option('--no-tests', 'only the RecipeSpec: the generic tests apply')
    .option('--dry-run', 'only check, and say what would be written')
    .action((recipe: string, options) =>
      act(async (ctl) => (await import('./verbs/enroll.ts')).enroll(ctl, recipe, options)),
    );
  addMirror(program.command('mirror'), act);
  addSwarm(program.command('swarm'), act);
  addProxy(program.command('proxy'), act);
  program
    .command('reap')
    .worksOn('orphans')
    .summary('remove what is ours on the swarm and belongs to no run')
    .option('--dry-run', 'only say what would be removed')
    .option(OUTPUT, OBJECT_FORMATS)
    .action((options) => act(async (ctl) => (await import('./verbs/reap.ts')).reap(ctl, options)));
  program
    .command('doctor')
    .completes('--check', async () => (await import('./doctor/checks.ts')).CHECKS.map(({ name }) => name))
    .summary('check that everything is there that a run needs')
    .option('--check <name>', 'only this check; may be repeated', collect)
    .option(OUTPUT, OBJECT_FORMATS)
    .action((options) => act(async (ctl) => (await import('./verbs/doctor.ts')).doctor(ctl, options)));
  addAbout(program, act);
}

function addAbout(program: Verb, act: Act): void {
  program
    .command('explain')
    .worksOn('runs', 'recipes')
    .completes(ARGUMENT, [
      'run',
      'run.metadata',
      'run.spec',
      'run.status',
      'recipe',
      'recipe.metadata',
      'recipe.spec',
    ])
    .summary('what belongs in a document, or what a first cause means')
    .argument('<what>', 'run, recipe, a field such as run.spec.timeout, or a reason such as SwarmRollback')
    .action((what: string) => act(async (ctl) => (await import('./verbs/explain.ts')).explain(ctl, what)));
  program
    .command('api-resources')
    .summary('the kinds and what can be done with them')
    .option(OUTPUT, OBJECT_FORMATS)
    .action((options) =>
      act(async (ctl) => (await import('./verbs/about.ts')).apiResources(ctl, program, options)),
    );
  program
    .command('version')
    .summary('which ccci-ctl this is')
    .option(OUTPUT, OBJECT_FORMATS)
    .action((options) =>
      act(async (ctl) =>
        (await import('./verbs/about.ts')).version(ctl, { ...options, node: ctl.nodeVersion }),
      ),
    );
}

export function addCompletion(program: Verb, act: Act): void {
  program
    .command('completion')
    .completes(ARGUMENT, async () => (await import('./verbs/completion.ts')).SHELLS)
    .summary('a script that completes commands and live names')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string) =>
      act(async (ctl) => (await import('./verbs/completion.ts')).completion(ctl, shell)),
    );
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) =>
      act(async (ctl) => (await import('./verbs/completion.ts')).complete(ctl, program, words)),
    );
}
