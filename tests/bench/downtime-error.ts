/** The error of the upgrade's downtime meter on outages of exactly known length, beside a loop of curl that asks once a second. */
import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import {
  downtimeOf,
  PATIENCE_MS,
  type Sample,
  watchDowntime,
} from '../../controller/stages/programs/downtime.ts';
import { makeProber } from '../../controller/stages/route/probe.ts';
import { ensureCertificates } from '../sandbox/certificates.ts';
import { median, spread } from './figures.ts';
import { type Outage, OUTAGES, type OutageServer, startOutageServer } from './outage.ts';

const ZONE = 'bench.test';
const ADDRESS = '127.0.0.1';
const LENGTHS_MS = [500, 1_000, 2_000, 5_000];
const NO_OUTAGE_MS = 10_000;
const EVERY_SECOND = join(import.meta.dirname, 'every-second.sh');

interface Bench {
  readonly server: OutageServer;
  readonly domain: string;
  readonly caFile: string;
}

/** Milliseconds of downtime, or measured minus true. */
interface Seen {
  readonly ours: number;
  readonly naive: number;
  /** Our own process was held up for so long at most: no meter sees more of the time than it runs. */
  readonly heldUp: number;
}

interface Naive {
  readonly samples: Sample[];
  /** Waits for a good answer to a request that was sent after this time. */
  goodSince(time: number): Promise<void>;
  end(): Promise<void>;
}

/** Judged as our own samples are, which a person with a watch would hardly do better. */
function everySecond({ domain, caFile }: Bench): Naive {
  const env = { PATH: process.env['PATH'] ?? '', URL: `https://${domain}/`, ADDRESS, CA: caFile };
  const child = execa('bash', [EVERY_SECOND], { env, extendEnv: false, reject: false, buffer: false });
  const samples: Sample[] = [];
  const read = async (): Promise<void> => {
    for await (const line of child.iterable()) {
      const [sent = '', answer = ''] = line.split(' ');
      samples.push({ sent: Number(sent) * 1_000, answer, good: answer === '200' });
    }
  };
  const done = read();
  return {
    samples,
    goodSince: async (time) => {
      while (!samples.some(({ sent, good }) => good && sent >= time)) await delay(50);
    },
    end: async () => {
      child.kill('SIGTERM');
      await done;
    },
  };
}

/** Both meters while `happening` lasts and until both have seen its end. */
async function measured(bench: Bench, happening: () => Promise<number>): Promise<Seen> {
  const prober = makeProber({ address: ADDRESS, caFile: bench.caFile });
  const request = { app: { domain: bench.domain }, settings: { health: { path: '/', status: 200 } } };
  const naive = everySecond(bench);
  await naive.goodSince(0);
  const lag = monitorEventLoopDelay();
  lag.enable();
  const watching = watchDowntime({ request, prober, signal: new AbortController().signal });
  // Any phase of either meter's pace.
  await delay(500 + Math.random() * 1_000);
  const endedAt = await happening();
  await naive.goodSince(endedAt);
  await delay(PATIENCE_MS);
  const ours = await watching.end();
  lag.disable();
  await naive.end();
  const last = naive.samples.at(-1)?.sent ?? 0;
  return {
    ours: ours.seconds * 1_000,
    naive: downtimeOf(naive.samples, last).seconds * 1_000,
    heldUp: lag.max / 1e6,
  };
}

async function errorsOf(bench: Bench, kind: Outage, ms: number): Promise<Seen> {
  // Of a stall, the requests of its last two seconds are answered in time: nobody is without an answer then.
  const answered = kind === 'stalls' ? PATIENCE_MS : 0;
  let truth = 0;
  const seen = await measured(bench, async () => {
    const end = await bench.server.outage({ kind, ms: ms + answered });
    truth = end.ms - answered;
    return end.endedAt;
  });
  return { ...seen, ours: seen.ours - truth, naive: seen.naive - truth };
}

function report(kind: Outage, errors: readonly Seen[], out: (line: string) => void): void {
  const ours = errors.map((each) => each.ours);
  const naive = errors.map((each) => each.naive);
  const size = (values: readonly number[]): number => median(values.map(Math.abs));
  out(`${kind}: measured minus true ${spread(ours, 0)} ms; a request a second ${spread(naive, 0)} ms`);
  const heldUp = Math.max(...errors.map((each) => each.heldUp));
  out(
    `${kind}: size of the error ${size(ours).toFixed(0)} ms against ${size(naive).toFixed(0)} ms, ratio ${(size(ours) / size(naive)).toFixed(2)}; the meter's process was held up for ${heldUp.toFixed(0)} ms at most`,
  );
}

export async function benchDowntime(times: number, out: (line: string) => void): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'ccci-downtime-'));
  const certificates = await ensureCertificates(dir, ZONE);
  const server = await startOutageServer({ address: ADDRESS, ...certificates });
  const bench = { server, domain: `app.${ZONE}:${server.port}`, caFile: certificates.caFile };
  try {
    const nothing = await measured(bench, async () => {
      await delay(NO_OUTAGE_MS);
      return 0;
    });
    out(
      `no outage for ${NO_OUTAGE_MS / 1_000} s: ${nothing.ours} ms of downtime (0 wanted: ${nothing.ours === 0 ? 'yes' : 'NO'}); a request a second ${nothing.naive} ms`,
    );
    const turns = Array.from({ length: times }, () => LENGTHS_MS).flat();
    for (const kind of OUTAGES) {
      const errors: Seen[] = [];
      for (const ms of turns) errors.push(await errorsOf(bench, kind, ms));
      report(kind, errors, out);
    }
  } finally {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  }
}
