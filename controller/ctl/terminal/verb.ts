/** A command that also says which kinds it works on, and which words may stand where: help, completion and `api-resources` all read it. */
import { Command } from 'commander';
import type { KindName } from '../../views/kinds.ts';

/** Words, or what they are the names of: `targets` are `<kind>/<name>` of the verb's own kinds. */
export type Words = readonly string[] | 'targets' | 'kinds' | 'recipes' | (() => Promise<readonly string[]>);

export class Verb extends Command {
  #kinds: readonly KindName[] = [];
  readonly #words = new Map<string, Words>();

  override createCommand(name?: string): Verb {
    return new Verb(name);
  }

  get kinds(): readonly KindName[] {
    return this.#kinds;
  }

  worksOn(...kinds: readonly KindName[]): this {
    this.#kinds = kinds;
    return this;
  }

  /** Of an option such as `--stage`, or of the argument. */
  completes(place: string, words: Words): this {
    this.#words.set(place, words);
    return this;
  }

  wordsAt(place: string): Words | undefined {
    return this.#words.get(place);
  }
}

export const ARGUMENT = 'argument';

/** For options that may be given more than once. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

export function verbsOf(program: Command): Verb[] {
  return program.commands.filter((each) => each instanceof Verb);
}
