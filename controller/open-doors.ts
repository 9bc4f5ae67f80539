/** Opens the doors that are configured: the controllers behind them, and the HTTP server. */
import type { Config } from './config.ts';
import { fileWishes } from './client/wishes.ts';
import { makeDrone } from './drone/client.ts';
import { giteaForge } from './gitea/forge.ts';
import { type HttpDeps, startHttp } from './http/server.ts';
import type { Clock } from './ports.ts';
import { bridgeController } from './reconcilers/bridge/bridge.ts';
import { buildsController } from './reconcilers/builds/controller.ts';
import { reportController } from './reconcilers/report/controller.ts';
import { type Controllers, keyOf } from './runtime/controllers.ts';
import type { Log } from './runtime/log.ts';
import type { Pulse } from './runtime/pulse.ts';
import type { FileStore } from './store/file-store.ts';
import type { Layout } from './store/layout.ts';
import { buildsOf, pullReportsOf, pullsOf, reportsOf, repositoriesOf } from './store/status-folders.ts';
import { readStore } from './views/read-store.ts';

export interface DoorsDeps {
  readonly config: Pick<Config, 'doors' | 'recipesDir'>;
  readonly layout: Layout;
  readonly store: FileStore;
  /** Shows at the forge whose token it is, where one is made from a password. */
  readonly installation: string;
  readonly pulse: Pulse;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** Ends requests that are under way. */
  readonly signal: AbortSignal;
}

/** Adds the controllers of what is configured, and listens where it is to; resolves with how to wait for the server's end. */
export async function openDoors(controllers: Controllers, deps: DoorsDeps): Promise<() => Promise<void>> {
  const { config, layout, store, clock, log, signal } = deps;
  const { gitea, drone, http, publicUrl } = config.doors;
  const reading = readStore(store, { layout, recipesDir: config.recipesDir });
  const wishes = fileWishes({ layout, reading, newId: deps.newId });
  const shared = { layout, store, reading, wishes, clock, log };
  let onNudge = (_recipe: string): void => undefined;
  if (gitea !== null) {
    const forge = giteaForge({ ...gitea, tokenName: `cc-ci-${deps.installation}`, clock, signal });
    const [repositories, pulls] = [repositoriesOf(layout), pullsOf(layout)];
    const seen = { ...shared, forge, pulls, repositories, recipesDir: config.recipesDir, config: gitea };
    const bridge = bridgeController(seen);
    onNudge = (recipe) => bridge.queue.add(keyOf('repository', recipe));
    controllers.addController(bridge);
    const said = { pullReports: pullReportsOf(layout), reports: reportsOf(layout), publicUrl };
    controllers.addController(reportController({ ...shared, forge, pulls, ...said }));
  }
  if (drone !== null) {
    const builds = { drone: makeDrone(drone, { signal }), statuses: buildsOf(layout) };
    controllers.addController(buildsController({ ...shared, ...builds }));
  }
  if (http === null) return () => Promise.resolve();
  const hook: HttpDeps['hook'] =
    gitea === null || http.hookSecret === null
      ? null
      : { secret: http.hookSecret, forge: gitea.url, onNudge };
  const pages = { feed: store.feed, publicUrl, proxies: http.proxies };
  const server = await startHttp({ ...shared, ...pages, pulse: deps.pulse, listen: http, hook }, signal);
  return () => server.ended;
}
