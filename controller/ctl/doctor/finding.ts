/** What a check found. */

export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was seen. */
  readonly seen: string;
  /** What to do, or ''. */
  readonly todo: string;
}

export const ok = (seen: string): Finding => ({ state: 'ok', seen, todo: '' });
export const warn = (seen: string, todo: string): Finding => ({ state: 'warn', seen, todo });
export const fail = (seen: string, todo: string): Finding => ({ state: 'fail', seen, todo });
