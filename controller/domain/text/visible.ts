/** Characters that have no picture, or that turn the text around them, shown as what they are. Pure. */

/** Directions, joiners, zero-width blanks, soft hyphens, and tags. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** `U+202E` as `\u{202E}`: a name must not look like another, nor turn its line around. */
export function visible(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (mark) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
}
