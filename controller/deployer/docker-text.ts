/** A tree as the text that docker reads: every scalar quoted or of a plain type, nothing left to fill in. */
import { escapeDollars } from './compose.ts';
import type { Tree } from '../domain/recipe/compose-tree.ts';

/**
 * JSON is YAML, except that YAML 1.1 takes U+0085, U+2028 and U+2029 for line breaks and knows no surrogates:
 * so all but ASCII is escaped, in YAML's way.
 */
export function dockerText(tree: Tree): string {
  return JSON.stringify(escapeDollars(tree)).replace(/[\u{7f}-\u{10ffff}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
