/** A service's template and a task's spec as the same text, so that they can be compared. Pure. */
import { isObject, objectAt, type Json } from './json.ts';

/** What swarm fills into a service that is inspected, and leaves out of its tasks. */
const RESTART_DEFAULTS: Json = { Condition: 'any', Delay: 5_000_000_000 };
const STOP_GRACE_DEFAULT = 10_000_000_000;

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === 0 || value === '';
}

/** Without empty values, keys in order: engines differ in which of those they print. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, pruned(item)] as const);
  const kept = entries.filter(([, item]) => !isNothing(item));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The same text for a service's template and for the spec of a task that was made from it. */
export function templateText(template: Json): string {
  const filled = {
    ...template,
    Runtime: template.Runtime ?? 'container',
    RestartPolicy: { ...RESTART_DEFAULTS, ...objectAt(template, 'RestartPolicy') },
    ContainerSpec: { StopGracePeriod: STOP_GRACE_DEFAULT, ...objectAt(template, 'ContainerSpec') },
  };
  return JSON.stringify(pruned(filled));
}
