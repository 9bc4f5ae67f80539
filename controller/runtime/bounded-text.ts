/** The body of an answer, read no further than it may be long. */

/** Throws what `tooLarge` makes as soon as there is more, which closes the connection. */
export async function boundedText(
  response: Response,
  mostBytes: number,
  tooLarge: () => Error,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > mostBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
