/** A recipe's quarantine for a person: whether each entry counts today, and what is kept of the runs that prove the flake. */
import type { Quarantined } from '../../api/quarantine.ts';
import { type FlakeSeen, fullName, isFlake, standingOf } from '../../domain/tests/quarantine.ts';
import { type Ctl } from './world.ts';
import { readRun } from '../../views/runs.ts';

const HEAD = ['TEST', 'UNTIL', 'NOW', 'PROVEN', 'FLAKED IN', 'BECAUSE'];

export async function quarantineRows(ctl: Ctl, entries: readonly Quarantined[]): Promise<string[][]> {
  const rows = await Promise.all(
    entries.map(async (entry) => {
      const seen = await Promise.all(entry.flakes.map((run) => seenIn(ctl, run, entry.test)));
      const told = entry.flakes.map((run, index) => `${run} (${flakeText(seen[index] ?? null)})`);
      return [
        entry.test,
        entry.until,
        standingOf(entry, ctl.now()),
        provenText(seen),
        told.join(', '),
        entry.because,
      ];
    }),
  );
  return [HEAD, ...rows];
}

/** What was not kept neither proves nor refutes. */
function provenText(seen: readonly (FlakeSeen | null)[]): string {
  const known = seen.filter((each) => each !== null);
  if (isFlake(known)) return 'yes';
  return known.length < seen.length ? 'not kept' : 'no';
}

function flakeText(seen: FlakeSeen | null): string {
  return seen === null
    ? 'not kept'
    : `${seen.states.join(' and ') || 'did not run'} at ${seen.commit.slice(0, 7)}`;
}

async function seenIn(ctl: Ctl, name: string, test: string): Promise<FlakeSeen | null> {
  const uid = (await readRun(ctl, name))?.status.uid ?? '';
  const { commit = null, steps = [] } = (await ctl.reading.results(uid)) ?? {};
  if (commit === null) return null;
  const tests = steps.flatMap((step) => step.tests).filter((each) => fullName(each) === test);
  return { commit, states: [...new Set(tests.map(({ state }) => state))] };
}
