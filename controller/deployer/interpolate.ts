import type { Env } from '../domain/recipe/dotenv.ts';
import { interpolate as read } from '../domain/recipe/interpolate.ts';

export class InterpolationError extends Error {
  override name = 'InterpolationError';
}

/** As docker's own loader: what cannot be filled in ends the deploy. The grammar is that of domain/interpolate.ts. */
export function interpolate(template: string, env: Env): string {
  const { text, missing, problem } = read(template, env);
  if (problem !== null)
    throw new InterpolationError(`invalid interpolation format in "${template}": escape a literal $ as $$`);
  const required = missing.find((each) => each.required !== null);
  if (required !== undefined) {
    throw new InterpolationError(
      `required variable ${required.name} is missing a value: ${required.required}`,
    );
  }
  return text;
}

/** The names a template refers to. */
export function variablesOf(template: string): readonly string[] {
  return read(template, {}).names;
}
