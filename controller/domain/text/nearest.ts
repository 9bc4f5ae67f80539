/** The nearest known word to a mistyped one. Pure. */

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The closest of `known`, if it is close enough to be what was meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  const scored = known.map((each) => ({ each, score: distance(word.toLowerCase(), each.toLowerCase()) }));
  const best = scored.sort((a, b) => a.score - b.score)[0];
  return best !== undefined && best.score <= Math.max(2, Math.ceil(word.length / 3)) ? best.each : null;
}
