import { describe, expect, it } from 'vitest';
import type { OperatorNote } from '../../api/operator-note.ts';
import { StageResult } from '../../api/stage.ts';
import type { LintData, RestoreData, UpgradeData } from '../../api/stage-data.ts';
import { groupsOf, markdownOf, operatorReport, type OperatorReport, untold } from './report.ts';

const note = (over: Partial<OperatorNote>): OperatorNote => ({
  kind: 'newVariable',
  subject: 'X',
  text: 'X is new.',
  byHand: false,
  told: false,
  ...over,
});
const BY_HAND = note({ subject: 'Y', text: 'Set Y with `abra app config <domain>`.', byHand: true });

const AT = '2026-11-23T12:00:00.000Z';
const step = (name: string, data: unknown, [outcome, message] = ['passed', '']): StageResult =>
  StageResult.parse({ step: name, outcome, startedAt: AT, finishedAt: AT, message, data });
const lint = (over: Partial<LintData> = {}): StageResult =>
  step('lint', {
    findings: [],
    omitted: 0,
    errors: 0,
    warnings: 0,
    comparedWith: '1.0.0',
    notCompared: null,
    operatorNotes: [note({}), BY_HAND],
    abra: { kind: 'builtin', ownRulesJudged: false, rules: [] },
    ...over,
  } satisfies LintData);
const found = (over: Partial<UpgradeData> = {}): UpgradeData => ({
  from: { version: '1.0.0', commit: 'c', deployed: 'pinned', proof: null },
  fromSelection: { wanted: '1.0.0', taken: '1.0.0', reason: 'NewestPublished', tried: [] },
  proof: null,
  ledger: [],
  secrets: [],
  downtime: { seconds: 3.2, probes: 40, answers: {}, firstGoodAfter: 5 },
  volumes: ['web-abc_ci_test_data'],
  notes: [],
  rollback: null,
  matrix: [],
  backup: null,
  ...over,
});
const upgrade = (over: Partial<UpgradeData> = {}, said: [string, string] = ['passed', '']): StageResult =>
  step('upgrade', found(over), said);
const reportOf = (...steps: StageResult[]): OperatorReport => {
  const report = operatorReport(steps, 'web-abc_ci_test');
  if (report === null) throw new Error('There is no report.');
  return report;
};

const DOWN = 'During the upgrade from 1.0.0 the app was down for 3.2 s (40 requests).';
const DATA = 'Before the upgrade the data was in the volume data.';
const tried = [{ version: '1.0.0', reason: 'ImageMissing', message: 'x' }];

describe('operatorReport', () => {
  it.each<{ because: string; steps: StageResult[]; want: string[] }>([
    { because: 'nothing without an upgrade', steps: [], want: [] },
    {
      because: 'nothing of an upgrade that was skipped',
      steps: [step('upgrade', {}, ['skipped', 'no version before'])],
      want: [],
    },
    { because: 'downtime and volumes', steps: [upgrade()], want: [DOWN, DATA] },
    {
      because: 'no downtime, as such',
      steps: [
        upgrade({
          downtime: { seconds: 0, probes: 40, answers: {}, firstGoodAfter: null },
          volumes: ['a', 'b'],
        }),
      ],
      want: [
        'During the upgrade from 1.0.0 the app answered every time (40 requests).',
        'Before the upgrade the data was in the volumes a, b.',
      ],
    },
    {
      because: 'a base that cannot be deployed any more',
      steps: [
        upgrade(
          {
            from: null,
            fromSelection: { wanted: '1.0.0', taken: null, reason: 'BaseNotDeployable', tried },
            downtime: null,
            volumes: [],
          },
          ['unverified', 'None\nof them.'],
        ),
      ],
      want: [
        'The upgrade could not be judged here: None of them.',
        'No version before could be deployed any more, so no upgrade was measured: 1.0.0 (ImageMissing).',
      ],
    },
    {
      because: 'an older base in its place',
      steps: [
        upgrade({
          from: { version: '0.9.0', commit: 'c', deployed: 'chaos', proof: null },
          fromSelection: { wanted: '1.0.0', taken: '0.9.0', reason: 'NearestDeployable', tried },
          downtime: null,
          volumes: [],
        }),
      ],
      want: [
        '1.0.0 cannot be deployed any more, so the upgrade was measured from 0.9.0: 1.0.0 (ImageMissing).',
      ],
    },
    {
      because: 'a way back',
      steps: [
        upgrade({
          downtime: null,
          volumes: [],
          rollback: { to: '1.0.0', verdict: 'reversible', detail: '' },
        }),
      ],
      want: ['The way back to 1.0.0 is reversible: it was deployed over the new version and kept the data.'],
    },
    {
      because: 'a backup of the version before, restored into this one',
      steps: [
        step('restore', {
          snapshot: 's',
          ledger: [],
          secrets: [],
          fromPrevious: {
            version: '1.0.0',
            verdict: 'restorable',
            detail: 'after a restart: 2 things as before',
          },
        } satisfies RestoreData),
      ],
      want: ['A backup of 1.0.0 can be restored into this version (after a restart: 2 things as before).'],
    },
    {
      because: 'no way back',
      steps: [
        upgrade({
          downtime: null,
          volumes: [],
          rollback: { to: '1.0.0', verdict: 'one-way', detail: 'TaskExited: no' },
        }),
      ],
      want: [
        'The way back to 1.0.0 is one-way: only a backup from before the upgrade brings it back (TaskExited: no).',
      ],
    },
    {
      because: 'other versions',
      steps: [
        upgrade({
          downtime: null,
          volumes: [],
          matrix: [
            { version: '0.9.0', outcome: 'passed', message: '' },
            { version: '0.8.0', outcome: 'failed', message: '' },
            { version: '0.7.0', outcome: 'passed', message: '' },
            { version: '0.6.0', outcome: 'notTried', message: '' },
          ],
        }),
      ],
      want: [
        'The upgrade also worked from 0.9.0, 0.7.0.',
        'The upgrade failed from 0.8.0.',
        'The upgrade was not tried from 0.6.0.',
      ],
    },
    {
      because: 'a failure first',
      steps: [upgrade({ volumes: [] }, ['failed', 'lost data.'])],
      want: ['The upgrade failed here: lost data.', DOWN],
    },
    {
      because: 'the last of two upgrades',
      steps: [upgrade({ downtime: null }), upgrade({ volumes: [] })],
      want: [DOWN],
    },
    {
      because: 'no data of an upgrade that broke',
      steps: [step('upgrade', {}, ['errored', 'no Docker.'])],
      want: ['The upgrade could not be judged here: no Docker.'],
    },
  ])('measured $because', ({ steps, want }) => expect(reportOf(lint(), ...steps).measured).toEqual(want));

  it('is none where lint left nothing', () => {
    expect(operatorReport([upgrade()], null)).toBeNull();
    expect(operatorReport([step('lint', {}, ['errored', ''])], null)).toBeNull();
  });

  it('has no notes of a run that was made before there were any', () => {
    const { operatorNotes: _, ...older } = lint().data as LintData;
    expect(operatorReport([step('lint', older)], null)).toMatchObject({ from: '1.0.0', notes: [] });
  });

  it('says why nothing was compared', () => {
    const report = reportOf(
      lint({ comparedWith: null, notCompared: 'no other version is published', operatorNotes: [] }),
    );
    expect(report).toMatchObject({ from: null, notCompared: 'no other version is published' });
    expect(markdownOf(report)).toBe('');
  });

  it('names what is by hand and in no release note yet, each once', () => {
    const notes = [BY_HAND, BY_HAND, note({}), { ...BY_HAND, subject: 'Z', told: true }];
    expect(untold(reportOf(lint({ operatorNotes: notes })))).toEqual(['Y']);
  });
});

describe('markdownOf', () => {
  it('groups what is by hand, what changes, and what was measured', () => {
    expect(markdownOf(reportOf(lint(), upgrade()))).toBe(
      [
        '## By hand', '', '- Set Y with `abra app config <domain>`.', '',
        '## Changes', '', '- X is new.', '',
        '## Measured', '', `- ${DOWN}`, `- ${DATA}`, '',
      ].join('\n'),
    );
  });

  it('says that nothing is by hand, and leaves out what is empty', () => {
    expect(groupsOf(reportOf(lint({ operatorNotes: [] })))).toEqual([
      { title: 'By hand', lines: ['Nothing has to be done by hand.'] },
    ]);
  });
}); // oxfmt-ignore
