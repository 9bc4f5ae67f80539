/** Why the app could not be reached through the proxy, in words for a packager. Pure. */
import type { Cause } from '../../api/stage.ts';
import type { HttpsFailure } from './https.ts';

export type Answer =
  | {
      readonly ok: true;
      /** What was asked last, after redirects. */
      readonly url: string;
      /** Every address that was left for a redirect, in order. */
      readonly redirects: readonly string[];
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly bodySha256: string;
      /** At most 1 MiB of it. */
      readonly text: string;
      readonly bodyStart: string;
      readonly certificateSha256: string;
      readonly certificateIssuer: string;
      /** Equal for two hosts that one party answers alike, its own echo of the host's name aside. */
      readonly fingerprint: string;
    }
  | { readonly ok: false; readonly reason: HttpsFailure; readonly message: string };

type Answered = Answer & { readonly ok: true };

export interface RouteSeen {
  readonly answer: Answer;
  readonly control: Answer;
  readonly target: {
    readonly domain: string;
    readonly path: string;
    readonly status: number;
    readonly contains?: string | undefined;
  };
}

export interface RouteCause {
  readonly fault: 'recipe' | 'infra';
  readonly cause: Cause;
}

/** Traefik's own answer for a host that no router matches; it must never pass for the app, also where 404 is wanted. */
export function isProxyNotFound(answer: Answered): boolean {
  return answer.status === 404 && answer.bodyStart.trim() === '404 page not found';
}

/** Traefik has the route, but no server behind it that it could or would use. */
function isBadGateway(answer: Answered): boolean {
  if (answer.status === 503) return answer.bodyStart.trim() === 'no available server';
  return answer.status === 502 || answer.status === 504;
}

export function routeCause(seen: RouteSeen): RouteCause {
  const { answer, control } = seen;
  if (!answer.ok) return failureCause(seen, answer);
  if (isProxyNotFound(answer) || (control.ok && control.fingerprint === answer.fingerprint))
    return missing(seen, answer);
  if (isBadGateway(answer)) return badGateway(seen, answer);
  if (answer.status !== seen.target.status) return wrongStatus(seen, answer);
  if (!answer.text.includes(seen.target.contains ?? '')) return notReady(seen, answer);
  return unstable(seen, answer);
}

function failureCause(seen: RouteSeen, answer: Answer & { ok: false }): RouteCause {
  const { domain } = seen.target;
  const evidence = answer.message;
  switch (answer.reason) {
    case 'CertificateNotTrusted':
      return {
        // Where the proxy shows a good certificate for any other name of the zone, the recipe asked for another one.
        fault: seen.control.ok ? 'recipe' : 'infra',
        cause: {
          reason: 'CertificateNotTrusted',
          message: `The certificate that was shown for ${domain} is not trusted.`,
          evidence,
          nextStep: seen.control.ok
            ? 'Other names of the zone are fine: look at the tls labels of the recipe’s router (certresolver, passthrough).'
            : 'Look at the proxy’s wildcard certificate, and at CCCI_CA_FILE where it is signed by an own authority.',
        },
      };
    case 'Unreachable':
      return {
        fault: 'infra',
        cause: {
          reason: 'ProxyUnreachable',
          message: `The proxy could not be reached for ${domain}.`,
          evidence,
          nextStep:
            'Is Traefik running, is port 443 published, and does the name (or CCCI_PROXY_ADDRESS) lead to it?',
        },
      };
    case 'TlsRefused':
    case 'NoAnswer':
      return noAnswer(seen, answer);
    default:
      return answer.reason satisfies never;
  }
}

function noAnswer(seen: RouteSeen, answer: Answer & { ok: false }): RouteCause {
  const { domain, path } = seen.target;
  return {
    fault: seen.control.ok ? 'recipe' : 'infra',
    cause: {
      reason: 'RouteNoAnswer',
      message: `The proxy was reached, but https://${domain}${path} was not answered.`,
      evidence: answer.message,
      nextStep: 'Does the app listen on the port of its loadbalancer label, and does it answer within 5 s?',
    },
  };
}

function missing(seen: RouteSeen, answer: Answered): RouteCause {
  const { domain, path } = seen.target;
  return {
    fault: 'recipe',
    cause: {
      reason: 'RouteMissing',
      message: `https://${domain}${path} was answered as the proxy answers for a host that it does not know.`,
      evidence: describe(answer),
      nextStep:
        'Look at the traefik labels under deploy.labels (enable=true, a router with Host(`${DOMAIN}`), entrypoint web-secure), ' +
        'at the "proxy" network, and whether the task is healthy: Traefik leaves unhealthy containers out. ' +
        'If the app serves nothing at this path, set health.path in its RecipeSpec.',
    },
  };
}

function badGateway(seen: RouteSeen, answer: Answered): RouteCause {
  const { domain, path } = seen.target;
  return {
    fault: 'recipe',
    cause: {
      reason: 'RouteBadGateway',
      message: `The proxy has a route for https://${domain}${path} but gets no answer behind it (HTTP ${answer.status}).`,
      evidence: describe(answer),
      nextStep:
        'Compare loadbalancer.server.port with the port that the app listens on (on all addresses, not only 127.0.0.1), ' +
        'and check that the service is on the "proxy" network.',
    },
  };
}

function wrongStatus(seen: RouteSeen, answer: Answered): RouteCause {
  const { domain, path, status } = seen.target;
  return {
    fault: 'recipe',
    cause: {
      reason: 'RouteWrongStatus',
      message: `https://${domain}${path} answered HTTP ${answer.status}, wanted ${status}.`,
      evidence: describe(answer),
      nextStep:
        'Look at the log of the service "app"; if the answer is right, change health in the RecipeSpec.',
    },
  };
}

function notReady({ target }: RouteSeen, answer: Answered): RouteCause {
  const { domain, path, contains } = target;
  return {
    fault: 'recipe',
    cause: {
      reason: 'NotReady',
      message: `All services run, and https://${domain}${path} does not answer "${contains}".`,
      evidence: describe(answer),
      nextStep: 'Look at the app’s log; readyProbe in the RecipeSpec says what is waited for.',
    },
  };
}

function unstable(seen: RouteSeen, answer: Answered): RouteCause {
  const { domain, path } = seen.target;
  return {
    // The last answer was good, so only the count is missing; without a control answer the proxy itself is in doubt.
    fault: seen.control.ok ? 'recipe' : 'infra',
    cause: {
      reason: 'RouteUnstable',
      message: `https://${domain}${path} did not answer well three times in a row before the deadline.`,
      evidence: describe(answer),
      nextStep:
        'The app answered late or now and then: look at restarts and health checks, or allow more time in health.timeout.',
    },
  };
}

function describe(answer: Answered): string {
  const redirects =
    answer.redirects.length === 0 ? '' : ` after redirects from ${answer.redirects.join(', ')}`;
  const body = answer.bodyStart.replaceAll(/\s+/g, ' ').trim().slice(0, 160);
  return `GET ${answer.url}${redirects}: HTTP ${answer.status} ${JSON.stringify(body)}`;
}
