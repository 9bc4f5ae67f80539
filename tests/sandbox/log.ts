/** Progress for people, on stderr, so that stdout stays free for what a command answers. */
const QUIET_MS = 1_500;
const STILL_MS = 20_000;

export function say(line: string): void {
  process.stderr.write(`sandbox: ${line}\n`);
}

/** Runs one step and says how long it took; a step that lasts says at once that it is under way. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const first = setTimeout(() => say(`${what} ...`), QUIET_MS);
  const still = setInterval(() => say(`${what} ... ${seconds()}`), STILL_MS);
  try {
    const result = await work();
    say(`${what}: ${seconds()}`);
    return result;
  } catch (error) {
    say(`${what}: failed after ${seconds()}`);
    throw error;
  } finally {
    clearTimeout(first);
    clearInterval(still);
  }
}
