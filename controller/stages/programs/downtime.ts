/**
 * How long an app did not answer through the proxy while something was done to it.
 * Resolution: 0.1 s either way for wrong answers and refused connections, 0.2 s where requests hang, and no downtime where
 * there is none (`npm run bench -- downtime`, measured 2026-11-23); as much worse as its own process is held up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Downtime } from '../../api/stage-data.ts';
import { type Prober, redirectsFor } from '../route/probe.ts';

/** Ten times a second. */
const PACE_MS = 100;
/** While the last request is open: an app that is only slow is not to be kept busy by being watched. */
const HANGING_PACE_MS = 400;
/** An answer that takes longer is none for a visitor of a page; one that comes late but within it is good. */
export const PATIENCE_MS = 2_000;

/** One request; `sent` in milliseconds since the measurement began. */
export interface Sample {
  readonly sent: number;
  /** A status, or how far the request came. */
  readonly answer: string;
  readonly good: boolean;
}

/** Down is from half-way between a good request and the bad one after it to half-way between the last bad one and the next good one; `ended` is when the last look ended. Pure. */
export function downtimeOf(samples: readonly Sample[], ended: number): Downtime {
  const answers: Record<string, number> = {};
  let down = 0;
  let since: number | null = null;
  let firstGoodAfter: number | null = null;
  let before = 0;
  for (const { sent, answer, good } of samples) {
    answers[answer] = (answers[answer] ?? 0) + 1;
    const between = (before + sent) / 2;
    if (!good) since ??= between;
    else if (since !== null) {
      down += between - since;
      firstGoodAfter = sent;
      since = null;
    }
    before = sent;
  }
  // It did not come back while we looked.
  if (since !== null) {
    down += ended - since;
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

export interface Watched {
  readonly request: {
    readonly app: { readonly domain: string };
    readonly settings: { readonly health: { readonly path: string; readonly status: number } };
  };
  readonly prober: Prober;
  readonly signal: AbortSignal;
}

const noop = (): void => undefined;

/** Asks on while requests hang: one of them must not hide for its whole patience that the app is back. */
export function watchDowntime({ request, prober, signal: stopped }: Watched): DowntimeWatch {
  const { path, status } = request.settings.health;
  const url = `https://${request.app.domain}${path}`;
  const limits = { timeoutMs: PATIENCE_MS, redirects: redirectsFor(status) };
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, stopped]);
  const began = performance.now();
  const asked: Promise<Sample>[] = [];

  const ask = async (): Promise<Sample> => {
    const sent = performance.now() - began;
    const answer = await prober.probe(url, limits);
    const said = answer.ok ? String(answer.status) : answer.reason;
    return { sent, answer: said, good: answer.ok && answer.status === status };
  };
  // Woken early by the end of the measurement.
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);
  const asking = async (): Promise<void> => {
    while (!signal.aborted) {
      const sample = ask();
      asked.push(sample);
      // Whoever ends the measurement is told.
      const answered = sample.then(noop, noop);
      await pause(PACE_MS);
      await Promise.race([answered, pause(HANGING_PACE_MS - PACE_MS)]);
    }
  };
  const done = asking();
  return {
    end: async () => {
      over.abort();
      const ended = performance.now() - began;
      await done;
      return downtimeOf(await Promise.all(asked), ended);
    },
  };
}
