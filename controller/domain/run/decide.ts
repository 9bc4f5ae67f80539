/** Facts to phase and the one next thing to do. Pure: a table over the leaves of the chart. */
import type { Phase } from '../../api/test-run-status.ts';
import type { Facts } from './facts.ts';
import { classify } from './machine.ts';

export type Action =
  | { readonly do: 'rest' }
  | { readonly do: 'wait' }
  | { readonly do: 'begin' }
  | { readonly do: 'startWork' }
  | { readonly do: 'stopWork' }
  | { readonly do: 'startEvidence' }
  | { readonly do: 'stopEvidence' }
  | { readonly do: 'startTeardown' }
  | { readonly do: 'stopTeardown' }
  | { readonly do: 'retry' }
  | { readonly do: 'close' }
  | { readonly do: 'forget' };

export interface Decision {
  readonly leaf: string;
  readonly phase: Phase;
  readonly action: Action;
}

const DECISIONS: Readonly<Record<string, readonly [Phase, Action['do']]>> = {
  'waiting.refused': ['Refused', 'rest'],
  'waiting.queued': ['Queued', 'wait'],
  'waiting.admitted': ['Queued', 'begin'],
  'begun.working': ['Running', 'wait'],
  'begun.stoppingWork': ['Running', 'stopWork'],
  'begun.starting': ['Running', 'startWork'],
  'begun.retrying': ['Running', 'retry'],
  'begun.startingEvidence': ['Collecting', 'startEvidence'],
  'begun.collecting': ['Collecting', 'wait'],
  'begun.stoppingEvidence': ['Collecting', 'stopEvidence'],
  'begun.tearingDown': ['Cleaning', 'wait'],
  'begun.stoppingTeardown': ['Cleaning', 'stopTeardown'],
  cleaning: ['Cleaning', 'startTeardown'],
  blind: ['Blind', 'wait'],
  closing: ['Finished', 'close'],
  'closed.resting': ['Finished', 'rest'],
  gone: ['Finished', 'forget'],
};

/** Every leaf that the chart can end in has its line here; a leaf without one is a defect of this file. */
export function decide(facts: Facts): Decision {
  const leaf = classify(facts);
  const found = DECISIONS[leaf];
  if (found === undefined) throw new TypeError(`The run chart ended in "${leaf}", which has no decision.`);
  return { leaf, phase: found[0], action: { do: found[1] } };
}
