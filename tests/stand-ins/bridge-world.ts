/** A world for the bridge: the stand-in of Gitea, a store on the disk, and a bridge that can be killed after any of its writes and started again. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PullStatusBody } from '../../controller/api/pull-status.ts';
import type { RepositoryStatusBody } from '../../controller/api/repository-status.ts';
import type { TestRun } from '../../controller/api/test-run.ts';
import { fileWishes } from '../../controller/client/wishes.ts';
import type { GiteaConfig } from '../../controller/doors.ts';
import { NOTHING_DONE } from '../../controller/domain/run/first-status.ts';
import { giteaForge } from '../../controller/gitea/forge.ts';
import { type Bridge, makeBridge } from '../../controller/reconcilers/bridge/bridge.ts';
import type { BridgeDeps } from '../../controller/reconcilers/bridge/deps.ts';
import { nameOf, type Reconciled } from '../../controller/runtime/controllers.ts';
import type { Log } from '../../controller/runtime/log.ts';
import { type FileStore, openStore } from '../../controller/store/file-store.ts';
import { makeLayout, type Layout } from '../../controller/store/layout.ts';
import type { StatusFolder } from '../../controller/store/status-folder.ts';
import { pullsOf, repositoriesOf } from '../../controller/store/status-folders.ts';
import { readStore } from '../../controller/views/read-store.ts';
import { ALL_SCOPES, type Comment, type Issue } from './gitea-state.ts';
import { StandInGitea } from './gitea.ts';

/** The process is gone: nothing that it still wanted to do is done. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

export interface Pass {
  readonly keys: readonly string[];
  readonly errors: Readonly<Record<string, unknown>>;
  readonly requeue: Readonly<Record<string, number | null>>;
}

export class BridgeWorld {
  readonly gitea: StandInGitea;
  readonly root: string;
  readonly layout: Layout;
  readonly recipesDir: string;
  readonly logged: string[] = [];
  config: Partial<GiteaConfig> = {};
  scopes: readonly string[] = ALL_SCOPES;
  /** So many milliseconds is our clock before the forge's. */
  skewMs = 0;
  /** Writes until the process is killed. */
  writesLeft = Infinity;
  store!: FileStore;
  bridge!: Bridge;
  deps!: BridgeDeps;

  private constructor(gitea: StandInGitea, root: string) {
    this.gitea = gitea;
    this.root = root;
    this.layout = makeLayout(join(root, 'state'));
    this.recipesDir = join(root, 'recipes');
  }

  /** An organisation `coop` with `bot`, `ada` and `grace`, an outsider `eve`, and the recipe `ghost`, which was read once. */
  static async make(prepare: (world: BridgeWorld) => void = () => undefined): Promise<BridgeWorld> {
    const gitea = await StandInGitea.start();
    const world = new BridgeWorld(gitea, await mkdtemp(join(tmpdir(), 'ccci-bridge-')));
    await mkdir(world.recipesDir);
    gitea.state.addOrganisation('coop', ['bot', 'ada', 'grace']);
    gitea.state.addUser('eve');
    prepare(world);
    await world.enroll('ghost');
    await world.start();
    await world.pass();
    // What happens now happens after the first look.
    gitea.state.advance(10_000);
    gitea.forget();
    return world;
  }

  async remove(): Promise<void> {
    await this.gitea.stop();
    await rm(this.root, { recursive: true });
  }

  async enroll(recipe: string, repo = `${this.gitea.url}/coop/${recipe}.git`): Promise<void> {
    if (repo.startsWith(this.gitea.url) && !this.gitea.state.repositories.has(`coop/${recipe}`))
      this.gitea.state.addRepository('coop', recipe);
    const text = `apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: ${recipe} }\nspec:\n  category: simple\n  source: { repo: '${repo}' }\n`;
    await writeFile(join(this.recipesDir, `${recipe}.yaml`), text);
  }

  async dismiss(recipe: string): Promise<void> {
    await rm(join(this.recipesDir, `${recipe}.yaml`));
  }

  /** Another process, which knows no more than what is on the disk. */
  async start(): Promise<void> {
    const { layout, recipesDir, gitea } = this;
    this.writesLeft = Infinity;
    this.store = await openStore(layout, { recipesDir });
    const clock = { now: () => new Date(gitea.state.now.getTime() - this.skewMs) };
    const reading = readStore(this.store, { layout, recipesDir });
    const wishes = fileWishes({ layout, reading, newId: () => 'never' });
    this.deps = {
      layout,
      recipesDir,
      store: this.store,
      clock,
      log: this.#log(),
      config: { url: gitea.url, organisation: 'coop', allowed: [], pollMs: 20_000, ...this.config },
      forge: giteaForge({
        url: gitea.url,
        credentials: { token: { value: gitea.state.addToken('bot', this.scopes).text } },
        tokenName: 'cc-ci-test',
        clock,
        timeoutMs: 2_000,
      }),
      wishes: {
        create: (draft) => this.#write(() => wishes.create(draft)),
        cancel: (name, wish) => this.#write(() => wishes.cancel(name, wish)),
      },
      repositories: this.#killable(repositoriesOf(layout)),
      pulls: this.#killable(pullsOf(layout)),
    };
    this.bridge = makeBridge(this.deps);
  }

  /** A poll, and everything that it found; again for what is due at once. */
  async pass(more: readonly string[] = []): Promise<Pass> {
    const keys = [...new Set([...(await this.bridge.poll()).map(nameOf), ...more])];
    const errors: Record<string, unknown> = {};
    const requeue: Record<string, number | null> = {};
    for (const recipe of keys)
      try {
        const done: Reconciled = await this.bridge.reconcile(recipe);
        requeue[recipe] = done.requeueAfterMs;
      } catch (error) {
        if (error instanceof Killed) throw error;
        errors[recipe] = error;
      }
    return { keys, errors, requeue };
  }

  openPull(options: Parameters<StandInGitea['state']['openPull']>[1] = {}): Issue {
    return this.gitea.state.openPull('coop/ghost', options);
  }

  /** A second later. */
  say(issue: Issue, author: string, body = '!testme'): Comment {
    this.gitea.state.advance(1_000);
    return this.gitea.state.addComment(issue, author, body);
  }

  /** By name: the specs of all runs. */
  async runs(): Promise<Record<string, TestRun['spec']>> {
    const runs: Record<string, TestRun['spec']> = {};
    for (const name of (await this.store.specNames()).sort()) {
      const { spec } = await this.store.get(name);
      if (spec?.parsed.ok !== true) throw new Error(`The run ${name} is not valid.`);
      runs[name] = spec.parsed.value.spec;
    }
    return runs;
  }

  async finish(name: string): Promise<void> {
    const at = this.gitea.state.now.toISOString();
    const old = this.store.status(name)?.metadata.resourceVersion ?? 0;
    const status = {
      ...NOTHING_DONE,
      uid: `uid-${name}`,
      phase: 'Finished',
      message: 'Done.',
      createdAt: at,
      finishedAt: at,
    } as const;
    await this.store.putStatus(name, status, old);
  }

  async repository(recipe = 'ghost'): Promise<RepositoryStatusBody | null> {
    return (await repositoriesOf(this.layout).get(recipe))?.status ?? null;
  }

  async pull(name = 'ghost-pr1'): Promise<PullStatusBody | null> {
    return (await pullsOf(this.layout).get(name))?.status ?? null;
  }

  /** `Polled: True CommentsRead`. */
  async conditions(recipe = 'ghost'): Promise<string[]> {
    const { conditions = [] } = (await this.repository(recipe)) ?? {};
    return conditions.map(({ type, status, reason }) => `${type}: ${status} ${reason}`).sort();
  }

  /** `GET /user`. */
  asked(): string[] {
    return this.gitea.requests.map(({ method, path }) => `${method} ${path}`);
  }

  async #write<T>(act: () => Promise<T>): Promise<T> {
    if (this.writesLeft < 0) throw new Killed();
    const done = await act();
    this.writesLeft -= 1;
    if (this.writesLeft < 0) throw new Killed();
    return done;
  }

  #killable<Body>(folder: StatusFolder<Body>): StatusFolder<Body> {
    return {
      ...folder,
      put: (name, status, version) => this.#write(() => folder.put(name, status, version)),
      remove: (name) => this.#write(() => folder.remove(name)),
    };
  }

  #log(): Log {
    const keep = (level: string) => (fields: object, message: string) =>
      void this.logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
    return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  }
}
