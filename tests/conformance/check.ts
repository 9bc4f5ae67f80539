import type { World } from './world.ts';

/** One fact about abra, tried on a real swarm. */
export type Check = {
  /** Section of the contract (docs of what abra does). */
  section: string;
  says: string;
  /** Throws where what was seen differs. */
  look: (world: World) => Promise<void>;
};

export class Differs extends Error {
  override name = 'Differs';
}

export function expectThat(condition: boolean, seen: unknown): asserts condition {
  if (!condition) throw new Differs(typeof seen === 'string' ? seen : JSON.stringify(seen));
}

export function expectSame(seen: unknown, wanted: unknown, what: string): void {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (a !== b) throw new Differs(`${what}: wanted ${b}, saw ${a ?? 'nothing'}`);
}

type Refusal = { ok: boolean; message?: string };

/** Refused, with words of this substance: exact wording is not ours to demand. */
export function expectRefused(result: Refusal, words: RegExp): void {
  if (result.ok) throw new Differs('it was done instead of refused');
  if (!words.test(result.message ?? ''))
    throw new Differs(`refused, but with other words: ${result.message ?? ''}`);
}

export function expectDone(result: Refusal): void {
  if (!result.ok) throw new Differs(`refused: ${result.message ?? ''}`);
}
