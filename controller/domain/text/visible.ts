/** Makes visible the characters that are invisible or that change the direction of text. Pure. */

/** All of a format, ends of lines that terminals do not show, and blanks and joiners that count as letters or marks. */
const INVISIBLE =
  /\p{Cf}|\p{Zl}|\p{Zp}|\u{34F}|[\u{115F}\u{1160}\u{3164}\u{FFA0}]|[\u{17B4}\u{17B5}]|[\u{180B}-\u{180D}\u{180F}]|[\u{FE00}-\u{FE0E}]|[\u{E0100}-\u{E01EF}]/gu;

/** `U+202E` as `\u{202E}`: a name must not look like another, nor turn its line around. */
export function visible(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (mark) => `\\u{${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
}
