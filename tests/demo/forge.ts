/** The demo's forge: a real Gitea with an organisation, a recipe and a pull request, where somebody says `!testme`. */
import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../controller/runtime/errors.ts';
import type { Installation } from '../e2e/installation.ts';
import { endKept } from '../gitea/program.ts';
import { comment, comments, type Opened, openPullRequest, statuses } from '../gitea/pull-requests.ts';
import { freePort } from '../gitea/server.ts';
import { ADA, BOT, EVE, makeWorld, ORG, type World } from '../gitea/world.ts';
import { gitOf } from '../sandbox/repos.ts';

export interface DemoForge {
  readonly world: World;
  /** What the controller is told: where the forge is, and whose token it has. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startForge(dir: string, outlives: boolean): Promise<DemoForge> {
  const world = await makeWorld({ parent: dir, outlives });
  const secretOf = async (name: string, value: string): Promise<string> => {
    const file = join(dir, name);
    await writeFile(file, value, { mode: 0o600 });
    return file;
  };
  return {
    world,
    env: {
      CCCI_GITEA_URL: world.server.url,
      CCCI_GITEA_ORGANISATION: ORG,
      CCCI_GITEA_TOKEN_FILE: await secretOf('gitea.token', world.botToken),
      CCCI_GITEA_POLL: '2s',
      CCCI_HOOK_SECRET_FILE: await secretOf('hook.secret', randomBytes(32).toString('hex')),
    },
  };
}

/** Where the demo's pages are. */
export async function pagesEnvironment(): Promise<{ CCCI_HTTP_LISTEN: string; CCCI_PUBLIC_URL: string }> {
  const listen = `127.0.0.1:${await freePort()}`;
  return { CCCI_HTTP_LISTEN: listen, CCCI_PUBLIC_URL: `http://${listen}` };
}

/** A pull request with `!testme` under it, by a member. */
export async function askForTest(
  { world }: DemoForge,
  installation: Installation,
  recipe: string,
): Promise<Opened> {
  const repository = await world.addRecipe(recipe);
  await installation.enrol(recipe, `${world.server.url}/${repository}.git`);
  const opened = await openPullRequest(world, { repository, branch: 'demo', title: 'One more line' });
  await comment(world, opened, { by: ADA, body: '!testme' });
  return opened;
}

/** The bot's comment and the commit status as they stand now. */
export async function answered({ world }: DemoForge, opened: Opened): Promise<string> {
  const own = (await comments(world, opened)).filter(({ user }) => user.login === BOT);
  const head = await gitOf(opened.dir, ['rev-parse', 'HEAD']);
  const status = (await statuses(world, opened.repository, head)).at(-1);
  const said = own.map(({ body }) => body.replaceAll(/^/gm, '  | ')).join('\n\n');
  return `\nUnder ${pullAddress(world, opened)} stands:\n\n${said}\n\nStatus of ${head.slice(0, 8)}: ${status?.status ?? 'none'}, "${status?.description ?? ''}"\n`;
}

export function pullAddress({ server }: World, { repository, number }: Opened): string {
  return `${server.url}/${repository}/pulls/${number}`;
}

/** For who looks around: the members and strangers of this throw-away Gitea. */
export function logins(world: World): string {
  return [ADA, EVE].map((login) => `${login} / ${world.passwordOf(login)}`).join(', ');
}

/** Ends what `--keep` left. */
export async function endForges(dir: string): Promise<void> {
  for (const name of await namesIn(dir)) if (name.startsWith('ccci-gitea-')) await endKept(join(dir, name));
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
