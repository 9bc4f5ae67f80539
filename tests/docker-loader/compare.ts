/** One input read by docker's own loader and by us: what of it is not the same, and by which name that is meant. */
import { composeTree, type TreeRead } from '../../controller/domain/recipe/compose-tree.ts';
import { dockerText } from '../../controller/deployer/docker-text.ts';
import { interpolate } from '../../controller/domain/recipe/interpolate.ts';
import { DIFFERENCES } from './differences.ts';
import type { Files } from './generate.ts';
import type { Answer, Judge } from './judge.ts';

/** Where relative paths begin; nothing is read there. */
const DIR = '/recipe';

export interface Compared {
  readonly input: unknown;
  /** Taken or refused by both, the name of a difference that is meant, or what is not the same. */
  readonly outcome:
    | 'taken by both'
    | 'refused by both'
    | { readonly named: string }
    | { readonly differs: string };
}

export async function compareTemplates(
  judge: Judge,
  templates: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Compared[]> {
  const answers = await judge.ask(templates.map((template) => ({ template, env })));
  return templates.map((template, index) => {
    const { text, problem, missing } = interpolate(template, env);
    const refused = problem ?? missing.find(({ required }) => required !== null)?.required ?? null;
    const docker = answers[index];
    const input = { template };
    if (docker === undefined) throw new Error('The judge left a template out.');
    if ('refused' in docker)
      return {
        input,
        outcome: refused === null ? { differs: `docker: ${docker.refused}` } : 'refused by both',
      };
    const ours = refused === null ? text : `refused: ${refused}`;
    const theirs = 'text' in docker ? docker.text : '';
    return {
      input,
      outcome: ours === theirs ? 'taken by both' : { differs: `docker: ${theirs}, ours: ${ours}` },
    };
  });
}

/** What we hand to docker is read by docker once more: it has to be what docker makes of the files. */
export async function compareFiles(judge: Judge, inputs: readonly Files[]): Promise<Compared[]> {
  const theirs = await judge.ask(inputs.map(({ files, env }) => ({ files, env, dir: DIR })));
  const ours = inputs.map(({ files, env }) =>
    composeTree({ files: files.map((text, index) => ({ path: `${index}.yml`, text })), env }),
  );
  const handed = ours.flatMap((read) =>
    read.ok ? [{ files: [dockerText(read.tree)], env: {}, dir: DIR }] : [],
  );
  const read = (await judge.ask(handed)).values();
  return inputs.map((input, index) => {
    const [docker, our] = [theirs[index], ours[index]];
    if (docker === undefined || our === undefined) throw new Error('The judge left files out.');
    return { input, outcome: outcomeOf(docker, our, our.ok ? read.next().value : undefined) };
  });
}

function outcomeOf(docker: Answer, ours: TreeRead, handed: Answer | undefined): Compared['outcome'] {
  if ('refused' in docker) return ours.ok ? takenByUs(docker.refused) : 'refused by both';
  if (!ours.ok) return refusedByUs(ours.problem);
  if (handed === undefined || 'refused' in handed)
    return { differs: `docker refuses what we made of it: ${JSON.stringify(handed)}` };
  return sameOrNamed('config' in docker ? docker.config : {}, 'config' in handed ? handed.config : {});
}

function takenByUs(words: string): Compared['outcome'] {
  const named = DIFFERENCES.find(({ taken }) => taken?.test(words) === true);
  return named === undefined ? { differs: `docker refuses it: ${words}` } : { named: named.name };
}

function refusedByUs(words: string): Compared['outcome'] {
  const named = DIFFERENCES.find(({ refused }) => refused?.test(words) === true);
  return named === undefined ? { differs: `we refuse it: ${words}` } : { named: named.name };
}

/** Each difference that is meant is taken out of both. */
function sameOrNamed(docker: unknown, ours: unknown): Compared['outcome'] {
  if (JSON.stringify(docker) === JSON.stringify(ours)) return 'taken by both';
  let [theirs, our] = [docker, ours];
  const names: string[] = [];
  for (const { name, without } of DIFFERENCES) {
    const changed = without?.(theirs) ?? theirs;
    if (JSON.stringify(changed) !== JSON.stringify(theirs)) names.push(name);
    [theirs, our] = [changed, without?.(our) ?? our];
  }
  if (JSON.stringify(theirs) === JSON.stringify(our)) return { named: names.join(', ') };
  return { differs: `docker: ${JSON.stringify(theirs)}, ours: ${JSON.stringify(our)}` };
}
