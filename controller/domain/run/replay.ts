/** Decisions that were written down, made again: which would be different today? Pure. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Instant } from '../../api/primitives.ts';
import { StageStopped, StepName } from '../../api/stage.ts';
import { decide } from './decide.ts';
import { FACT_VALUES, type Facts } from './facts.ts';
import type { runMachine } from './machine.ts';

const { wish, document, closed, begun, slot, expired, work, retry, evidence, teardown, leftovers } =
  FACT_VALUES;

const DecisionLine = z.object({
  time: Instant,
  facts: z.object({
    wish: z.literal(wish),
    document: z.literal(document),
    closed: z.literal(closed),
    begun: z.literal(begun),
    slot: z.literal(slot),
    expired: z.literal(expired),
    work: z.literal(work),
    retry: z.literal(retry),
    evidence: z.literal(evidence),
    teardown: z.literal(teardown),
    leftovers: z.literal(leftovers),
    attempt: z.number().int().min(0),
    step: StepName,
    stopReason: StageStopped.shape.reason.nullable(),
    round: z.number().int().min(0),
  }) satisfies z.ZodType<Facts>,
  leaf: z.string(),
  action: z.looseObject({ do: z.string() }),
});

export interface Answer {
  readonly leaf: string;
  readonly action: { readonly do: string };
}

export interface Replayed {
  /** In the file, from 1. */
  readonly line: number;
  readonly time: string;
  readonly facts: Facts;
  readonly was: Answer;
  readonly now: Answer;
  readonly same: boolean;
}

export interface Replay {
  readonly decisions: readonly Replayed[];
  /** Lines that are no decision, or one of other facts than today's. */
  readonly unreadable: readonly { readonly line: number; readonly problem: string }[];
}

/** Half a line at the end is one that is being written, or that a crash cut off: it is passed over. */
export function replay(text: string, machine?: typeof runMachine): Replay {
  const decisions: Replayed[] = [];
  const unreadable: { line: number; problem: string }[] = [];
  for (const [index, written] of text.split('\n').slice(0, -1).entries()) {
    const line = index + 1;
    const read = parsed(written);
    if (!read.ok) unreadable.push({ line, problem: read.problem });
    else {
      const { time, facts, ...was } = read.value;
      const { leaf, action } = decide(facts, machine);
      const now = { leaf, action };
      decisions.push({ line, time, facts, was, now, same: isDeepStrictEqual(was, now) });
    }
  }
  return { decisions, unreadable };
}

function parsed(
  line: string,
): { ok: true; value: z.infer<typeof DecisionLine> } | { ok: false; problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, problem: 'it is not JSON' };
  }
  const { success, data, error } = DecisionLine.safeParse(value);
  if (success) return { ok: true, value: data };
  const [issue] = error.issues;
  return { ok: false, problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
}
