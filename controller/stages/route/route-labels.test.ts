import { describe, expect, it } from 'vitest';
import type { ServiceSeen, TaskSeen } from '../../ports.ts';
import { isAllThere, withRouteLabel } from './route-labels.ts';

const DOMAIN = 'web-abc.ci.test';
const PORT = 'traefik.http.services.web.loadbalancer.server.port';
const RULE = 'traefik.http.routers.web.rule';

function service(given: {
  name?: string;
  labels?: Record<string, string>;
  health?: TaskSeen['health'];
  state?: string;
  hasHealthcheck?: boolean;
}): ServiceSeen {
  const { name = 'app', labels = {}, health = 'healthy', state = 'running', hasHealthcheck = true } = given;
  return { name, labels, hasHealthcheck, tasks: [{ desired: 'running', state, health }] } as unknown as ServiceSeen;
} // oxfmt-ignore

const on = (labels: Record<string, string>) => service({ labels: { 'traefik.enable': 'true', ...labels } });

describe('withRouteLabel', () => {
  it.each([
    {
      because: 'a rule for another host is named',
      reason: 'RouteMissing',
      services: [service({ name: 'db' }), on({ [RULE]: 'Host(`www.example.com`)' })],
      service: 'app',
      says: 'The label traefik.http.routers.web.rule=Host(`www.example.com`) of service "app" is for another host.',
    },
    {
      because: 'a rule for this host and some path is named',
      reason: 'RouteMissing',
      services: [on({ [RULE]: `Host(\`${DOMAIN}\`) && PathPrefix(\`/app\`)` })],
      service: 'app',
      says: 'names this host: look at its path',
    },
    {
      because: 'a service that Traefik was not told to serve has no route',
      reason: 'RouteMissing',
      services: [service({ labels: { [RULE]: `Host(\`${DOMAIN}\`)` } })],
      service: 'app',
      says: 'No service has the label traefik.enable=true.',
    },
    {
      because: 'a service without any rule has none either',
      reason: 'RouteMissing',
      services: [on({})],
      service: 'app',
      says: 'Service "app" has no label traefik.http.routers.….rule.',
    },
    {
      because: 'the port that Traefik tries is named, of the service with the route',
      reason: 'RouteBadGateway',
      services: [
        on({ [PORT]: '8080', [RULE]: `Host(\`${DOMAIN}\`)` }),
        service({ name: 'db', labels: { [PORT]: '1' } }),
      ],
      service: 'app',
      says: `The label ${PORT}=8080 of service "app" says where to look.`,
    },
    {
      because: 'a port that nobody named is said',
      reason: 'RouteBadGateway',
      services: [on({ [RULE]: `Host(\`${DOMAIN}\`)` })],
      service: 'app',
      says: 'Service "app" has no label loadbalancer.server.port.',
    },
  ])('$because', ({ reason, services, service: name, says }) => {
    const cause = { reason, message: 'It did not answer.', evidence: 'GET /: HTTP 404' };
    const told = withRouteLabel(cause, services, DOMAIN);
    expect(told.service).toBe(name);
    expect(told.message).toMatch(/^It did not answer\. /);
    expect(told.message).toContain(says);
    expect(told.evidence).toMatch(/^GET \/: HTTP 404\n\S/);
  });

  it('names the service where the app itself answered wrongly, and blames no label', () => {
    const cause = { reason: 'RouteWrongStatus', message: 'HTTP 500.' };
    const services = [on({ [PORT]: '80', [RULE]: `Host(\`${DOMAIN}\`)` })];
    expect(withRouteLabel(cause, services, DOMAIN)).toEqual({ ...cause, service: 'app' });
  });

  it('leaves what is no matter of routes as it is', () => {
    const cause = { reason: 'ProxyUnreachable', message: 'Nothing listens.' };
    expect(withRouteLabel(cause, [on({})], DOMAIN)).toEqual(cause);
  });
});

describe('isAllThere', () => {
  const unchecked = { labels: { 'traefik.enable': 'true' }, hasHealthcheck: false, health: null };
  it.each([
    { because: 'all tasks run and are healthy', services: [service({})], missing: true, gateway: true },
    { because: 'one is still starting', services: [service({}), service({ health: 'starting' })], missing: false, gateway: false },
    { because: 'one is being made', services: [service({ state: 'preparing', health: null })], missing: false, gateway: false },
    { because: 'without a health check an app may run long before it listens', services: [service(unchecked)], missing: true, gateway: false },
    { because: 'a worker without a health check is none that Traefik asks', services: [service({}), service({ hasHealthcheck: false, health: null })], missing: true, gateway: true },
  ])('$because', ({ services, missing, gateway }) => {
    expect(isAllThere(services, 'RouteMissing')).toBe(missing);
    expect(isAllThere(services, 'RouteBadGateway')).toBe(gateway);
  });
}); // oxfmt-ignore
