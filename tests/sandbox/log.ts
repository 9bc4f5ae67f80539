/** Progress for people, on stderr, so that stdout stays free for what a command answers. */
const QUIET_MS = 1_500;
const STILL_MS = 20_000;

export interface Log {
  say(line: string): void;
  /** Runs one step and says how long it took; a step that lasts says at once that it is under way. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
}

export function makeLog(who: string): Log {
  const say = (line: string): void => void process.stderr.write(`${who}: ${line}\n`);
  return { say, step: (what, work) => timed(what, work, say) };
}

async function timed<T>(what: string, work: () => Promise<T>, say: (line: string) => void): Promise<T> {
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

export const { say, step } = makeLog('sandbox');
