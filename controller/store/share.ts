/** One copy in memory of what many statuses have in common. */
import type { TestRunStatus } from '../api/test-run-status.ts';

export type Share = (status: TestRunStatus) => TestRunStatus;

/** Runs of one recipe were mostly accepted with the same settings, a third of what a status takes in memory: they get one copy. */
export function makeShare(): Share {
  const known = new Map<string, object>();
  const one = <T extends object>(value: T): T => {
    const text = JSON.stringify(value);
    const first = known.get(text);
    if (first === undefined) known.set(text, value);
    // Equal as text, so of the same shape.
    return (first ?? value) as T;
  };
  return (whole) => {
    const { accepted, deployer, conditions } = whole.status;
    const shared = accepted === null ? null : { ...accepted, recipe: one(accepted.recipe) };
    const status = { ...whole.status, accepted: shared, conditions: conditions.map(one) };
    return { ...whole, status: { ...status, deployer: deployer === null ? null : one(deployer) } };
  };
}
