/** A real Gitea with recipes and people, a cc-ci that its comments start, and what can be seen of both. */
import { createHmac, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PullStatusBody } from '../../controller/api/pull-status.ts';
import type { RepositoryStatusBody } from '../../controller/api/repository-status.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { pullNameOf, runNameOfComment } from '../../controller/domain/trigger/names.ts';
import { pullsOf, repositoriesOf } from '../../controller/store/status-folders.ts';
import { ADMIN } from '../gitea/people.ts';
import * as pulls from '../gitea/pull-requests.ts';
import type { Comment, CommitStatus } from '../gitea/schema.ts';
import { freePort } from '../gitea/server.ts';
import { BOT, makeWorld, ORG, type World } from '../gitea/world.ts';
import { compose, type Defect } from './defects/defect.ts';
import { yamlInvalid } from './defects/yaml-invalid.ts';
import { type Installation, makeInstallation } from './installation.ts';

/** Where each run fails before anything is deployed, on `main` as well. */
export const BROKEN = 'broken-web';

export interface Start {
  readonly poll: string;
  readonly maxTests: number;
  /** With the bot's password instead of its token. */
  readonly byPassword?: boolean;
}

export interface Told {
  readonly opened: pulls.Opened;
  readonly comment: Comment;
  /** Of the run that the comment starts, if it does. */
  readonly run: string;
}

export class TriggerWorld {
  readonly gitea: World;
  readonly ci: Installation;
  readonly url: string;
  readonly hookSecret = randomBytes(24).toString('hex');
  #controller: ReturnType<Installation['startController']> | undefined;

  private constructor(gitea: World, ci: Installation, url: string) {
    this.gitea = gitea;
    this.ci = ci;
    this.url = url;
  }

  static async make(): Promise<TriggerWorld> {
    const gitea = await makeWorld();
    try {
      const port = await freePort();
      const ci = await makeInstallation();
      const world = new TriggerWorld(gitea, ci, `http://127.0.0.1:${port}`);
      await world.#prepare();
      return world;
    } catch (error) {
      await gitea.stop();
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    const secrets = {
      token: this.gitea.botToken,
      password: this.gitea.passwordOf(BOT),
      'hook-secret': this.hookSecret,
    };
    for (const [name, value] of Object.entries(secrets))
      await writeFile(this.#secretFile(name), `${value}\n`, { mode: 0o600 });
    await this.#enrol('tiny-web', compose('        - "backupbot.backup=true"\n', ''));
    await this.#enrol(BROKEN, yamlInvalid.edit);
  }

  /** Without backups, which take half of a run's time. */
  async #enrol(name: string, edit: Defect['edit']): Promise<void> {
    const variant = { name, edit: (dir: string) => edit(dir, { registry: '', hostFile: '' }) };
    const repository = await this.gitea.addRecipe('tiny-web', variant);
    const backup = { expected: false, reason: 'It is made anew from its image.' };
    await this.ci.enrol(name, `${this.gitea.server.url}/${repository}.git`, { backup });
  }

  #secretFile(name: string): string {
    return join(this.ci.dir, name);
  }

  /** As an administrator of the organisation does it by hand. */
  async addWebhook(): Promise<void> {
    await this.gitea.as(ADMIN).must('POST', `/orgs/${ORG}/hooks`, {
      type: 'gitea',
      active: true,
      config: { url: `${this.url}/hook`, content_type: 'json', secret: this.hookSecret },
      events: ['issue_comment', 'pull_request_comment'],
    });
  }

  start({ poll, maxTests, byPassword = false }: Start): void {
    const credentials: Record<string, string> = byPassword
      ? { CCCI_GITEA_USER: BOT, CCCI_GITEA_PASSWORD_FILE: this.#secretFile('password') }
      : { CCCI_GITEA_TOKEN_FILE: this.#secretFile('token') };
    const env = {
      ...credentials,
      CCCI_GITEA_URL: this.gitea.server.url,
      CCCI_GITEA_ORGANISATION: ORG,
      CCCI_GITEA_POLL: poll,
      CCCI_HTTP_LISTEN: this.url.replace('http://', ''),
      CCCI_HOOK_SECRET_FILE: this.#secretFile('hook-secret'),
      CCCI_PUBLIC_URL: this.url,
    };
    this.#controller = this.ci.startController({ maxTests, env });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#controller?.kill(signal);
    await this.#controller;
  }

  async destroy(): Promise<void> {
    await this.ci.destroy();
    await this.gitea.stop();
  }

  async say(opened: pulls.Opened, by: string, body = '!testme'): Promise<Told> {
    const comment = await pulls.comment(this.gitea, opened, { by, body });
    const run = runNameOfComment({ recipe: recipeOf(opened), pull: opened.number, commentId: comment.id });
    return { opened, comment, run };
  }

  /** What Gitea's webhook would bring, in a body that it has not brought before. */
  deliver({ opened, comment }: Told): Promise<Response> {
    const body = JSON.stringify({
      action: 'created',
      comment: { id: comment.id },
      repository: { full_name: opened.repository },
      again: randomBytes(4).toString('hex'),
    });
    const signature = createHmac('sha256', this.hookSecret).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-gitea-event': 'issue_comment',
      'x-gitea-delivery': crypto.randomUUID(),
      'x-gitea-signature': signature,
    };
    return fetch(`${this.url}/hook`, { method: 'POST', headers, body });
  }

  /** Names of all runs that there are, or those of one pull request. */
  async runs(opened?: pulls.Opened): Promise<string[]> {
    const names = (await readdir(this.ci.layout.testruns)).map((file) => file.replace(/\.yaml$/, ''));
    const isWanted = (name: string): boolean =>
      opened === undefined || name.startsWith(`${recipeOf(opened)}-pr${opened.number}-c`);
    return names.filter(isWanted).sort();
  }

  /** The bot's own, oldest first. */
  async bots(opened: pulls.Opened): Promise<Comment[]> {
    return (await pulls.comments(this.gitea, opened)).filter(({ user }) => user.login === BOT);
  }

  /** Until the bot has said so in one of its comments. */
  reads(opened: pulls.Opened, says: RegExp): Promise<Comment> {
    return this.ci.until(
      `the bot says ${says} under ${opened.branch}`,
      async () => {
        const all = await this.bots(opened).catch(() => []);
        return all.find(({ body }) => says.test(body)) ?? null;
      },
      { everyMs: 300, ms: 300_000 },
    );
  }

  /** Until a step of the run is going on. */
  inStep({ run }: Told, step: string): Promise<TestRunStatusBody> {
    return this.ci.until(`${run} is in ${step}`, async () => {
      const status = await this.ci.status(run);
      if (status?.finishedAt != null) throw new Error(`${run} ended: ${status.message}`);
      return status?.steps.some(({ name, state }) => name === step && state === 'running') === true
        ? status
        : null;
    });
  }

  async pull(opened: pulls.Opened): Promise<PullStatusBody | null> {
    const document = await pullsOf(this.ci.layout).get(pullNameOf(recipeOf(opened), opened.number));
    return document?.status ?? null;
  }

  async repository(recipe: string): Promise<RepositoryStatusBody | null> {
    return (await repositoriesOf(this.ci.layout).get(recipe))?.status ?? null;
  }

  /** Until it was read, so that what is said from now on counts. */
  async isRead(...recipes: readonly string[]): Promise<void> {
    for (const recipe of recipes)
      await this.ci.until(`comments of ${recipe} are read`, async () =>
        (await this.repository(recipe))?.cursor == null ? null : true,
      );
  }

  /** The newest status of ours on the commit. */
  async statusOn(opened: pulls.Opened, sha: string): Promise<CommitStatus | null> {
    const all = await pulls.statuses(this.gitea, opened.repository, sha);
    return all.findLast(({ context }) => context === 'cc-ci/testme') ?? null;
  }

  /** Until the commit has it: comment and status are two requests. */
  judged(opened: pulls.Opened, sha: string, as: 'success' | 'failure' | 'error'): Promise<CommitStatus> {
    return this.ci.until(
      `${sha} of ${opened.branch} has the status ${as}`,
      async () => {
        const seen = await this.statusOn(opened, sha).catch(() => null);
        return seen?.status === as ? seen : null;
      },
      { everyMs: 300 },
    );
  }

  async head(opened: pulls.Opened): Promise<string> {
    return (await pulls.pullRequest(this.gitea, opened)).head.sha;
  }

  /** Path with query, oldest first. */
  async askedByBot(): Promise<string[]> {
    return (await this.gitea.server.requests()).filter(({ user }) => user === BOT).map(({ path }) => path);
  }

  log(): Promise<string> {
    return readFile(join(this.ci.dir, 'controller.log'), 'utf8');
  }

  open(recipe: string, branch: string, change?: pulls.Change): Promise<pulls.Opened> {
    const options = { repository: `${ORG}/${recipe}`, branch };
    return pulls.openPullRequest(this.gitea, change === undefined ? options : { ...options, change });
  }
}

export const recipeOf = ({ repository }: pulls.Opened): string => repository.slice(ORG.length + 1);
