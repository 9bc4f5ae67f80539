/** Cuts text without tearing a character apart. Pure. */

/** At most so many UTF-16 units, the last of them an ellipsis where something is left out. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, Math.max(0, most - 1));
  // Half a surrogate pair is no character.
  return `${cut.replace(/[\uD800-\uDBFF]$/, '')}…`;
}
