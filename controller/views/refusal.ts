/** The one error of what reads for people and writes for them: what was wrong and what to do next. It knows no exit codes and no HTTP. */

export type RefusalCode =
  | 'failed'
  | 'usage'
  | 'notFound'
  | 'notJudged'
  | 'forbidden'
  | 'unreachable'
  | 'invalid'
  | 'timeout';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  /** One sentence: what the person can do now. */
  readonly next: string;
  constructor(code: RefusalCode, message: string, hint: { next: string; cause?: unknown }) {
    super(message, { cause: hint.cause });
    this.code = code;
    this.next = hint.next;
  }
}

/** What was asked cannot be understood. */
export function usageError(message: string, next: string): Refusal {
  return new Refusal('usage', message, { next });
}
