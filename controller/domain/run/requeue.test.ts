import { expect, it } from 'vitest';
import { decide } from './decide.ts';
import { type RunView, viewOf } from './facts-of.ts';
import { firstStatus } from './first-status.ts';
import { requeueAfter } from './requeue.ts';
import { factsWith } from './testing.ts';

const now = new Date('2026-01-02T03:04:05.000Z');
const WAITING = factsWith({ begun: false, slot: false, step: 'prepare' });

function viewIn(phase: 'Refused' | 'Queued'): RunView {
  const status = { ...firstStatus({ uid: 'u', createdAt: now, now }), phase };
  const seen = { steps: [], stack: null, local: [], blindness: '', recipe: null };
  return viewOf({
    docs: { name: 'one', spec: null, status: null },
    status,
    seen,
    others: [],
    servers: ['default'],
    maxTests: 1,
    now,
  });
}

it('looks again at once where a refused run has just joined the queue: the slot may be free, and nobody else would wake it', () => {
  expect(requeueAfter(viewIn('Refused'), decide(WAITING))).toBe(0);
});

it('waits to be woken where a run is in the queue already', () => {
  expect(requeueAfter(viewIn('Queued'), decide(WAITING))).toBeNull();
});
