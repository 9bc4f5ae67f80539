/** How many may follow at once: each holds a connection and what it has not taken yet. */

export interface Seats {
  /** False where there is none. */
  take(): boolean;
  leave(): void;
  /** How many are taken. */
  taken(): number;
  readonly full: string;
}

export function makeSeats(most: number): Seats {
  let taken = 0;
  return {
    take: () => taken < most && (taken += 1) > 0,
    leave: () => void (taken -= 1),
    taken: () => taken,
    full: 'Too many follow already; try again later.',
  };
}
