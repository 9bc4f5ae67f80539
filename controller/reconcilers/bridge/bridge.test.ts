import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BridgeWorld, Killed } from '../../../tests/stand-ins/bridge-world.ts';
import { type Comment, shaOf } from '../../../tests/stand-ins/gitea-state.ts';
import { API_VERSION } from '../../api/primitives.ts';
import { keyOf, makeControllers } from '../../runtime/controllers.ts';
import { listNudges, writeNudge } from '../../store/nudges.ts';
import { bridgeController } from './bridge.ts';

let world: BridgeWorld;

beforeEach(async () => {
  world = await BridgeWorld.make();
});

afterEach(async () => {
  // Whatever was done.
  expectNoAdministrator();
  await expectNoSecret();
  await world.remove();
});

/** What only administrators may ask. */
function expectNoAdministrator(): void {
  const endpoint = /admin|collaborators|hooks|permission|\/teams|keys/;
  expect(world.asked().filter((path) => endpoint.test(path))).toEqual([]);
}

/** On the disk, in the log. */
async function expectNoSecret(): Promise<void> {
  const texts = [...world.logged];
  for (const entry of await readdir(world.root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
  for (const { text } of world.gitea.state.tokens)
    expect(texts.filter((each) => each.includes(text))).toEqual([]);
}

const nameOf = ({ issue, id }: Comment): string => `ghost-pr${issue.number}-c${id}`;

describe('a comment by a member', () => {
  it('becomes a run at the commit that was the head, under the name of the comment', async () => {
    const pull = world.openPull({ sha: shaOf(7), branch: 'fix' });
    const comment = world.say(pull, 'ada', '!testme\r\n');
    await world.pass();
    expect(await world.runs()).toMatchObject({
      [nameOf(comment)]: {
        recipe: 'ghost',
        source: { repo: `${world.gitea.url}/coop/ghost.git`, ref: shaOf(7), pr: 1 },
        trigger: {
          kind: 'comment',
          user: 'ada',
          commentId: comment.id,
          url: `${world.gitea.url}/coop/ghost/pulls/1#issuecomment-${comment.id}`,
        },
        cancel: false,
      },
    });
    expect(await world.pull()).toEqual({
      recipe: 'ghost',
      repository: { owner: 'coop', name: 'ghost' },
      number: 1,
      state: 'open',
      url: `${world.gitea.url}/coop/ghost/pulls/1`,
      head: { sha: shaOf(7), branch: 'fix' },
      base: { sha: shaOf(0), branch: 'main' },
      mergeBase: shaOf(0),
      isMergeable: true,
      observedAt: world.gitea.state.now.toISOString(),
      refused: [],
    });
  });

  it('stays that commit’s when the head moves, and the pull request is seen to have moved', async () => {
    const pull = world.openPull({ sha: shaOf(7) });
    const comment = world.say(pull, 'ada');
    await world.pass();
    world.gitea.state.push(pull, shaOf(8));
    await world.pass();
    expect((await world.runs())[nameOf(comment)]?.source.ref).toBe(shaOf(7));
    expect((await world.pull())?.head.sha).toBe(shaOf(8));
  });

  it('of a pull request from a fork names the fork', async () => {
    const comment = world.say(world.openPull({ from: 'eve' }), 'ada');
    await world.pass();
    expect((await world.runs())[nameOf(comment)]?.source.repo).toBe(`${world.gitea.url}/eve/ghost.git`);
  });

  it('of a pull request whose fork is gone is tested from the enrolled repository, which still has the commit', async () => {
    const comment = world.say(world.openPull({ from: 'eve', sha: shaOf(7) }), 'ada');
    world.gitea.state.removeFork('eve/ghost');
    await world.pass();
    expect((await world.runs())[nameOf(comment)]?.source).toEqual({ ref: shaOf(7), pr: 1 });
  });

  it('is done once, however often it is seen, by poll and by nudge, and after a restart', async () => {
    const comment = world.say(world.openPull(), 'ada');
    const nudge = { recipe: 'ghost', commentId: comment.id };
    await writeNudge(world.layout, nudge);
    await Promise.all([world.bridge.reconcile('ghost'), writeNudge(world.layout, nudge)]);
    for (let each = 0; each < 3; each++) {
      await writeNudge(world.layout, nudge);
      await world.pass(['ghost']);
    }
    await world.start();
    await writeNudge(world.layout, nudge);
    await world.pass();
    world.gitea.state.advance(600_000);
    await writeNudge(world.layout, nudge);
    await world.pass(['ghost']);
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
    expect(await listNudges(world.layout)).toEqual([]);
  });

  it('is done once, also where a person has taken the run away meanwhile', async () => {
    const comment = world.say(world.openPull(), 'ada');
    await world.pass();
    await rm(world.layout.specFile(nameOf(comment)));
    await world.pass(['ghost']);
    expect(await world.runs()).toEqual({});
  });

  it('is a run of its own where another forge had a comment of that id under a pull request of that number', async () => {
    const pull = world.openPull({ sha: shaOf(7) });
    const comment = world.say(pull, 'ada');
    const url = `https://old.example/coop/ghost/pulls/1#issuecomment-${comment.id}`;
    const name = nameOf(comment);
    const trigger = { kind: 'comment', user: 'ada', commentId: comment.id, url };
    const spec = { recipe: 'ghost', source: { ref: shaOf(3), pr: 1 }, trigger };
    const document = { apiVersion: API_VERSION, kind: 'TestRun', metadata: { name }, spec };
    await writeFile(world.layout.specFile(name), JSON.stringify(document));
    await world.pass();
    await world.pass(['ghost']);
    const runs = await world.runs();
    expect(runs[name]).toMatchObject({ source: { ref: shaOf(3) }, cancel: false });
    const others = Object.entries(runs).filter(([each]) => each !== name);
    expect(others).toMatchObject([
      [expect.stringMatching(/^ghost-pr1-[0-9a-f]{4}-c\d+$/), { source: { ref: shaOf(7) }, cancel: false }],
    ]);
  });

  it('is found by a nudge alone, within few requests', async () => {
    const comment = world.say(world.openPull(), 'ada');
    await writeNudge(world.layout, { recipe: 'ghost', commentId: comment.id });
    await world.bridge.reconcile('ghost');
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
    expect(world.asked().length).toBeLessThanOrEqual(6);
  });

  it('is found by a nudge that the list of comments does not show', async () => {
    const comment = world.say(world.openPull(), 'ada');
    world.gitea.fault(/issues\/comments\?/, {
      do: 'answer',
      status: 200,
      body: '[]',
      headers: { 'x-total-count': '0' },
    });
    await writeNudge(world.layout, { recipe: 'ghost', commentId: comment.id });
    await world.pass(['ghost']);
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
  });

  it('is seen whatever our own clock says', async () => {
    for (const skewMs of [-86_400_000, 86_400_000]) {
      world.skewMs = skewMs;
      await world.start();
      await world.pass();
      const comment = world.say(world.openPull(), 'ada');
      world.gitea.state.advance(5_000);
      await world.pass();
      expect(Object.keys(await world.runs())).toContain(nameOf(comment));
    }
  });
});

describe('nothing happens', () => {
  const body = '!testme';
  it.each([
    { because: 'the body is another', author: 'ada', body: '!testmexyz' },
    { because: 'it is quoted', author: 'ada', body: '> !testme' },
    { because: 'the bot says it itself', author: 'bot', body },
    { because: 'the account is gone', author: 'nobody', body },
  ])('$because', async ({ author, body }) => {
    world.say(world.openPull(), author, body);
    await world.pass();
    expect(await world.runs()).toEqual({});
    expect((await world.pull())?.refused ?? []).toMatchObject(
      author === 'nobody' ? [{ reason: 'NotAMember', user: 'Ghost' }] : [],
    );
  });

  it.each([
    { because: 'edited into a command', first: 'Nice.' },
    { because: 'a command that was edited', first: '!testme please' },
    { because: 'a command that was edited and is one again', first: '!testme' },
  ])('an edited comment has no second life: $because', async ({ first }) => {
    const comment = world.say(world.openPull(), 'ada', first);
    world.gitea.state.advance(1_000);
    world.gitea.state.editComment(comment.id, body);
    await writeNudge(world.layout, { recipe: 'ghost', commentId: comment.id });
    await world.pass(['ghost']);
    expect(await world.runs()).toEqual({});
  });

  it('under an issue', async () => {
    const comment = world.say(world.gitea.state.openIssue('coop/ghost'), 'ada');
    await writeNudge(world.layout, { recipe: 'ghost', commentId: comment.id });
    await world.pass(['ghost']);
    expect(await world.runs()).toEqual({});
  });

  it('under a closed pull request, also when the closing click brought the comment', async () => {
    const pull = world.openPull();
    world.say(pull, 'ada');
    world.gitea.state.setState(pull, 'closed');
    await world.pass();
    expect(await world.runs()).toEqual({});
    expect(await world.pull()).toBeNull();
  });

  it('because of what was said before the recipe was enrolled, also when a webhook tells of it again', async () => {
    world.gitea.state.addRepository('coop', 'wiki');
    const pull = world.gitea.state.openPull('coop/wiki');
    const { id } = world.say(pull, 'ada');
    world.gitea.state.advance(1_000);
    await world.enroll('wiki');
    await writeNudge(world.layout, { recipe: 'wiki', commentId: id });
    await world.pass();
    world.gitea.state.advance(30_000);
    await writeNudge(world.layout, { recipe: 'wiki', commentId: id });
    await world.pass(['wiki']);
    expect(await world.runs()).toEqual({});
    world.say(pull, 'ada');
    await world.pass();
    expect(Object.keys(await world.runs()).length).toBe(1);
  });

  it('because of what was said before the forge was another one', async () => {
    world.say(world.openPull(), 'ada');
    const seen = await world.deps.repositories.get('ghost');
    if (seen === null) throw new Error('The repository was not looked at.');
    const body = { ...seen.status, forge: 'https://old.example' };
    await world.deps.repositories.put('ghost', body, seen.metadata.resourceVersion);
    world.gitea.state.advance(10_000);
    await world.pass(['ghost']);
    expect(await world.runs()).toEqual({});
    const now = await world.deps.repositories.get('ghost');
    expect(now?.status.forge).toBe(world.gitea.url);
  });

  it('because of a nudge for what was never published, for another repository, or for a recipe that is not there', async () => {
    world.gitea.state.addRepository('coop', 'other');
    const elsewhere = world.say(world.gitea.state.openPull('coop/other'), 'ada');
    await writeNudge(world.layout, { recipe: 'ghost', commentId: 4711 });
    await writeNudge(world.layout, { recipe: 'ghost', commentId: elsewhere.id });
    await writeNudge(world.layout, { recipe: 'nothing', commentId: elsewhere.id });
    await world.pass(['ghost', 'nothing']);
    expect(await world.runs()).toEqual({});
    expect(await listNudges(world.layout)).toEqual([]);
  });
});

describe('who may', () => {
  it('is no outsider, who is told so once for a pull request', async () => {
    const pull = world.openPull();
    const first = world.say(pull, 'eve');
    await world.pass();
    world.say(pull, 'eve', '!testme cancel');
    world.say(pull, 'eve', '!testme help');
    await world.pass();
    expect(await world.runs()).toEqual({});
    expect((await world.pull())?.refused).toEqual([
      {
        commentId: first.id,
        user: 'eve',
        reason: 'NotAMember',
        message:
          'Only members of coop may start cc-ci, and eve is not one of them. One of them can say `!testme` here.',
      },
    ]);
  });

  it.each([
    { because: '303: the bot is no member', fault: { do: 'answer', status: 303 } },
    { because: '401', fault: { do: 'answer', status: 401 } },
    { because: '403: a scope is missing', fault: { do: 'answer', status: 403 } },
    { because: '500', fault: { do: 'answer', status: 500 } },
    { because: '502 of a proxy', fault: { do: 'answer', status: 502, body: '<html>' } },
    { because: 'the connection ends', fault: { do: 'close' } },
    { because: 'nothing comes', fault: { do: 'hang' } },
  ] as const)('cannot be told, and nobody is: $because', async ({ fault }) => {
    const pull = world.openPull();
    world.gitea.fault(/members\/ada/, fault);
    const { id } = world.say(pull, 'ada');
    await world.pass();
    world.say(pull, 'ada');
    await world.pass();
    expect(await world.runs()).toEqual({});
    expect((await world.pull())?.refused).toMatchObject([{ commentId: id, reason: 'CannotTell' }]);
  });

  it('is whoever is on the list, whatever the organisation says, in any case of letters', async () => {
    world.config = { allowed: ['Eve'] };
    await world.start();
    world.gitea.fault(/members/, { do: 'answer', status: 500 });
    const comment = world.say(world.openPull(), 'eve');
    await world.pass();
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
  });

  it('is nobody else where there is only a list', async () => {
    world.config = { allowed: ['eve'], organisation: null };
    await world.start();
    world.say(world.openPull(), 'ada');
    await world.pass();
    expect(await world.runs()).toEqual({});
    expect((await world.pull())?.refused).toMatchObject([{ user: 'ada', reason: 'NotAMember' }]);
    expect(world.asked().filter((path) => path.includes('/orgs/'))).toEqual([]);
  });

  it('is asked later where the forge wants patience', async () => {
    const comment = world.say(world.openPull(), 'ada');
    world.gitea.fault(/members\/ada/, { do: 'answer', status: 429, headers: { 'retry-after': '7' } }, 1);
    expect((await world.pass()).errors).toMatchObject({ ghost: { name: 'Waiting', ms: 7_000 } });
    expect(await world.runs()).toEqual({});
    await world.pass(['ghost']);
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
  });
});

describe('the other commands', () => {
  it('help is answered for each who asks and may', async () => {
    const { id } = world.say(world.openPull(), 'ada', '!testme help');
    await world.pass();
    expect((await world.pull())?.refused).toMatchObject([{ commentId: id, reason: 'HelpAsked' }]);
    expect(await world.runs()).toEqual({});
  });

  it('cancel takes back what runs, by the person’s name', async () => {
    const pull = world.openPull();
    const comment = world.say(pull, 'ada');
    await world.pass();
    world.say(pull, 'grace', '!testme cancel');
    await world.pass();
    expect((await world.runs())[nameOf(comment)]?.cancel).toEqual({ by: 'person', who: 'grace' });
    expect((await world.pull())?.refused).toEqual([]);
  });

  it('cancel says where there is nothing to cancel', async () => {
    const pull = world.openPull();
    const comment = world.say(pull, 'ada');
    await world.pass();
    await world.finish(nameOf(comment));
    const { id } = world.say(pull, 'ada', '!testme cancel');
    await world.pass();
    expect((await world.pull())?.refused).toMatchObject([{ commentId: id, reason: 'NothingToCancel' }]);
    expect((await world.runs())[nameOf(comment)]?.cancel).toBe(false);
  });

  it('cancel and test in one pass do what they say in their order', async () => {
    const pull = world.openPull();
    const one = world.say(pull, 'ada');
    world.say(pull, 'ada', '!testme cancel');
    const two = world.say(pull, 'ada');
    await world.pass();
    const runs = await world.runs();
    expect(runs[nameOf(one)]?.cancel).toEqual({ by: 'person', who: 'ada' });
    expect(runs[nameOf(two)]?.cancel).toBe(false);
  });
});

describe('an older run', () => {
  it('makes way for a newer one of the same pull request, and only of that', async () => {
    const [first, second] = [world.openPull(), world.openPull()];
    const older = world.say(first, 'ada');
    const other = world.say(second, 'ada');
    await world.pass();
    const newer = world.say(first, 'grace');
    await world.pass();
    const runs = await world.runs();
    expect(runs[nameOf(older)]?.cancel).toEqual({ by: 'newer-run', who: nameOf(newer) });
    expect(runs[nameOf(newer)]?.cancel).toBe(false);
    expect(runs[nameOf(other)]?.cancel).toBe(false);
  });

  it('is cancelled when its pull request is closed or merged, and once', async () => {
    const [closed, merged] = [world.openPull(), world.openPull()];
    const [one, two] = [world.say(closed, 'ada'), world.say(merged, 'ada')];
    await world.pass();
    world.gitea.state.setState(closed, 'closed');
    world.gitea.state.setState(merged, 'closed', { merged: true });
    await world.pass();
    await world.pass();
    const runs = await world.runs();
    expect(runs[nameOf(one)]?.cancel).toEqual({ by: 'closed-pull-request' });
    expect(runs[nameOf(two)]?.cancel).toEqual({ by: 'closed-pull-request', why: 'it was merged' });
    expect((await world.pull('ghost-pr1'))?.state).toBe('closed');
  });

  it('is cancelled when its pull request was closed before the bridge had written anything of it', async () => {
    const pull = world.openPull();
    const comment = world.say(pull, 'ada');
    world.writesLeft = 0;
    await expect(world.pass()).rejects.toThrow(Killed);
    world.gitea.state.setState(pull, 'closed');
    await world.start();
    await world.pass();
    expect((await world.runs())[nameOf(comment)]?.cancel).toEqual({ by: 'closed-pull-request' });
  });

  it('that is over stays as it is', async () => {
    const pull = world.openPull();
    const comment = world.say(pull, 'ada');
    await world.pass();
    await world.finish(nameOf(comment));
    world.say(pull, 'ada');
    await world.pass();
    world.gitea.state.setState(pull, 'closed');
    await world.pass();
    expect((await world.runs())[nameOf(comment)]?.cancel).toBe(false);
  });
});

describe('a pull request that runs belong to', () => {
  it('is looked at every minute while one is open, because its target branch moves without a word', async () => {
    const pull = world.openPull();
    const comment = world.say(pull, 'ada');
    expect((await world.pass()).requeue).toEqual({ ghost: 60_000 });
    world.gitea.state.moveBase(pull, shaOf(9));
    await world.pass(['ghost']);
    expect((await world.pull())?.base.sha).toBe(shaOf(9));
    await world.finish(nameOf(comment));
    const { requeue } = await world.pass(['ghost']);
    expect(requeue['ghost']).toBeGreaterThan(30 * 60_000);
  });

  it('is forgotten a month after it was closed, and seen anew where it is opened again', async () => {
    const DAY_MS = 24 * 3_600_000;
    const [kept, gone] = [world.openPull(), world.openPull()];
    for (const pull of [kept, gone]) await world.finish(nameOf(world.say(pull, 'ada')));
    await world.pass();
    world.gitea.state.setState(gone, 'closed');
    await world.pass();
    expect((await world.pull('ghost-pr2'))?.state).toBe('closed');
    world.gitea.state.advance(29 * DAY_MS);
    await world.pass(['ghost']);
    expect(await world.pull('ghost-pr2')).not.toBeNull();
    world.gitea.state.advance(2 * DAY_MS);
    await world.pass(['ghost']);
    expect(await world.pull('ghost-pr2')).toBeNull();
    expect((await world.pull('ghost-pr1'))?.state).toBe('open');
    world.gitea.state.setState(gone, 'open');
    world.say(gone, 'ada');
    await world.pass();
    expect((await world.pull('ghost-pr2'))?.state).toBe('open');
  });

  it('costs no write where nothing is new', async () => {
    world.say(world.openPull(), 'ada');
    await world.pass();
    const before = await world.pull();
    world.gitea.state.advance(3_000);
    await world.pass(['ghost']);
    expect(await world.pull()).toEqual(before);
  });
});

describe('the controller', () => {
  it('finds by itself what was said, is woken by a nudge, and ends when it is told', async () => {
    const controller = bridgeController({ ...world.deps, config: { ...world.deps.config, pollMs: 60_000 } });
    const looked: string[] = [];
    const { promise: again, resolve: found } = Promise.withResolvers<void>();
    const controllers = makeControllers({ log: world.deps.log });
    controllers.addController({
      ...controller,
      reconcile: async (name) => {
        const done = await controller.reconcile(name);
        looked.push(name);
        if (looked.length === 2) found();
        return done;
      },
    });
    const stop = new AbortController();
    const first = world.say(world.openPull(), 'ada');
    const { id } = first;
    await writeNudge(world.layout, { recipe: 'ghost', commentId: id });
    const ended = await controllers.start(stop.signal);
    const second = world.say(world.openPull(), 'ada');
    controller.queue.add(keyOf('repository', 'ghost'));
    await again;
    stop.abort();
    await ended();
    expect(Object.keys(await world.runs())).toEqual(expect.arrayContaining([nameOf(first), nameOf(second)]));
  });
});
