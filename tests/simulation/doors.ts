/** Bridge and reporter of a simulated controller, on a stand-in of Gitea: each of their writes, and each answer of the forge, is a moment to be killed at. */
import { fileWishes } from '../../controller/client/wishes.ts';
import { giteaForge } from '../../controller/gitea/forge.ts';
import { bridgeController } from '../../controller/reconcilers/bridge/bridge.ts';
import { reportController } from '../../controller/reconcilers/report/controller.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import type { Controllers } from '../../controller/runtime/controllers.ts';
import type { Log } from '../../controller/runtime/log.ts';
import type { FileStore } from '../../controller/store/file-store.ts';
import type { Layout } from '../../controller/store/layout.ts';
import type { StatusFolder } from '../../controller/store/status-folder.ts';
import { pullReportsOf, pullsOf, reportsOf, repositoriesOf } from '../../controller/store/status-folders.ts';
import { readStore } from '../../controller/views/read-store.ts';

/** What a controller is told of the forge. */
export interface ForgeOptions {
  readonly url: string;
  readonly organisation: string;
  readonly token: string;
  /** The moment that is the process's last: `create`, `PATCH comment`; the first of that kind, or a later one. */
  readonly killAt?: { readonly what: string; readonly nth: number };
}

export interface ForgeDoor {
  readonly options: ForgeOptions;
  readonly layout: Layout;
  readonly recipesDir: string;
  readonly store: FileStore;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** A moment has come, and is over. */
  readonly tell: (what: string) => void;
}

const POLL_MS = 300;

const KINDS: readonly (readonly [string, RegExp])[] = [
  ['search', /\/issues\/search$/],
  ['comments', /\/comments$/],
  ['comment', /\/comments\/\d+$/],
  ['pull', /\/pulls\/\d+$/],
  ['status', /\/statuses\/\w+$/],
  ['member', /\/members\/ada$/],
];

export function addForge(controllers: Controllers, door: ForgeDoor): void {
  const { options, layout, recipesDir, store, log, signal, tell } = door;
  const after =
    <A extends unknown[], R>(what: string, act: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const done = await act(...args);
      tell(what);
      return done;
    };
  const folder = <B>(name: string, of: StatusFolder<B>): StatusFolder<B> => ({
    ...of,
    put: after(`put ${name}`, of.put),
    remove: after(`remove ${name}`, of.remove),
  });
  const answered: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    tell(`${init?.method} ${KINDS.find(([, path]) => path.test(pathname))?.[0] ?? pathname}`);
    return answer;
  };
  const reading = readStore(store, { layout, recipesDir });
  const wishes = fileWishes({ layout, reading, newId: () => 'never' });
  const shared = {
    layout,
    store,
    reading,
    clock: systemClock,
    log,
    wishes: {
      create: after('create', wishes.create),
      cancel: after('cancel', wishes.cancel),
    },
    forge: giteaForge({
      url: options.url,
      credentials: { token: { value: options.token } },
      tokenName: 'simulation',
      clock: systemClock,
      fetch: answered,
      signal,
    }),
    pulls: folder('pull', pullsOf(layout)),
  };
  const config = { url: options.url, organisation: options.organisation, allowed: [], pollMs: POLL_MS };
  const repositories = folder('repository', repositoriesOf(layout));
  controllers.addController(bridgeController({ ...shared, recipesDir, config, repositories }));
  controllers.addController(
    reportController({
      ...shared,
      pullReports: folder('pull report', pullReportsOf(layout)),
      reports: folder('report', reportsOf(layout)),
      publicUrl: 'https://ci.example.org',
    }),
  );
}
