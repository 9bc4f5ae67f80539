/** Undefined where the text is no JSON: a torn or foreign line must not end whoever reads many. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
