import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROWS } from '../swarm/task-causes.ts';
import { FIRST_CAUSES, firstCauseOf, firstCauses, orderOf, withNextStep } from './first-cause.ts';

const CONTROLLER = join(import.meta.dirname, '..', '..');

/** The code that makes causes, without tests and without the list itself. */
const SOURCES = ['domain', 'stages', 'swarm', 'abra', 'host', 'git', 'proxy'].flatMap((room) =>
  globSync(`${room}/**/*.ts`, { cwd: CONTROLLER })
    .filter((name) => !name.endsWith('.test.ts') && !name.startsWith('domain/causes/'))
    .map((name) => ({ name, text: readFileSync(join(CONTROLLER, name), 'utf8') })),
);

/** Reasons of conditions, of verdicts without a cause, and of a version that was not tried: no first causes. */
const OTHERS =
  'AllStagesPassed AsksElseByNow Cancelled Deleted InUse Invalid InvalidByNow LeftoversStay NotChosen NothingLeft Progressing RecipeInvalid RecipeNotEnrolled ServerUnknown SwarmNotSeen Valid'.split(
    ' ',
  );
/** Rules that only warn, so that they are never a cause. */
const WARNINGS =
  'FloatingImage NoAppService NoHealthcheck NoRouter NoVersion UnroutedOnProxy NoBackup DatabaseNotDumped VersionTagDiffers VersionBelowPublished VersionNotBumped NoReleaseNote'.split(
    ' ',
  );

const told = SOURCES.flatMap(({ name, text }) =>
  [...text.matchAll(/\b(?:reason|rule): '([A-Z]\w+)'|(?:failure|unverified)\(\s*'([A-Z]\w+)'/g)].map((found) => ({
    reason: found[1] ?? found[2] ?? '',
    name,
  })),
); // oxfmt-ignore

describe('the list of first causes', () => {
  const reasons = firstCauses().map(({ reason }) => reason);

  it('has every reason that a cause is made with', () => {
    const unknown = told.filter(
      ({ reason }) => ![...reasons, ...OTHERS, ...WARNINGS].includes(reason) && reason !== '',
    );
    expect(told.length).toBeGreaterThan(60);
    expect(unknown).toEqual([]);
  });

  it('has no reason that nothing gives', () => {
    const all = SOURCES.map(({ text }) => text).join('\n');
    const built = ['BackupHookFailed', 'RestoreHookFailed', 'BackupFailed', 'RestoreFailed'];
    expect(reasons.filter((reason) => !all.includes(`'${reason}'`) && !built.includes(reason))).toEqual([]);
  });

  it('has each once, with a sentence and something to do', () => {
    const rows = FIRST_CAUSES.flatMap((group) => group.rows.map(([reason]) => reason));
    expect(rows.filter((reason, index) => rows.indexOf(reason) !== index)).toEqual([]);
    for (const { means, todo } of firstCauses()) {
      expect(means).toMatch(/^[A-Z`].*[.]$/);
      expect(todo).toMatch(/^[A-Z`].*[.?]$/);
    }
  });
});

describe('the order', () => {
  it('is that in which the swarm’s words for a task are read', () => {
    const orders = ROWS.map(({ reason }) => orderOf(reason));
    expect(orders).toEqual(orders.toSorted((a, b) => a - b));
  });

  it.each([
    { because: 'a restarted Docker explains a task that ended', first: 'DockerRestarted', below: 'TaskExited' },
    { because: 'a rollback explains the exit of the task that it followed', first: 'SwarmRollback', below: 'TaskExited' },
    { because: 'a missing image explains a task that never ran', first: 'ImageMissing', below: 'TaskFailed' },
    { because: 'a missing secret explains a crash beside it', first: 'SecretMissing', below: 'TaskExited' },
    { because: 'memory explains an exit code', first: 'OutOfMemory', below: 'TaskExited' },
    { because: 'a crash explains a health check that fails', first: 'TaskExited', below: 'HealthcheckFailing' },
    { because: 'what the swarm shows explains what abra says', first: 'TaskExited', below: 'DeployFailed' },
    { because: 'a task that ended explains a bad gateway', first: 'TaskExited', below: 'RouteBadGateway' },
    { because: 'a missing route explains failing tests', first: 'RouteMissing', below: 'TestFailed' },
    { because: 'lost data explains a failing test', first: 'DataLost', below: 'TestFailed' },
    { because: 'an empty backup explains data that does not come back', first: 'BackupEmpty', below: 'DataNotRestored' },
    { because: 'a rule of abra alone explains nothing of ours', first: 'Leftovers', below: 'R014' },
  ])('$because', ({ first, below }) => {
    expect(orderOf(first)).toBeLessThan(orderOf(below));
  }); // oxfmt-ignore
});

describe('withNextStep', () => {
  it('keeps what the cause says itself', () => {
    expect(withNextStep({ reason: 'TaskExited', message: 'x', nextStep: 'mine' }).nextStep).toBe('mine');
  });

  it('gives that of the reason, and none where the reason is not known', () => {
    expect(withNextStep({ reason: 'TaskExited', message: 'x' }).nextStep).toBe(firstCauseOf('TaskExited')?.todo);
    expect(withNextStep({ reason: 'R014', message: 'x' }).nextStep).toBeUndefined();
  });
}); // oxfmt-ignore
