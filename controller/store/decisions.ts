/** The decisions on a run, one a line: `decisions.ndjson` in its folder. */
import { appendFile, mkdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Decided } from '../ports.ts';
import { readIfThere } from './atomic.ts';
import type { Layout } from './layout.ts';

/** Some thousand lines: a run makes about twenty, and only one that never comes to an end gets there. */
const MAX_BYTES = 1024 * 1024;
/** The last lines that are remembered; that of another run is read again. */
const MAX_RUNS = 1000;

interface Last {
  readonly said: string;
  readonly bytes: number;
}

export function decisionsFile(layout: Layout, uid: string): string {
  return join(layout.runDir(uid), 'decisions.ndjson');
}

/**
 * Writes `{ time, facts, leaf, action }`.
 * A decision that equals the one before it is not repeated, and what comes after the first mebibyte is left out.
 * Nothing is fsynced, and nothing is read by who decides: a lost line costs nobody a verdict.
 */
export function makeDecisions(
  layout: Layout,
  clock: Clock,
  maxBytes: number = MAX_BYTES,
): (uid: string, decided: Decided) => Promise<void> {
  const known = new Map<string, Last>();
  return async (uid, decided) => {
    const file = decisionsFile(layout, uid);
    const said = JSON.stringify(decided);
    const last = known.get(uid) ?? (await lastIn(file));
    // Forgotten until the line is written: after a failure the file is read again.
    known.delete(uid);
    if (last.said === said || last.bytes >= maxBytes) {
      known.set(uid, last);
      return;
    }
    const line = `${JSON.stringify({ time: clock.now().toISOString(), ...decided })}\n`;
    if (last.bytes === 0) await mkdir(layout.runDir(uid), { recursive: true });
    await appendFile(file, line);
    known.set(uid, { said, bytes: last.bytes + Buffer.byteLength(line) });
    for (const [oldest] of known) if (known.size > MAX_RUNS) known.delete(oldest);
  };
}

/** What an earlier controller wrote; half a line that a full disk or a crash left is taken away. */
async function lastIn(file: string): Promise<Last> {
  const text = (await readIfThere(file)) ?? '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const bytes = Buffer.byteLength(whole);
  if (whole !== text) await truncate(file, bytes);
  return { said: withoutTime(whole.trimEnd().split('\n').at(-1) ?? ''), bytes };
}

function withoutTime(line: string): string {
  try {
    const { time: _, ...decided } = JSON.parse(line) as Record<string, unknown>;
    return JSON.stringify(decided);
  } catch {
    // It is of no use to compare with, and the next one is written after it.
    return '';
  }
}
