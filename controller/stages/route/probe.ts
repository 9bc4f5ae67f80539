/** Proof that the app itself answers through the proxy: a verified request, compared with what an unknown host gets. */
import { createHash, randomBytes } from 'node:crypto';
import type { Cause } from '../../api/stage.ts';
import type { IdentityProof } from '../../api/stage-data.ts';
import type { Clock } from '../../ports.ts';
import { until } from '../../runtime/until.ts';
import { HttpsError, makeHttps, type HttpsOptions, type RawAnswer } from './https.ts';
import { isProxyNotFound, routeCause, type Answer } from './route-cause.ts';
import { PROXYS_OWN } from './route-labels.ts';

export type { Answer } from './route-cause.ts';

export interface ProbeLimits {
  readonly timeoutMs?: number;
  /** Redirects on the same host that are followed at most. */
  readonly redirects?: number;
}

export interface Prober {
  probe(url: string, limits?: ProbeLimits): Promise<Answer>;
}

const TIMEOUT_MS = 5_000;
const MAX_REDIRECTS = 3;

/** Where a redirect is the answer that is wanted, none is followed. */
export function redirectsFor(status: number): number {
  return status >= 300 && status <= 399 ? 0 : MAX_REDIRECTS;
}

const BODY_START = 300;

export function makeProber(options: HttpsOptions): Prober {
  const https = makeHttps(options);
  return {
    async probe(url, limits = {}) {
      const left: string[] = [];
      let at = new URL(url);
      try {
        for (;;) {
          const raw = await https.send(at, { timeoutMs: limits.timeoutMs ?? TIMEOUT_MS });
          const next = redirectOf(raw, at);
          if (next === null || left.length >= (limits.redirects ?? MAX_REDIRECTS))
            return answerOf(raw, at, left);
          left.push(at.href);
          at = next;
        }
      } catch (error) {
        if (!(error instanceof HttpsError)) throw error;
        return { ok: false, reason: error.failure, message: error.message };
      }
    },
  };
}

/** Only to the same host over HTTPS: what another host answers proves nothing about this one. */
function redirectOf(raw: RawAnswer, from: URL): URL | null {
  const location = raw.headers['location'];
  if (raw.status < 300 || raw.status > 399 || location === undefined) return null;
  const next = URL.parse(location, from);
  return next !== null && next.protocol === 'https:' && next.host === from.host ? next : null;
}

function answerOf(raw: RawAnswer, url: URL, redirects: readonly string[]): Answer {
  const plain = raw.body.toString('latin1').replaceAll(url.hostname, '<host>');
  const location = (raw.headers['location'] ?? '').replaceAll(url.hostname, '<host>');
  return {
    ok: true,
    url: url.href,
    redirects,
    status: raw.status,
    headers: raw.headers,
    bodySha256: createHash('sha256').update(raw.body).digest('hex'),
    text: raw.body.toString('utf8'),
    bodyStart: raw.body.toString('utf8').slice(0, BODY_START),
    certificateSha256: raw.certificateSha256,
    certificateIssuer: raw.certificateIssuer,
    fingerprint: createHash('sha256').update(`${raw.status}\n${location}\n${plain}`).digest('hex'),
  };
}

export interface RouteTarget {
  readonly domain: string;
  readonly path: string;
  readonly status: number;
  /** What the body has to hold as well. */
  readonly contains?: string | undefined;
  readonly deadline: Date;
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long the proxy may lag behind the swarm. */
  readonly graceMs: number;
  /** 443 everywhere but in tests. */
  readonly port?: number;
}

export interface RouteDeps {
  readonly prober: Prober;
  readonly clock: Clock;
  readonly wait: (ms: number) => Promise<void>;
  /** Called when the kind of answer changes, for the log. */
  readonly onChange?: (seen: string) => void;
  /** Asked once the proxy itself has given the same answer for `graceMs`: whether nothing of the app is still to come. */
  readonly isAllThere?: (reason: string) => Promise<boolean>;
}

export type RouteResult =
  | { readonly ok: true; readonly proof: IdentityProof['route'] }
  | { readonly ok: false; readonly fault: 'recipe' | 'infra'; readonly cause: Cause };

/** One good answer may come from a route that vanishes at the proxy's next refresh (traefik#1480, #4941). */
const GOOD_ANSWERS = 3;
/** An app that comes up answers soon; one that does not is asked less and less. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;
/** A request that starts just before the deadline still gets this long. */
const LEAST_TIMEOUT_MS = 1_000;

interface Asked {
  readonly answer: Answer;
  /** What an unknown host of the zone gets. */
  readonly control: Answer;
}

/** Polls until the app answered well three times in a row, or says what stands in the way: at the deadline, or as soon as waiting is of no use. */
export async function proveRoute(target: RouteTarget, deps: RouteDeps): Promise<RouteResult> {
  const asking = makeAsking(target, deps);
  const isHopeless = makeHopeless(target, deps);
  let good = 0;
  let pause = FIRST_PAUSE_MS;
  const ask = async (): Promise<Asked> => {
    target.signal?.throwIfAborted();
    const control = await asking.control();
    const answer = await asking.app();
    good = isGood(answer, control, target) ? good + 1 : 0;
    return { answer, control };
  };
  const failed = (asked: Asked): RouteResult => ({ ok: false, ...routeCause({ ...asked, target }) });
  const judge = async ({ answer, control }: Asked): Promise<RouteResult | undefined> => {
    if (answer.ok && good >= GOOD_ANSWERS) return { ok: true, proof: proofOf(answer, control, good) };
    const { reason } = routeCause({ answer, control, target }).cause;
    return (await isHopeless(good > 0 ? '' : reason)) ? failed({ answer, control }) : undefined;
  };
  const nextPause = (): number => {
    const now = good > 0 ? FIRST_PAUSE_MS : pause;
    pause = Math.min(LONGEST_PAUSE_MS, now * 1.3);
    return now;
  };
  const { clock, wait } = deps;
  return until(ask, judge, { every: nextPause, deadline: target.deadline, clock, wait, late: failed });
}

/** Told of each answer's reason; true once the proxy itself has said the same for long enough, and the app can add nothing. */
function makeHopeless(
  { graceMs }: RouteTarget,
  { clock, isAllThere }: RouteDeps,
): (reason: string) => Promise<boolean> {
  let said = { reason: '', since: clock.now() };
  return async (reason) => {
    if (reason !== said.reason) said = { reason, since: clock.now() };
    if (isAllThere === undefined || !PROXYS_OWN.has(reason)) return false;
    return clock.now().getTime() - said.since.getTime() >= graceMs && isAllThere(reason);
  };
}

function makeAsking(
  target: RouteTarget,
  deps: RouteDeps,
): { app(): Promise<Answer>; control(): Promise<Answer> } {
  const port = target.port === undefined ? '' : `:${target.port}`;
  const zone = target.domain.slice(target.domain.indexOf('.') + 1);
  const redirects = redirectsFor(target.status);
  const ask = (host: string): Promise<Answer> => {
    const left = target.deadline.getTime() - deps.clock.now().getTime();
    const timeoutMs = Math.min(TIMEOUT_MS, Math.max(LEAST_TIMEOUT_MS, left));
    return deps.prober.probe(`https://${host}${port}${target.path}`, { timeoutMs, redirects });
  };
  let known: Answer | null = null;
  let told = '';
  return {
    async app() {
      const answer = await ask(target.domain);
      const seen = answer.ok ? `HTTP ${answer.status}` : `${answer.reason}: ${answer.message}`;
      if (seen !== told) deps.onChange?.(seen);
      told = seen;
      return answer;
    },
    /** Asked once; again only while the proxy could not be reached, because then nothing is known of it. */
    async control() {
      if (known !== null && isControl(known)) return known;
      known = await ask(`ccci-control-${randomBytes(6).toString('hex')}.${zone}`);
      return known;
    },
  };
}

/** A proxy that refuses unknown names at the handshake (sniStrict) has answered the question as well. */
function isControl(answer: Answer): boolean {
  return answer.ok || answer.reason === 'TlsRefused' || answer.reason === 'CertificateNotTrusted';
}

function isGood(answer: Answer, control: Answer, { status, contains = '' }: RouteTarget): boolean {
  if (!answer.ok || answer.status !== status || !isControl(control)) return false;
  if (!answer.text.includes(contains)) return false;
  return !isProxyNotFound(answer) && !(control.ok && control.fingerprint === answer.fingerprint);
}

function proofOf(answer: Answer & { ok: true }, control: Answer, good: number): IdentityProof['route'] {
  const { url, status, certificateSha256, certificateIssuer } = answer;
  const controlStatus = control.ok ? control.status : 0;
  return { url, status, certificateSha256, certificateIssuer, controlStatus, goodAnswers: good };
}
