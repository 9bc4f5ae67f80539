/** Names that the proxy leads to a program of this machine, such as the controller's pages, as labels of the proxy's own service. Pure. */

export interface Route {
  /** Without a port: `ci.example.org`. */
  readonly host: string;
  /** As the proxy's container reaches it, so never a loopback address. */
  readonly url: string;
}

/** The entry point with TLS that every recipe of Co-op Cloud names. */
const ENTRY = 'web-secure';

/** Traefik 3.4 or newer takes an address instead of a port. */
export function routeLabels(routes: readonly Route[]): Record<string, string> {
  return Object.fromEntries(
    routes.flatMap(({ host, url }, index) => {
      const name = `ccci-route-${index + 1}`;
      return [
        [`traefik.http.routers.${name}.rule`, `Host(\`${host}\`)`],
        [`traefik.http.routers.${name}.entrypoints`, ENTRY],
        [`traefik.http.routers.${name}.tls`, 'true'],
        [`traefik.http.routers.${name}.service`, name],
        [`traefik.http.services.${name}.loadbalancer.server.url`, url],
      ];
    }),
  );
}
