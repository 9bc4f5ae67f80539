/** The first and the last of what a program printed, however much that was. Pure but for what it keeps between pieces. */

export interface Kept {
  readonly head: Buffer;
  /** Empty if nothing was left out. */
  readonly tail: Buffer;
  /** Between head and tail. */
  readonly omitted: number;
}

export interface HeadTail {
  /** What of the piece belongs to the head, to be shown at once. */
  push(piece: Buffer): Buffer;
  end(): Kept;
}

export function makeHeadTail(headBytes: number, tailBytes: number): HeadTail {
  const head: Buffer[] = [];
  let headSize = 0;
  let rest: Buffer[] = [];
  let restSize = 0;
  let omitted = 0;
  const shorten = (): void => {
    const joined = Buffer.concat(rest);
    const from = Math.max(0, joined.length - tailBytes);
    omitted += from;
    // A copy, or the slice would keep all of it in memory.
    rest = [Buffer.from(joined.subarray(from))];
    restSize = joined.length - from;
  };
  return {
    push: (bytes) => {
      const first = bytes.subarray(0, headBytes - headSize);
      if (first.length > 0) {
        head.push(first);
        headSize += first.length;
      }
      const more = bytes.subarray(first.length);
      if (more.length > 0) {
        rest.push(more);
        restSize += more.length;
      }
      // Twice, so that joining is seldom.
      if (restSize > 2 * tailBytes) shorten();
      return first;
    },
    end: () => {
      shorten();
      if (omitted > 0) return { head: Buffer.concat(head), tail: Buffer.concat(rest), omitted };
      return { head: Buffer.concat([...head, ...rest]), tail: Buffer.alloc(0), omitted };
    },
  };
}

/** Text that was cut, without the halves of secrets that may stand at the cuts; `margin` is the longest secret's length. */
export function keptText(
  { head, tail, omitted }: Kept,
  redact: (text: string) => string,
  margin: number,
): string {
  if (omitted === 0) return redact(head.toString('utf8'));
  const before = redact(head.toString('utf8'));
  const after = redact(tail.toString('utf8')).slice(margin);
  return `${before.slice(0, Math.max(0, before.length - margin))}\n${omittedText(omitted)}\n${after}`;
}

export function omittedText(bytes: number): string {
  return `[cut: ${bytes} bytes of output are left out here]`;
}
