import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { joinFile } from './join.ts';
import { routeLabels } from './routes.ts';

it('a name that leads to a program of this machine is a router and a service of the proxy, each its own', () => {
  const labels = routeLabels([
    { host: 'ci.test', url: 'http://192.0.2.7:8080' },
    { host: 'drone.ci.test', url: 'http://192.0.2.7:8081' },
  ]);
  expect(labels).toEqual({
    'traefik.http.routers.ccci-route-1.rule': 'Host(`ci.test`)',
    'traefik.http.routers.ccci-route-1.entrypoints': 'web-secure',
    'traefik.http.routers.ccci-route-1.tls': 'true',
    'traefik.http.routers.ccci-route-1.service': 'ccci-route-1',
    'traefik.http.services.ccci-route-1.loadbalancer.server.url': 'http://192.0.2.7:8080',
    'traefik.http.routers.ccci-route-2.rule': 'Host(`drone.ci.test`)',
    'traefik.http.routers.ccci-route-2.entrypoints': 'web-secure',
    'traefik.http.routers.ccci-route-2.tls': 'true',
    'traefik.http.routers.ccci-route-2.service': 'ccci-route-2',
    'traefik.http.services.ccci-route-2.loadbalancer.server.url': 'http://192.0.2.7:8081',
  });
  const file = parse(joinFile('services: {}\n', { networks: [], labels })) as {
    services: { app: { deploy: { labels: string[] } } };
  };
  expect(file.services.app.deploy.labels).toContain('traefik.http.routers.ccci-route-1.rule=Host(`ci.test`)');
});
