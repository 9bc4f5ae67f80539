/** Whichever write, and whichever answer of the forge, is a controller's last: a comment becomes one run, and of it there is one report. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { shaOf } from '../stand-ins/gitea-state.ts';
import { StandInGitea } from '../stand-ins/gitea.ts';
import type { ForgeOptions } from './doors.ts';
import { makeWorld, type World } from './world.ts';

type KillAt = NonNullable<ForgeOptions['killAt']>;

/** One pull request, under which a member and a stranger ask, and whose fault is that of its target branch. */
class Story {
  readonly #gitea: StandInGitea;
  readonly #forge: ForgeOptions;
  readonly world: World;
  readonly #first: ReturnType<World['start']>;
  readonly #revived: Promise<boolean>;
  #run = '';

  private constructor(gitea: StandInGitea, killAt?: KillAt) {
    this.#gitea = gitea;
    this.world = makeWorld({ fate: 'crashes', maxTests: 2 });
    gitea.state.addOrganisation('coop', ['bot', 'ada']);
    gitea.state.addUser('eve');
    gitea.state.addRepository('coop', 'web');
    this.world.enrol('web', `${gitea.url}/coop/web.git`);
    this.#forge = { url: gitea.url, organisation: 'coop', token: gitea.state.addToken('bot').text };
    this.#first = this.world.start(0, killAt === undefined ? this.#forge : { ...this.#forge, killAt });
    this.#revived = this.#first.then(({ signal }) => {
      if (signal === 'SIGKILL') void this.world.start(0, this.#forge);
      return signal === 'SIGKILL';
    });
  }

  static async begin(killAt?: KillAt): Promise<Story> {
    return new Story(await StandInGitea.start(), killAt);
  }

  /** Once the repository was read: what was said before that asks for nothing. */
  async comment(): Promise<void> {
    const { world } = this;
    const { state } = this.#gitea;
    await world.until('read', () => existsSync(join(world.layout.repositories, 'web.json')));
    const pull = state.openPull('coop/web', { sha: shaOf(1) });
    state.advance(1_000);
    const { id } = state.addComment(pull, 'ada', '!testme');
    state.addComment(pull, 'eve', '!testme');
    this.#run = `web-pr1-c${id}`;
  }

  /** After the verdict; what the reporter wanted to say is under way, and never comes there. What stands there then. */
  async killBeforeReport(): Promise<string> {
    await this.world.until('the first words', () => this.#said().some((body) => body.includes('cc-ci: ')));
    const over = this.#gitea.fault(/^(PATCH|POST) /, { do: 'hang' });
    await this.world.until('a verdict', () => this.world.status(this.#run)?.verdict != null, 120_000);
    this.#first.kill('SIGKILL');
    await this.#first;
    const said = this.#said().join('\n');
    over();
    return said;
  }

  /** What there is when all that is to be said is said. */
  async end(): Promise<{ end: object; wasKilled: boolean }> {
    const { world } = this;
    const isSaid = (): boolean => this.#said().some((body) => body.includes('Already failing'));
    await world.until('said', () => isSaid() && this.#said().length > 1, 120_000);
    await world.until('set', () => this.#status().startsWith('failure'));
    this.#first.kill('SIGTERM');
    const wasKilled = await this.#revived;
    await world.stop();
    return {
      wasKilled,
      end: {
        runs: readdirSync(world.layout.testruns).sort(),
        verdicts: [this.#run, REFERENCE].map((name) => world.status(name)?.verdict),
        said: this.#said().map(timeless).sort(),
        status: timeless(this.#status()),
      },
    };
  }

  async destroy(): Promise<void> {
    await this.world.stop();
    this.world.destroy();
    await this.#gitea.stop();
  }

  #said(): string[] {
    return this.#gitea.state.comments.filter(({ author }) => author === 'bot').map(({ body }) => body);
  }

  #status(): string {
    const last = this.#gitea.state.repository('coop/web').statuses.at(-1);
    return `${last?.status}: ${last?.description}`;
  }
}

const REFERENCE = `web-ref-${shaOf(0).slice(0, 12)}`;
/** Without what depends on how busy the machine is. */
const timeless = (text: string): string =>
  text.replaceAll(/\b\d+(?:m\d+)?s\b|\d{4}-\d\d-\d\d \d\d:\d\d|\d+ times/g, '…');

async function lived(story: Story): ReturnType<Story['end']> {
  try {
    await story.comment();
    return await story.end();
  } finally {
    await story.destroy();
  }
}

let want: object;

beforeAll(async () => {
  ({ end: want } = await lived(await Story.begin()));
}, 300_000);

it('one run, one reference run, one comment, one answer', () => {
  expect(want).toMatchObject({
    runs: ['web-pr1-c2.yaml', `${REFERENCE}.yaml`],
    verdicts: ['Failed', 'Failed'],
    said: [expect.stringContaining('eve is not one of them'), expect.stringContaining('Already failing')],
    status: expect.stringMatching(/^failure: /),
  });
});

interface Moment {
  readonly because: string;
  readonly what: string;
  readonly nth?: number;
  /** Also where little time is; the others are told with `--all`. */
  readonly always?: true;
}

const MOMENTS: readonly Moment[] = [
  { because: 'it read how far comments go', what: 'put repository' },
  { because: 'it read the comment', what: 'GET comments', nth: 2 },
  { because: 'it read the pull request', what: 'GET pull', always: true },
  { because: 'it was told that she is a member', what: 'GET member' },
  { because: 'it asked for the run', what: 'create', always: true },
  { because: 'it wrote down the pull request', what: 'put pull' },
  { because: 'it wrote down the stranger', what: 'put pull', nth: 2 },
  { because: 'its comment was there, and it did not know', what: 'POST comments', always: true },
  { because: 'it noted its comment', what: 'put pull report' },
  { because: 'the commit had its status, and it did not know', what: 'POST status' },
  { because: 'it noted something of the run', what: 'put report' },
  { because: 'its answer was there, and it did not know', what: 'POST comments', nth: 2 },
  { because: 'its comment was edited, and it did not know', what: 'PATCH comment', always: true },
  { because: 'it asked for the reference run', what: 'create', nth: 2, always: true },
];

describe.concurrent('is the same where the controller is killed after', () => {
  const isAll = process.env['E2E_ALL'] === '1';
  it.each(MOMENTS.filter(({ always }) => isAll || always === true))('$because', async ({ what, nth = 1 }) => {
    const { end, wasKilled } = await lived(await Story.begin({ what, nth }));
    expect(wasKilled).toBe(true);
    expect(end).toEqual(want);
  });

  it('the verdict, and before its report', async () => {
    const story = await Story.begin();
    try {
      await story.comment();
      expect(await story.killBeforeReport()).not.toContain('failed in');
      const { end, wasKilled } = await story.end();
      expect(wasKilled).toBe(true);
      expect(end).toEqual(want);
    } finally {
      await story.destroy();
    }
  });
});
