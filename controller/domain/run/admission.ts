/** Who may have a slot: at most `max` runs at a time, those that somebody asked for before reference runs, oldest first. Pure. */

export interface Waiting {
  readonly name: string;
  readonly createdAt: string;
  /** Holds a slot already: begun and not finished. */
  readonly holds: boolean;
  /** Waits for one: accepted, wanted, not begun, not finished. */
  readonly waits: boolean;
  /** The number of its slot; also of one that is stalled, whose things may still be in that slot's network. */
  readonly number: number | null;
  /** Nobody asked for it: it waits behind everybody else, and keeps a slot that it has. */
  readonly isReference: boolean;
}

export interface Admission {
  readonly slot: boolean;
  /** 1 for the next in line; 0 for who holds a slot. */
  readonly position: number;
  readonly holders: readonly string[];
  /** The lowest that no run has, or its own. */
  readonly number: number;
}

/** The answer for one run; the same for every caller that sees the same runs. */
export function admissionOf(name: string, runs: readonly Waiting[], max: number): Admission {
  const holders = runs.filter((run) => run.holds).map((run) => run.name);
  const number = numberFor(name, runs);
  if (holders.includes(name)) return { slot: true, position: 0, holders, number };
  const line = lineOf(runs);
  const position = line.findIndex((run) => run.name === name) + 1;
  return { slot: position > 0 && position <= max - holders.length, position, holders, number };
}

/** Those that wait, in their order. */
function lineOf(runs: readonly Waiting[]): Waiting[] {
  return runs.filter((run) => run.waits && !run.holds).sort(inLine);
}

/** Whose turn it is: as many as there are free slots. Nobody else needs to be told that one is free. */
export function nextOf(runs: readonly Waiting[], max: number): string[] {
  const free = max - runs.filter((run) => run.holds).length;
  return lineOf(runs)
    .slice(0, Math.max(0, free))
    .map((run) => run.name);
}

function numberFor(name: string, runs: readonly Waiting[]): number {
  const own = runs.find((run) => run.name === name)?.number ?? null;
  if (own !== null) return own;
  const taken = new Set(runs.map((run) => run.number));
  let number = 1;
  while (taken.has(number)) number += 1;
  return number;
}

function inLine(a: Waiting, b: Waiting): number {
  return (
    Number(a.isReference) - Number(b.isReference) ||
    a.createdAt.localeCompare(b.createdAt) ||
    a.name.localeCompare(b.name)
  );
}
