/** A step's process that is started before its turn loads its modules, and waits for a word on its standard input. */

/** The argument after the step's folder. */
export const WHEN_TOLD = '--when-told';
/** What it is told, and all of it. */
export const GO = 'go\n';

/** True if it is to begin, at once or now that it was told; false if who started it went away without a word. */
export async function isToBegin(flag: string | undefined): Promise<boolean> {
  if (flag !== WHEN_TOLD) return true;
  let said = '';
  for await (const chunk of process.stdin) said += String(chunk);
  return said === GO;
}
