/** Three kinds of error, told apart by class: Terminal (a person must act), Waiting (again in `ms`), everything else (retry with back-off). */

export class Terminal extends Error {
  override readonly name = 'Terminal';
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export class Waiting extends Error {
  override readonly name = 'Waiting';
  readonly ms: number;
  constructor(ms: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.ms = ms;
  }
}

/** Somebody else wrote first: look again. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** This process ends, and what it had asked is answered no more: nothing failed, and whoever comes next asks again. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
}

/** Whether something failed, so that it is to be said. */
export function isFailure(error: unknown): boolean {
  return !(error instanceof Conflict || error instanceof Stopping);
}

/** The `code` of a system error (`ENOENT`), or ''. */
export function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string')
    return error.code;
  return '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
