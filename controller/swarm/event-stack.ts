/** Which stack an event tells us to look at. Pure. */
import type { EventShape } from './shapes.ts';
import { STACK_LABEL } from './things.ts';

/** A stack's name, null for "could be any stack's: look at everything", or 'nothing' for what is no stack's. */
export type Hint = { readonly stack: string | null } | 'nothing';

/** Volumes are named by their id; all others carry `name`. */
function nameOf(event: EventShape): string {
  return event.Actor.Attributes['name'] ?? event.Actor.ID;
}

/**
 * Containers carry the stack's label; services, networks, secrets, configs and volumes only a name
 * `<stack>_<rest>`, and since both parts may hold underscores only a known stack can tell where to cut.
 */
export function hintOf(event: EventShape, known: Iterable<string>): Hint {
  const labelled = event.Actor.Attributes[STACK_LABEL];
  if (labelled) return { stack: labelled };
  const name = nameOf(event);
  if (!name.includes('_')) return 'nothing';
  return { stack: longestPrefix(name, known) };
}

function longestPrefix(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  for (const stack of known) {
    if (name.startsWith(`${stack}_`) && stack.length > (best?.length ?? 0)) best = stack;
  }
  return best;
}

/** The stacks we have met, newest last; bounded, since every attempt of every run makes a new name. */
export class KnownStacks {
  readonly #names = new Set<string>();
  readonly #limit: number;
  constructor(limit = 1_000) {
    this.#limit = limit;
  }
  add(stack: string): void {
    this.#names.delete(stack);
    this.#names.add(stack);
    const [oldest] = this.#names;
    if (this.#names.size > this.#limit && oldest !== undefined) this.#names.delete(oldest);
  }
  [Symbol.iterator](): Iterator<string> {
    return this.#names.values();
  }
}
