import type { Env } from '../../domain/dotenv.ts';

export class InterpolationError extends Error {
  override name = 'InterpolationError';
}

/** The same grammar as docker's compose loader: `$$`, `$NAME`, `${NAME}` with an optional operator. */
const PATTERN = /\$(?:(\$)|([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)(?:(:?[-?+])([^}]*))?\}|)/gi;

type Braced = { name: string; operator: string; rest: string };

function bracedValue({ name, operator, rest }: Braced, env: Env): string {
  const value = env[name];
  const present = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (operator.at(-1)) {
    case '-':
      return present ? (value ?? '') : rest;
    case '+':
      return present ? rest : '';
    case '?':
      if (!present) throw new InterpolationError(`required variable ${name} is missing a value: ${rest}`);
      return value ?? '';
    default:
      return value ?? '';
  }
}

/** Go templates (`{{ env "X" }}`) hold no `$` and pass untouched. */
export function interpolate(template: string, env: Env): string {
  return template.replace(PATTERN, (_whole: string, ...groups: unknown[]) => {
    const [escaped, named, braced, operator, rest] = groups as (string | undefined)[];
    if (escaped !== undefined) return '$';
    if (named !== undefined) return env[named] ?? '';
    if (braced !== undefined)
      return bracedValue({ name: braced, operator: operator ?? '', rest: rest ?? '' }, env);
    throw new InterpolationError(`invalid interpolation format in "${template}": escape a literal $ as $$`);
  });
}

/** The names a template refers to. */
export function variablesOf(template: string): string[] {
  return [...template.matchAll(PATTERN)].flatMap((match) => match[2] ?? match[3] ?? []);
}
