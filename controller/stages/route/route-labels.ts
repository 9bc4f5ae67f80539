/** Which service and which label of the app an answer through the proxy is about. Pure. */
import type { Cause } from '../../api/stage.ts';
import type { ServiceSeen } from '../../ports.ts';

interface Label {
  readonly service: ServiceSeen;
  readonly key: string;
  readonly value: string;
}

const RULE = /^traefik\.(?:http|tcp)\.routers\.[^.]+\.rule$/;
const PORT = /^traefik\.(?:http|tcp)\.services\.[^.]+\.loadbalancer\.server\.port$/;

const isEnabled = ({ labels }: ServiceSeen): boolean => /^true$/i.test(labels['traefik.enable'] ?? '');
const textOf = ({ key, value, service }: Label): string =>
  `label ${key}=${value} of service "${service.name}"`;

function labelsOf(services: readonly ServiceSeen[], pattern: RegExp): Label[] {
  return services.flatMap((service) =>
    Object.entries(service.labels).flatMap(([key, value]) =>
      pattern.test(key) ? [{ service, key, value }] : [],
    ),
  );
}

/** A rule without any host matches every host. */
function serves({ value }: Label, domain: string): boolean {
  return value.includes(domain) || !/Host(?:Regexp|SNI|SNIRegexp)?\(/.test(value);
}

interface Told {
  readonly service: ServiceSeen | undefined;
  readonly label: string;
  readonly says: string;
}

function missingTold(services: readonly ServiceSeen[], domain: string): Told {
  const main = services.find(({ name }) => name === 'app') ?? services[0];
  const enabled = services.filter(isEnabled);
  if (enabled.length === 0)
    return { service: main, label: 'traefik.enable', says: 'No service has the label traefik.enable=true.' };
  const rules = labelsOf(enabled, RULE);
  const rule = rules.find((each) => serves(each, domain)) ?? rules[0];
  if (rule === undefined) {
    const says = `Service "${enabled[0]?.name}" has no label traefik.http.routers.….rule.`;
    return { service: enabled[0], label: 'traefik.http.routers.….rule', says };
  }
  const fits = serves(rule, domain)
    ? 'names this host: look at its path, its entrypoints and its networks'
    : 'is for another host';
  return { service: rule.service, label: textOf(rule), says: `The ${textOf(rule)} ${fits}.` };
}

function gatewayTold(services: readonly ServiceSeen[], domain: string): Told {
  const rule = labelsOf(services.filter(isEnabled), RULE).find((each) => serves(each, domain));
  const port = labelsOf(rule === undefined ? services : [rule.service], PORT)[0];
  if (port !== undefined)
    return { service: port.service, label: textOf(port), says: `The ${textOf(port)} says where to look.` };
  const says = `Service "${rule?.service.name ?? 'app'}" has no label loadbalancer.server.port.`;
  return { service: rule?.service, label: 'loadbalancer.server.port', says };
}

/** The cause with the service that is routed to, and where the proxy itself answered, the label that it went by. */
export function withRouteLabel(cause: Cause, services: readonly ServiceSeen[], domain: string): Cause {
  if (!cause.reason.startsWith('Route') || services.length === 0) return cause;
  const told =
    cause.reason === 'RouteMissing' ? missingTold(services, domain) : gatewayTold(services, domain);
  const named = told.service === undefined ? cause : { ...cause, service: told.service.name };
  if (!PROXYS_OWN.has(cause.reason)) return named;
  return {
    ...named,
    message: `${cause.message} ${told.says}`,
    evidence: [cause.evidence, told.label].filter((line) => line !== undefined).join('\n'),
  };
}

/** Answers that only the proxy gives. */
export const PROXYS_OWN: ReadonlySet<string> = new Set(['RouteMissing', 'RouteBadGateway']);

/**
 * Whether the swarm has done all it will, so that the proxy's answer can only change with its next look at the swarm.
 * A task without a health check runs before its app listens: behind a route that exists it may still come.
 */
export function isAllThere(services: readonly ServiceSeen[], reason: string): boolean {
  const listens = (service: ServiceSeen): boolean => reason === 'RouteMissing' || service.hasHealthcheck;
  return services.every((service) => {
    const wanted = service.tasks.filter(({ desired }) => desired === 'running');
    const runs = wanted.every(
      ({ state, health }) => state === 'running' && (health ?? 'healthy') === 'healthy',
    );
    return runs && (!isEnabled(service) || listens(service));
  });
}
