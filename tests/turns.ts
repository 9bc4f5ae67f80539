/** Output of several that work at once, told one after the other: who has the turn is heard at once, the others are kept until theirs. */

export interface Turns {
  say(name: string, text: string): void;
  /** It says nothing more. */
  end(name: string): void;
}

/** In the order of `names`. */
export function makeTurns(names: readonly string[], write: (text: string) => void): Turns {
  const waiting = [...names];
  const kept = new Map<string, string>();
  const ended = new Set<string>();
  return {
    say: (name, text) => {
      if (waiting[0] === name) write(text);
      else kept.set(name, `${kept.get(name) ?? ''}${text}`);
    },
    end: (name) => {
      ended.add(name);
      while (waiting[0] !== undefined && ended.has(waiting[0])) {
        waiting.shift();
        write(kept.get(waiting[0] ?? '') ?? '');
      }
    },
  };
}
