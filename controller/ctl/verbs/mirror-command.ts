/** How `mirror` is called. */
import { ARGUMENT, type Verb } from '../terminal/verb.ts';
import type { Act } from '../terminal/world.ts';

const HELP = `
Examples:
  ccci-ctl mirror ghost                                       make the mirror, or bring it to what upstream has
  ccci-ctl mirror ghost --branch redis-7 --from ./ghost       and propose the commit that is checked out in ./ghost
  ccci-ctl mirror ghost --branch redis-7 --from redis-bump    and propose a branch of upstream`;

export function addMirror(command: Verb, act: Act): void {
  command
    .worksOn('recipes')
    .completes(ARGUMENT, 'recipes')
    .summary('bring a recipe that is published elsewhere to our Gitea')
    .description(
      'Makes the repository that source.repo names where it is not there, and makes its main and tags those of source.upstream. With --branch it pushes a change and opens the pull request. Asked again, it does what is left.',
    )
    .argument('<recipe>', 'an enrolled recipe with source.upstream')
    .option('--branch <name>', 'the branch of the pull request')
    .option('--from <folder or ref>', 'what is proposed: HEAD of a clone, or a ref of upstream')
    .option(
      '--title <text>',
      'of the pull request; the first line of the commit’s message where it is left out',
    )
    .option('--force', 'overwrite the branch where it has other commits')
    .addHelpText('after', HELP)
    .action((recipe: string, options) =>
      act(async (ctl) => (await import('./mirror.ts')).mirror(ctl, recipe, options)),
    );
}
