/** Variants of fixture recipes, run at once in one installation, and what became of each. */
import { expect } from 'vitest';
import type { RunResults } from '../../controller/api/results.ts';
import type { StageName } from '../../controller/api/stage.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import type { MatrixDefect, MatrixWant } from './defects/matrix-defect.ts';
import type { Installation } from './installation.ts';

export interface Ended {
  readonly status: TestRunStatusBody;
  readonly results: RunResults;
}

/** The rest is for `bin/test --all`; VARIANTS names some, for whoever writes one. */
export const isAll = process.env['E2E_ALL'] === '1';
const chosen = process.env['VARIANTS']?.split(',');
export const isStarted = ({ core, name }: MatrixDefect): boolean =>
  chosen?.includes(name) ?? (isAll || core === true);

/** For all runs of a file, four at a time; beside other work on the machine they take three times as long. */
export const ENDINGS_MS = isAll ? 40 * 60_000 : 14 * 60_000;

export async function startVariant(inst: Installation, variant: MatrixDefect): Promise<void> {
  const { name, base = 'tiny-web', edit, own, stages } = variant;
  const around = { registry: inst.sandbox.registry, hostFile: '' };
  const { path } = await makeVariantRepo({ base, name, into: inst.repos }, async (dir) => {
    await edit(dir, around);
  });
  if (own !== undefined) await inst.enrol(name, path, own.settings);
  const recipe = own === undefined ? base : name;
  await inst.run(name, { recipe, source: { repo: path, ref: 'main' }, stages });
}

/** Waits for all of them, and prints what became of each. */
export async function endings(inst: Installation, names: readonly string[]): Promise<Map<string, Ended>> {
  const ended = new Map<string, Ended>();
  await Promise.all(
    names.map(async (name) => {
      const status = await inst.finished(name, ENDINGS_MS);
      ended.set(name, { status, results: await inst.results(name) });
      process.stdout.write(`${lineOf(name, status)}\n`);
    }),
  );
  return ended;
}

/** Verdict, stage, reason, seconds, and the cause in words: all that is left of a run whose installation is gone. */
export function lineOf(
  name: string,
  { verdict, level, cause, steps, begunAt, finishedAt }: TestRunStatusBody,
): string {
  const stage = steps.find(({ state }) => state !== 'passed' && state !== 'skipped')?.name ?? '-';
  const seconds = (Date.parse(finishedAt ?? '') - Date.parse(begunAt ?? '')) / 1000;
  return `${name}: ${verdict} (level ${level ?? '-'}), ${stage}, ${cause?.reason ?? '-'}, ${Math.round(seconds)} s. ${cause?.message ?? ''}`;
}

export function endOf(ended: ReadonlyMap<string, Ended>, name: string): Ended {
  const found = ended.get(name);
  if (found === undefined) throw new Error(`The run ${name} did not end.`);
  return found;
}

export function dataOf({ results }: Ended, stage: StageName): unknown {
  return results.steps.find((step) => step.name === stage)?.data;
}

/** What of a status is compared whole. */
function summaryOf({ verdict, level, cause, steps }: TestRunStatusBody): object {
  const notPassed = steps.filter(({ state }) => state !== 'passed').map(({ name, state }) => [name, state]);
  return { verdict, level, reason: cause?.reason, service: cause?.service, notPassed };
}

/** The verdict, the stages and the first cause that were wanted; a cause has a next step. */
export function expectWanted(end: Ended, { verdict, level, notPassed, cause, data = {} }: MatrixWant): void {
  const { reason, service } = cause ?? {};
  expect(summaryOf(end.status)).toEqual({ verdict, level, notPassed, reason, service });
  if (cause !== null) expectCause(end.status.cause, cause);
  for (const [stage, found] of Object.entries(data))
    expect(dataOf(end, stage as StageName)).toMatchObject(found);
}

function expectCause(seen: Ended['status']['cause'], wanted: NonNullable<MatrixWant['cause']>): void {
  expect(seen?.message).toMatch(wanted.message);
  expect(seen?.evidence ?? '').toMatch(wanted.evidence ?? /^/);
  expect(seen?.nextStep).toMatch(/\w{3}/);
}
