/** What an upgrade has found, kept also where it ends early, and its last word. */
import type { UpgradeData } from '../../api/stage-data.ts';
import { type LedgerAt, ledgerTable } from '../../domain/data/ledger.ts';
import { type Versions, volumeNames } from '../../domain/recipe/version-change.ts';
import { counted } from '../../domain/text/count.ts';
import type { LedgerRead } from '../data/ledger.ts';
import type { RecipeTestsResult } from '../tests/recipe-tests.ts';
import type { StageReport } from '../step/report.ts';
import type { Base } from './upgrade-base.ts';

export class UpgradeFound {
  readonly #moments: LedgerAt[] = [];
  rest: Omit<UpgradeData, 'ledger'>;

  constructor(wanted: string) {
    const fromSelection = { wanted, taken: null, reason: 'NotChosen', tried: [] };
    const nothing = { from: null, proof: null, downtime: null, secrets: [], volumes: [], notes: [] };
    const more = { rollback: null, matrix: [], backup: null };
    this.rest = { ...nothing, ...more, fromSelection };
  }

  note(moment: LedgerAt['moment'], { entries, secrets }: LedgerRead): void {
    this.#moments.push({ moment, entries });
    this.rest = { ...this.rest, secrets };
  }

  data(): UpgradeData {
    return { ...this.rest, ledger: ledgerTable(this.#moments) };
  }
}

/** What was asked for beyond the one upgrade, in words; '' if nothing was. */
export function moreSaid({ rollback, matrix }: Pick<UpgradeData, 'rollback' | 'matrix'>): string {
  const back = rollback === null ? '' : ` The way back to ${rollback.to} is ${rollback.verdict}.`;
  const tried = matrix.filter(({ outcome }) => outcome === 'passed').map(({ version }) => version);
  return `${back}${tried.length === 0 ? '' : ` Also from ${tried.join(', ')}.`}`;
}

/** What was done otherwise than an operator would do it. */
export function notesOf(base: Base | null): string[] {
  if (base === null) return [];
  const { version, deployed } = base.from;
  const byCommit =
    deployed === 'chaos'
      ? [`${version} was deployed by its commit, because abra refuses lightweight version tags.`]
      : [];
  return [...byCommit, `The recipe’s tests were not run against ${version}: they are written for the head.`];
}

export interface Upgraded {
  readonly versions: Versions;
  readonly before: LedgerRead;
  readonly found: UpgradeFound;
}

/** Green needs data that could have been lost, or an app that keeps none. */
export function conclusionOf(
  tested: RecipeTestsResult,
  { versions, before, found }: Upgraded,
): StageReport<'upgrade'> {
  const { from, fromSelection, downtime } = found.rest;
  const report = { tests: tested.tests, data: found.data() };
  if (before.entries.length === 0 && volumeNames(versions.old).length > 0) {
    const message =
      'The app has volumes, and nothing could be written into them: that data survives is not shown.';
    return { ...report, outcome: 'unverified', message, cause: { reason: 'LedgerEmpty', message } };
  }
  const instead =
    fromSelection.tried.length === 0 ? '' : ` (${fromSelection.wanted} cannot be deployed any more)`;
  const message = `From ${from?.version}${instead}: ${counted(before.entries.length, 'thing')} in the ledger as before, down for ${downtime?.seconds} s. ${tested.message}`;
  return { ...report, outcome: tested.outcome, message };
}
