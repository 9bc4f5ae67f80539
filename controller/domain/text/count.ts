/** A number of things, with a noun that agrees. Pure. */

/** `no errors`, `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count === 0 ? 'no' : count} ${noun}${count === 1 ? '' : 's'}`;
}
