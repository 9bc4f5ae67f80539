/** The doors of a cc-ci in this process, as the controller opens them, before a real Gitea; nobody takes up the runs that are asked for. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { TestRunBody } from '../../controller/api/test-run.ts';
import { openDoors } from '../../controller/open-doors.ts';
import { systemClock } from '../../controller/runtime/clock.ts';
import { makeControllers } from '../../controller/runtime/controllers.ts';
import { silentLog } from '../../controller/runtime/log.ts';
import { makePulse } from '../../controller/runtime/pulse.ts';
import { openStore } from '../../controller/store/file-store.ts';
import { makeLayout, type Layout } from '../../controller/store/layout.ts';
import { repositoriesOf } from '../../controller/store/status-folders.ts';
import { waitUntil } from '../sandbox/processes.ts';
import { ADMIN } from './people.ts';
import { freePort } from './server.ts';
import { ORG, type World } from './world.ts';

export interface Opened {
  readonly url: string;
  readonly hookSecret: string;
  readonly layout: Layout;
  /** Of the run, or null where there is none yet. */
  asked(run: string): Promise<TestRunBody | null>;
  /** Names of all runs. */
  runs(): Promise<string[]>;
  /** Until its document is there. */
  until(run: string): Promise<TestRunBody>;
  close(): Promise<void>;
}

/** Ample on a busy machine, and well above every poll. */
const PATIENCE_MS = 120_000;

/** Resolves when the repositories of the recipes were read once: what is said from now on counts. */
export async function openDoorsOn(
  world: World,
  { recipes, pollMs }: { readonly recipes: readonly string[]; readonly pollMs: number },
): Promise<Opened> {
  const root = await mkdtemp(join(tmpdir(), 'ccci-doors-'));
  const [layout, recipesDir] = [makeLayout(join(root, 'state')), join(root, 'recipes')];
  await mkdir(recipesDir);
  for (const name of recipes) await writeFile(join(recipesDir, `${name}.yaml`), recipeSpec(world, name));
  const hookSecret = randomBytes(24).toString('hex');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const store = await openStore(layout, { recipesDir });
  const stop = new AbortController();
  const controllers = makeControllers({ log: silentLog });
  const closed = await openDoors(controllers, {
    config: { recipesDir, doors: doorsAt(world, { url, port, hookSecret, pollMs }) },
    layout,
    store,
    installation: '1a2b3c4d',
    pulse: makePulse(systemClock),
    clock: systemClock,
    log: silentLog,
    newId: () => randomBytes(3).toString('hex'),
    signal: stop.signal,
  });
  const ended = await controllers.start(stop.signal);
  const asked: Opened['asked'] = async (run) => {
    const { spec } = await store.get(run);
    return spec?.parsed.ok === true ? spec.parsed.value.spec : null;
  };
  const opened: Opened = {
    url,
    hookSecret,
    layout,
    asked,
    runs: async () => (await store.specNames()).sort(),
    until: async (run) => {
      await must(`the run ${run}`, async () => (await asked(run)) !== null);
      return (await asked(run)) ?? Promise.reject(new Error(`${run} is gone again.`));
    },
    close: async () => {
      stop.abort();
      await Promise.all([ended(), closed()]);
      await rm(root, { recursive: true });
    },
  };
  for (const name of recipes)
    await must(`a first look at ${name}`, async () => {
      const document = await repositoriesOf(layout).get(name);
      return document?.status.cursor != null;
    });
  return opened;
}

async function must(what: string, holds: () => Promise<boolean>): Promise<void> {
  if (!(await waitUntil(holds, PATIENCE_MS))) throw new Error(`There was not ${what} in time.`);
}

function recipeSpec({ server }: World, name: string): string {
  const repo = `${server.url}/${ORG}/${name}.git`;
  return `apiVersion: ccci.coopcloud.tech/v1\nkind: RecipeSpec\nmetadata: { name: ${name} }\nspec:\n  category: simple\n  source: { repo: '${repo}' }\n`;
}

interface At {
  readonly url: string;
  readonly port: number;
  readonly hookSecret: string;
  readonly pollMs: number;
}

function doorsAt(
  world: World,
  { url, port, hookSecret, pollMs }: At,
): Parameters<typeof openDoors>[1]['config']['doors'] {
  return {
    gitea: {
      url: world.server.url,
      organisation: ORG,
      allowed: [],
      pollMs,
      credentials: { token: { value: world.botToken } },
    },
    http: { host: '127.0.0.1', port, hookSecret: { value: hookSecret }, proxies: [] },
    publicUrl: url,
    drone: null,
    mirrorToken: null,
    site: { sshHost: null, gatewayAddress: null, certificate: null },
  };
}

const Made = z.object({ id: z.number() });

/** As an administrator of the repository does it by hand; `more` are events that docs/enroll-recipe.md does not name. */
export async function addWebhook(
  world: World,
  repository: string,
  { url, hookSecret, more = [] }: Pick<Opened, 'url' | 'hookSecret'> & { more?: readonly string[] },
): Promise<number> {
  const made = await world.as(ADMIN).must('POST', `/repos/${repository}/hooks`, {
    type: 'gitea',
    active: true,
    config: { url: `${url}/hook`, content_type: 'json', secret: hookSecret },
    events: ['issue_comment', 'pull_request_comment', ...more],
  });
  return Made.parse(made).id;
}
