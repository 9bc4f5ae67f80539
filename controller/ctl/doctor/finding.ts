/** What a check found. */

export interface Finding {
  /** `blocked` fails too, and no command of ours heals it: a person has to, where we have no rights. */
  readonly state: 'ok' | 'warn' | 'fail' | 'blocked';
  /** What was seen. */
  readonly seen: string;
  /** What to do, or ''. */
  readonly todo: string;
}

export const ok = (seen: string): Finding => ({ state: 'ok', seen, todo: '' });
export const warn = (seen: string, todo: string): Finding => ({ state: 'warn', seen, todo });
export const fail = (seen: string, todo: string): Finding => ({ state: 'fail', seen, todo });
/** `who` is the one who can. */
export const blocked = (seen: string, who: string, todo: string): Finding => ({
  state: 'blocked',
  seen,
  todo: `${todo} Only ${who} can: write it into STATUS.md under \`## Blocked\` until it is done.`,
});
