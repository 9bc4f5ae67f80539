/** How long an app did not answer through the proxy while something was done to it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Downtime } from '../api/stage-data.ts';
import type { StageContext } from './context.ts';

/** Ten times a second. */
const PACE_MS = 100;
/** An answer that takes longer is none for a visitor of a page. */
const PATIENCE_MS = 2_000;

/** One request, in milliseconds since the measurement began. */
export interface Sample {
  readonly sent: number;
  readonly ended: number;
  /** A status, or how far the request came. */
  readonly answer: string;
  readonly good: boolean;
}

/** Down is from the sending of a bad request to the sending of the next good one. Pure. */
export function downtimeOf(samples: readonly Sample[]): Downtime {
  const answers: Record<string, number> = {};
  let down = 0;
  let since: number | null = null;
  let firstGoodAfter: number | null = null;
  for (const { sent, answer, good } of samples) {
    answers[answer] = (answers[answer] ?? 0) + 1;
    if (!good) since ??= sent;
    else if (since !== null) {
      down += sent - since;
      firstGoodAfter = sent;
      since = null;
    }
  }
  // It did not come back while we looked.
  if (since !== null) {
    down += (samples.at(-1)?.ended ?? since) - since;
    firstGoodAfter = null;
  }
  const seconds = (ms: number): number => Math.round(ms / 10) / 100;
  return {
    seconds: seconds(down),
    probes: samples.length,
    answers,
    firstGoodAfter: firstGoodAfter === null ? null : seconds(firstGoodAfter),
  };
}

export interface DowntimeWatch {
  /** Ends the measurement and says what it saw. */
  end(): Promise<Downtime>;
}

export function watchDowntime(context: Pick<StageContext, 'request' | 'prober' | 'signal'>): DowntimeWatch {
  const { request, prober } = context;
  const { path, status } = request.settings.health;
  const url = `https://${request.app.domain}${path}`;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const began = performance.now();
  const samples: Sample[] = [];

  const probing = async (): Promise<void> => {
    while (!signal.aborted) {
      const sent = performance.now() - began;
      const answer = await prober.probe(url, { timeoutMs: PATIENCE_MS });
      const ended = performance.now() - began;
      const said = answer.ok ? String(answer.status) : answer.reason;
      samples.push({ sent, ended, answer: said, good: answer.ok && answer.status === status });
      // Woken early by the end of the measurement.
      await delay(Math.max(0, sent + PACE_MS - ended), undefined, { signal }).catch(() => undefined);
    }
  };
  const probed = probing();
  // Whoever ends the measurement is told.
  probed.catch(() => undefined);
  return {
    end: async () => {
      over.abort();
      await probed;
      return downtimeOf(samples);
    },
  };
}
