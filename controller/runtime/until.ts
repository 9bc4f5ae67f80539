/** The one way to wait for something: look, judge, pause, and look again until there is an answer or it is too late. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Patience<Seen, Answer> {
  /** Milliseconds between the end of a look and the next one; asked again each time where it is a function. */
  readonly every: number | (() => number);
  /** A look that ends later is the last one. */
  readonly deadline: Date;
  readonly clock: { now(): Date };
  readonly wait: (ms: number) => Promise<void>;
  /** The answer to the last look, or what is thrown. */
  readonly late: (seen: Seen) => Answer;
}

/** `judge` has no answer yet where it says undefined. */
export async function until<Seen, Answer>(
  observe: () => Promise<Seen>,
  judge: (seen: Seen) => Answer | undefined | Promise<Answer | undefined>,
  { every, deadline, clock, wait, late }: Patience<Seen, Answer>,
): Promise<Answer> {
  for (;;) {
    const seen = await observe();
    const answer = await judge(seen);
    if (answer !== undefined) return answer;
    if (clock.now() > deadline) return late(seen);
    await wait(typeof every === 'function' ? every() : every);
  }
}

/** For what has no clock and no signal of its own: a clock that nobody sets, and a pause that nothing ends. */
export function within(ms: number): Pick<Patience<unknown, unknown>, 'clock' | 'deadline' | 'wait'> {
  const now = (): Date => new Date(performance.now());
  return {
    clock: { now },
    deadline: new Date(performance.now() + ms),
    wait: async (pause) => void (await delay(pause)),
  };
}
