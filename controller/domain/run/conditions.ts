/** Conditions as Kubernetes has them: one a type, the transition's time changes only with the status. Pure. */
import type { Condition } from '../../api/test-run-status.ts';

export type NewCondition = Omit<Condition, 'lastTransitionTime'>;

type Timed = Pick<Condition, 'status' | 'lastTransitionTime'> & { readonly type: string };

export function withCondition<C extends Timed>(
  conditions: readonly C[],
  next: Omit<C, 'lastTransitionTime'> & Pick<C, 'type' | 'status'>,
  now: Date,
): C[] {
  const old = conditions.find((each) => each.type === next.type);
  const lastTransitionTime =
    old !== undefined && old.status === next.status ? old.lastTransitionTime : now.toISOString();
  const made = { ...next, lastTransitionTime } as C;
  return old === undefined ? [...conditions, made] : conditions.map((each) => (each === old ? made : each));
}

/** A condition that says what is wrong is gone once it is not. */
export function withoutCondition(conditions: readonly Condition[], type: Condition['type']): Condition[] {
  return conditions.filter((each) => each.type !== type);
}

export function isTrue(conditions: readonly Condition[], type: Condition['type']): boolean {
  return conditions.some((each) => each.type === type && each.status === 'True');
}
