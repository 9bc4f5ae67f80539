/** What the deployer writes on stderr, and the errors that end a command. */

/** Ends the command with a `FATA` line and exit code 1, as abra does. */
export class Fatal extends Error {
  override name = 'Fatal';
}

/** The command line itself is wrong: also exit code 1, with a pointer to --help. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The command ends with this code and has said everything already. */
export class Exit extends Error {
  override name = 'Exit';
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export type Log = {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
};

export type Out = { write(text: string): unknown };

/** Log lines are always for stderr: stdout belongs to the answer of the command. */
export function makeLog(stderr: Out, debug: boolean): Log {
  const line = (level: string, message: string) => stderr.write(`${level} ${message}\n`);
  return {
    debug: (message) => void (debug && line('DEBU', message)),
    info: (message) => void line('INFO', message),
    warn: (message) => void line('WARN', message),
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
