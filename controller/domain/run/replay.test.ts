import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMachine, not } from 'xstate';
import { chartOf } from './chart.ts';
import { runMachine } from './machine.ts';
import { replay, type Replay } from './replay.ts';

/** Decisions on runs of real containers, and of more kinds on the simulated swarm: record-decisions.ts in tests/e2e and in tests/simulation records them anew. */
const FOLDER = join(import.meta.dirname, '../../../tests/fixtures/decisions');
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');
const table = read('table.ndjson')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { name: string; because: string; ending: string });

const others = ({ decisions, unreadable }: Replay): readonly object[] => [
  ...decisions.filter((each) => !each.same),
  ...unreadable,
];

describe('the decisions on real runs', () => {
  it('are of every kind of ending, and each is in the table', () => {
    const real = table.filter(({ because }) => because.startsWith('on a real swarm: '));
    expect(real.length).toBeGreaterThanOrEqual(30);
    expect(new Set(table.map(({ ending }) => ending.split(' ')[0]))).toEqual(
      new Set([
        'Passed',
        'Failed',
        'Errored',
        'TimedOut',
        'Cancelled',
        'Deleted',
        'Queued',
        'Refused',
        'Cleaning',
      ]),
    );
    expect(readdirSync(FOLDER).sort()).toEqual(
      [...table.map(({ name }) => `${name}.ndjson`), 'table.ndjson'].sort(),
    );
  });

  it.each(table)('$name, $because: are the same today', ({ name }) => {
    const replayed = replay(read(`${name}.ndjson`));
    expect(others(replayed)).toEqual([]);
    expect(replayed.decisions.length).toBeGreaterThan(0);
  });
});

type Always = { guard?: unknown; target: string }[];
interface Forks {
  readonly [name: string]: { readonly always?: Always; readonly states?: Forks };
}

/** The chart with another guard at one arrow of one fork. */
function changed(path: string, index: number, guard: (before: string) => unknown): typeof runMachine {
  const states = structuredClone(runMachine.config.states) as Forks;
  const always = alwaysAt(states, path.split('.'));
  const arrow = always[index];
  if (arrow === undefined) throw new RangeError(`${path} has no arrow ${index}.`);
  arrow.guard = guard(arrow.guard as string);
  return createMachine(
    { ...runMachine.config, states } as object,
    runMachine.implementations as object,
  ) as unknown as typeof runMachine;
}

function alwaysAt(states: Forks, [name = '', ...more]: string[]): Always {
  const state = states[name];
  return more.length === 0 ? (state?.always ?? []) : alwaysAt(state?.states ?? {}, more);
}

/** What all runs together decided by, each set of facts once. */
const lines = new Set(
  table
    .flatMap(({ name }) => read(`${name}.ndjson`).trimEnd().split('\n'))
    .map((line) => JSON.stringify({ ...(JSON.parse(line) as object), time: '2026-01-01T00:00:00.000Z' })),
);
const everything = `${[...lines].join('\n')}\n`;

const guarded = [...chartOf().forks].flatMap(([path, arrows]) =>
  arrows.flatMap(({ guard }, index) => (guard === null ? [] : [{ path, guard, index }])),
);

/** Arrows whose lack no run can show, and why. */
const UNSEEN: Readonly<Record<string, string>> = {
  'waiting.judging blind': 'a run that never began has no app, and without one the swarm is not asked',
  'waiting.judging leftovers': 'nor can it have left anything; both guard against a status that is not ours',
  'begun.judging workOverdue': 'the last arrow, over `ending`, leads to the same leaf',
};

describe('a changed chart', () => {
  it.each(guarded)('in which "$guard" means its contrary at $path is seen in some run', ({ path, index }) => {
    expect(
      others(
        replay(
          everything,
          changed(path, index, (guard) => not(guard)),
        ),
      ).length,
    ).toBeGreaterThan(0);
  });

  it('that lacks an arrow is seen in some run', () => {
    const unseen = guarded.filter(
      ({ path, index }) =>
        others(
          replay(
            everything,
            changed(path, index, () => () => false),
          ),
        ).length === 0,
    );
    expect(unseen.map(({ path, guard }) => `${path} ${guard}`)).toEqual(Object.keys(UNSEEN));
  });

  it('is the same where nothing was changed', () => {
    expect(
      others(
        replay(
          everything,
          changed('judging', 0, (guard) => guard),
        ),
      ),
    ).toEqual([]);
  });
});
