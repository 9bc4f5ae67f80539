/** Small readers for docker's JSON: a schema library would double the start time of every call. */

export type Json = { readonly [key: string]: unknown };

export function objectAt(value: unknown, ...path: readonly string[]): Json {
  let current: unknown = value;
  for (const key of path) current = isObject(current) ? current[key] : undefined;
  return isObject(current) ? current : {};
}

export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = objectAt(value, ...path.slice(0, -1))[path.at(-1) ?? ''];
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = objectAt(value, ...path.slice(0, -1))[path.at(-1) ?? ''];
  return typeof found === 'number' ? found : undefined;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
