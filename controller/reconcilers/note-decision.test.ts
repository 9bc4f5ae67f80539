import { expect, it } from 'vitest';
import { decide } from '../domain/run/decide.ts';
import { factsWith } from '../domain/run/testing.ts';
import type { Decided, Records } from '../ports.ts';
import { silentLog } from '../runtime/log.ts';
import { makeNoteDecision } from './note-decision.ts';

const FACTS = factsWith({ step: 'lint' });

it('stops no reconcile where the disk is full, says so once, and again after it could write', async () => {
  let full = false;
  const written: Decided[] = [];
  const said: string[] = [];
  const decision: Records['decision'] = (_uid, decided) => {
    if (full) return Promise.reject(new Error('ENOSPC: no space left on device'));
    written.push(decided);
    return Promise.resolve();
  };
  const log = { ...silentLog, warn: (fields: object) => said.push(JSON.stringify(fields)) };
  const note = makeNoteDecision({ records: { decision } as Records, log });
  for (full of [false, true, true, false, true]) await note('u1', FACTS, decide(FACTS));
  expect(written).toHaveLength(2);
  expect(written[0]).toEqual({
    facts: FACTS,
    leaf: 'begun.starting',
    action: { do: 'start', step: 'lint', attempt: 1, round: 1 },
  });
  expect(said).toHaveLength(2);
  expect(said[0]).toContain('ENOSPC');
});
