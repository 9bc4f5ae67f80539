/** `api-resources` and `version`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { API_VERSION } from '../../api/primitives.ts';
import { ROOT } from '../../config.ts';
import { aligned } from '../../describe/aligned.ts';
import { print, type Ctl } from '../terminal/world.ts';
import { type Verb, verbsOf } from '../terminal/verb.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import { KIND_NAMES, KINDS } from '../../views/kinds.ts';
import { objectOutput, serialized } from '../terminal/output.ts';

/** A kind's verbs are those that say they work on it. */
export function apiResources(ctl: Pick<Ctl, 'out'>, program: Verb, options: { output?: string }): ExitCode {
  const output = objectOutput(options.output);
  const all = verbsOf(program);
  const kinds = KIND_NAMES.map((name) => ({
    ...KINDS[name],
    verbs: all.filter((verb) => verb.kinds.includes(name)).map((verb) => verb.name()),
  }));
  if (output.as !== 'table') {
    const items = kinds.map(({ name, aliases, object, verbs, description }) => ({
      name,
      aliases,
      kind: object,
      verbs,
      description,
    }));
    ctl.out.write(serialized({ apiVersion: API_VERSION, kind: 'ApiResourceList', items }, output));
    return EXIT.ok;
  }
  const rows = kinds.map(({ name, aliases, object, verbs, description }) => [
    name,
    aliases.join(','),
    object,
    verbs.join(','),
    description,
  ]);
  for (const line of aligned([['NAME', 'ALIASES', 'KIND', 'VERBS', 'DESCRIPTION'], ...rows]))
    print(ctl, line);
  return EXIT.ok;
}

const Package = z.object({ version: z.string() });

export async function version(
  ctl: Pick<Ctl, 'out'>,
  options: { output?: string; node: string },
): Promise<ExitCode> {
  const output = objectOutput(options.output);
  const text = await readFile(join(ROOT, 'package.json'), 'utf8');
  const seen = {
    version: Package.parse(JSON.parse(text)).version,
    apiVersion: API_VERSION,
    node: options.node,
  };
  if (output.as === 'table') print(ctl, `ccci-ctl ${seen.version} (${seen.apiVersion}, node ${seen.node})`);
  else ctl.out.write(serialized(seen, output));
  return EXIT.ok;
}
