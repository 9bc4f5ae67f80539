/** What one run has to say to operators: lint's notes, and what its upgrade measured. Pure. */
import { dataOf, resultOf, type ResultOf, type StageOutcome, type StageResult } from '../../api/stage.ts';
import type { RestoreData, UpgradeData } from '../../api/stage-data.ts';
import type { OperatorNote } from '../../api/operator-note.ts';
import { plainLine } from './quoted.ts';

export interface OperatorReport {
  /** The published version that the notes compare with, or null. */
  readonly from: string | null;
  /** Why there are no notes, or null. */
  readonly notCompared: string | null;
  readonly notes: readonly OperatorNote[];
  readonly measured: readonly string[];
}

/** Null where lint left nothing; of several results of one step the last counts. */
export function operatorReport(
  results: readonly (StageResult | null)[],
  stack: string | null,
): OperatorReport | null {
  const lint = dataOf(results, 'lint');
  if (lint === null) return null;
  const { comparedWith, notCompared, operatorNotes } = lint;
  const upgrade = resultOf(results, 'upgrade');
  const lines = [
    ...(upgrade === null ? [] : measured(upgrade, stack)),
    ...oldBackupLines(dataOf(results, 'restore')),
  ];
  return {
    from: comparedWith,
    notCompared: comparedWith === null ? (notCompared ?? 'lint does not say why') : null,
    notes: operatorNotes,
    measured: lines.map(plainLine),
  };
}

function measured({ outcome, message, data: upgrade }: ResultOf<'upgrade'>, stack: string | null): string[] {
  const ended = ENDED[outcome];
  const bad = ended === null ? [] : [`The upgrade ${ended}: ${message}`];
  if (upgrade === null) return bad;
  return [
    ...bad,
    ...baseLines(upgrade),
    ...downtimeLines(upgrade),
    ...rollbackLines(upgrade),
    ...volumeLines(upgrade, stack),
    ...matrixLines(upgrade),
  ];
} // oxfmt-ignore

const ENDED: Readonly<Record<StageOutcome, string | null>> = {
  passed: null,
  skipped: null,
  failed: 'failed here',
  errored: 'could not be judged here',
  unverified: 'could not be judged here',
};

function baseLines({ fromSelection: { wanted, taken, tried } }: UpgradeData): string[] {
  if (tried.length === 0) return [];
  const reasons = tried.map(({ version, reason }) => `${version} (${reason})`).join(', ');
  if (taken === null)
    return [`No version before could be deployed any more, so no upgrade was measured: ${reasons}.`];
  return [`${wanted} cannot be deployed any more, so the upgrade was measured from ${taken}: ${reasons}.`];
}

function downtimeLines({ from, downtime }: UpgradeData): string[] {
  if (downtime === null || from === null) return [];
  const { seconds, probes } = downtime;
  const outage = seconds === 0 ? 'answered every time' : `was down for ${seconds} s`;
  return [`During the upgrade from ${from.version} the app ${outage} (${probes} requests).`];
}

function rollbackLines({ rollback }: UpgradeData): string[] {
  if (rollback === null) return [];
  const { to, verdict, detail } = rollback;
  return verdict === 'reversible'
    ? [`The way back to ${to} is reversible: it was deployed over the new version and kept the data.`]
    : [`The way back to ${to} is one-way: only a backup from before the upgrade brings it back (${detail}).`];
}

function oldBackupLines(restore: RestoreData | null): string[] {
  if (restore === null || restore.fromPrevious === null) return [];
  const { version, verdict, detail } = restore.fromPrevious;
  const says = verdict === 'restorable' ? 'can be restored into this version' : 'needs more than a restore';
  return [`A backup of ${version} ${says} (${detail}).`];
}

/** Without the name of this run's app. */
function volumeLines({ volumes }: UpgradeData, stack: string | null): string[] {
  if (volumes.length === 0) return [];
  const prefix = `${stack ?? ''}_`;
  const names = volumes.map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
  return [`Before the upgrade the data was in ${names.length === 1 ? 'the volume' : 'the volumes'} ${names.join(', ')}.`];
} // oxfmt-ignore

const MATRIX = {
  passed: 'The upgrade also worked from',
  failed: 'The upgrade failed from',
  notDeployable: 'Cannot be deployed any more, so the upgrade from there was not measured:',
  notTried: 'The upgrade was not tried from',
} as const;

function matrixLines({ matrix }: UpgradeData): string[] {
  return (Object.keys(MATRIX) as (keyof typeof MATRIX)[]).flatMap((outcome) => {
    const versions = matrix.filter((row) => row.outcome === outcome).map(({ version }) => version);
    return versions.length === 0 ? [] : [`${MATRIX[outcome]} ${versions.join(', ')}.`];
  });
}

export interface NoteGroup {
  readonly title: 'By hand' | 'Changes' | 'Measured';
  readonly lines: readonly string[];
}

/** As people read them; a group with nothing to say is left out, but for the first where versions were compared. */
export function groupsOf({ from, notes, measured }: OperatorReport): NoteGroup[] {
  const texts = (byHand: boolean): string[] =>
    notes.filter((note) => note.byHand === byHand).map(({ text }) => plainLine(text));
  const byHand = texts(true);
  const nothing = from === null ? [] : ['Nothing has to be done by hand.'];
  const groups: NoteGroup[] = [
    { title: 'By hand', lines: byHand.length > 0 ? byHand : nothing },
    { title: 'Changes', lines: texts(false) },
    { title: 'Measured', lines: measured },
  ];
  return groups.filter(({ lines }) => lines.length > 0);
}

/** For the recipe's `release/<version>`: without a title, which the file's name is. */
export function markdownOf(report: OperatorReport): string {
  return groupsOf(report)
    .map(({ title, lines }) => `## ${title}\n\n${lines.map((line) => `- ${line}\n`).join('')}`)
    .join('\n');
}

/** What a person has to do, and the recipe's own release note does not name yet. */
export function untold({ notes }: OperatorReport): string[] {
  return [...new Set(notes.filter(({ byHand, told }) => byHand && !told).map(({ subject }) => subject))];
}
