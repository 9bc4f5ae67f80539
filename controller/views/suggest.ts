/** What a mistyped word was probably meant to be. */
import { nearest } from '../domain/text/nearest.ts';

/** A candidate that begins with the word is what somebody in a hurry meant; else the nearest one, if it is near. */
export function suggestion(word: string, candidates: readonly string[]): string | null {
  const lower = word.toLowerCase();
  const begun = word.length >= 2 ? candidates.find((candidate) => candidate.startsWith(lower)) : undefined;
  return begun ?? nearest(word, candidates);
}

/** `Did you mean "x"? ` or ''. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const found = suggestion(word, candidates);
  return found === null ? '' : `Did you mean "${found}"? `;
}
