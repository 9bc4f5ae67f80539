import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BridgeWorld, Killed } from '../../../tests/stand-ins/bridge-world.ts';
import { type Comment, shaOf } from '../../../tests/stand-ins/gitea-state.ts';
import { writeNudge } from '../../store/nudges.ts';

let world: BridgeWorld;

afterEach(() => world.remove());

const nameOf = ({ issue, id }: Comment): string => `ghost-pr${issue.number}-c${id}`;

/** Everything that the bridge has written, but for what counts the writes. */
async function endState(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(world.layout.root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'installation.key') continue;
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8');
    const path = join(entry.parentPath, entry.name).slice(world.layout.root.length + 1);
    files[path] = text.replace(/"resourceVersion": \d+/, '').replaceAll(world.gitea.url, '');
  }
  return files;
}

/** Comments of every kind, two of them in one second, a pull request that is closed, and one that makes way. */
async function story(): Promise<void> {
  const { state } = world.gitea;
  const [one, two] = [world.openPull({ sha: shaOf(1) }), world.openPull({ sha: shaOf(2), from: 'eve' })];
  world.say(one, 'ada');
  world.say(two, 'grace');
  await passUntilDone();
  world.say(one, 'eve');
  world.say(one, 'ada');
  state.addComment(one, 'grace', '!testme');
  world.say(two, 'ada', '!testme cancel');
  world.say(two, 'ada', '!testme help');
  const { id } = world.say(two, 'ada');
  await writeNudge(world.layout, { recipe: 'ghost', commentId: id });
  await passUntilDone();
  state.setState(two, 'closed');
  await passUntilDone();
  await passUntilDone();
}

let killAfter = Infinity;
let kills = 0;

/** The process that is killed is followed by one that is not. */
async function passUntilDone(): Promise<void> {
  world.writesLeft = killAfter;
  try {
    await world.pass(['ghost']);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    kills += 1;
    await world.start();
    await world.pass(['ghost']);
  }
}

it('ends the same, whichever write the process is killed after', { timeout: 300_000 }, async () => {
  world = await BridgeWorld.make();
  killAfter = Infinity;
  await story();
  const want = await endState();
  await world.remove();
  expect(Object.keys(want).filter((path) => path.startsWith('testruns/')).length).toBe(5);
  kills = 0;
  let before = -1;
  for (killAfter = 0; kills > before; killAfter++) {
    before = kills;
    world = await BridgeWorld.make();
    await story();
    expect(await endState(), `killed after ${killAfter} more writes`).toEqual(want);
    await world.remove();
  }
  expect(killAfter).toBeGreaterThan(5);
  killAfter = Infinity;
  world = await BridgeWorld.make();
});

describe('a forge that is down', () => {
  it.each([
    { because: 'it ends connections', how: 'close' },
    { because: 'it answers 503', how: 503 },
  ] as const)('is caught up with, nothing doubled and nothing lost: $because', async ({ how }) => {
    world = await BridgeWorld.make();
    const pull = world.openPull();
    const first = world.say(pull, 'ada');
    await world.pass();
    const end = world.gitea.outage(how);
    for (let each = 0; each < 5; each++) {
      world.gitea.state.advance(3_600_000);
      expect((await world.pass()).errors).toEqual({});
    }
    expect(await world.conditions()).toEqual([
      'MembersKnown: True BotIsMember',
      'Polled: False ForgeUnavailable',
    ]);
    const said = world.logged.filter((line) => line.startsWith('warn'));
    expect(said.length, 'it is said once').toBe(1);
    // It is down for us alone: people go on.
    const missed = [world.say(pull, 'grace'), world.say(world.openPull(), 'ada')];
    world.gitea.state.advance(7_200_000);
    const closed = world.openPull();
    world.say(closed, 'ada');
    world.gitea.state.setState(closed, 'closed');
    await world.start();
    await world.pass();
    end();
    await world.pass();
    await world.pass();
    expect(Object.keys(await world.runs()).sort()).toEqual([first, ...missed].map(nameOf).sort());
    expect(await world.conditions()).toEqual(['MembersKnown: True BotIsMember', 'Polled: True CommentsRead']);
  });

  it('when the controller starts is found when it is up, and what was said meanwhile with it', async () => {
    world = await BridgeWorld.make();
    const end = world.gitea.outage();
    await world.start();
    await world.pass();
    const comment = world.say(world.openPull(), 'ada');
    world.gitea.state.advance(3_600_000);
    end();
    await world.pass();
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
  });

  it('and up again is said so of each repository, also where nothing happened meanwhile', async () => {
    world = await BridgeWorld.make();
    const end = world.gitea.outage();
    await world.pass();
    expect(await world.conditions()).toContain('Polled: False ForgeUnavailable');
    end();
    await world.pass();
    expect(await world.conditions()).toContain('Polled: True CommentsRead');
  });

  it('forgets no pull request that it was told of when the look at it failed', async () => {
    world = await BridgeWorld.make();
    const pull = world.openPull({ sha: shaOf(1) });
    const comment = world.say(pull, 'ada');
    await world.pass();
    await world.finish(nameOf(comment));
    world.gitea.state.push(pull, shaOf(2));
    world.gitea.fault(/pulls\/1/, { do: 'answer', status: 500 }, 1);
    expect(Object.keys((await world.pass()).errors)).toEqual(['ghost']);
    expect(await world.conditions()).toContain('Polled: False ForgeUnavailable');
    world.gitea.state.advance(600_000);
    await world.bridge.reconcile('ghost');
    expect((await world.pull())?.head.sha).toBe(shaOf(2));
  });

  it('in the middle of a pass loses nothing: request by request', async () => {
    world = await BridgeWorld.make();
    const pull = world.openPull();
    for (const matching of [/issues\/search/, /issues\/comments\?/, /pulls\/1/, /user$/]) {
      const comment = world.say(pull, 'ada');
      await world.start();
      world.gitea.fault(matching, { do: 'close' }, 1);
      await world.pass();
      await world.pass(['ghost']);
      expect(Object.keys(await world.runs())).toContain(nameOf(comment));
    }
    expect(Object.keys(await world.runs()).length).toBe(4);
  });

  it('costs no request for each repository while it is down', async () => {
    world = await BridgeWorld.make();
    for (let each = 0; each < 20; each++) await world.enroll(`recipe-${each}`);
    world.gitea.outage(502);
    world.gitea.forget();
    for (let each = 0; each < 3; each++) await world.pass();
    expect(world.asked().length).toBe(3);
  });
});

describe.each([{ ignoresPage: false }, { ignoresPage: true }])(
  '300 comments at once (page ignored: $ignoresPage)',
  ({ ignoresPage }) => {
    it('are read once each, and those that ask are answered', async () => {
      world = await BridgeWorld.make();
      world.gitea.ignoresPage = ignoresPage;
      const pull = world.openPull();
      const asked: Comment[] = [];
      for (let each = 0; each < 300; each++) {
        const comment = world.gitea.state.addComment(pull, 'ada', each % 100 === 0 ? '!testme' : 'Hm.');
        if (each % 100 === 0) asked.push(comment);
      }
      await world.pass();
      expect(Object.keys(await world.runs())).toEqual(asked.map(nameOf).sort());
      const before = await world.runs();
      await world.pass(['ghost']);
      expect(await world.runs()).toEqual(before);
      world.gitea.state.advance(600_000);
      await world.pass(['ghost']);
      expect((await world.repository())?.cursor?.handled).toEqual([]);
    });
  },
);

describe('200 enrolled recipes', () => {
  it('cost at most 3 requests a poll where nothing happened, and few where one changed', async () => {
    world = await BridgeWorld.make((world) => {
      for (let each = 0; each < 199; each++) world.gitea.state.addRepository('coop', `recipe-${each}`);
    });
    for (let each = 0; each < 199; each++) await world.enroll(`recipe-${each}`);
    expect((await world.pass()).keys.length).toBe(199);
    const counts: number[] = [];
    for (let each = 0; each < 40; each++) {
      world.gitea.state.advance(20_000);
      world.gitea.forget();
      expect((await world.pass()).keys).toEqual([]);
      counts.push(world.asked().length);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(3);
    world.gitea.forget();
    const comment = world.say(world.openPull(), 'ada');
    expect((await world.pass()).keys).toEqual(['ghost']);
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
    expect(world.asked().length).toBeLessThanOrEqual(8);
  });
});

describe('bad configuration is a condition, and stops no other', () => {
  it('no such organisation', async () => {
    world = await BridgeWorld.make();
    world.config = { organisation: 'nobody' };
    await world.start();
    world.say(world.openPull(), 'ada');
    await world.pass();
    await world.pass(['ghost']);
    expect(await world.runs()).toEqual({});
    expect((await world.pull())?.refused).toMatchObject([{ reason: 'CannotTell' }]);
    expect(await world.conditions()).toEqual([
      'MembersKnown: False BotIsNoMember',
      'Polled: True CommentsRead',
    ]);
  });

  it('a bot that is no member, until it is one', async () => {
    world = await BridgeWorld.make();
    world.gitea.state.organisations.get('coop')?.delete('bot');
    await world.start();
    await world.pass();
    expect(await world.conditions()).toContain('MembersKnown: False BotIsNoMember');
    world.gitea.state.organisations.get('coop')?.add('bot');
    world.gitea.state.advance(60_000);
    const comment = world.say(world.openPull(), 'ada');
    await world.pass();
    expect(await world.conditions()).toContain('MembersKnown: True BotIsMember');
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
  });

  it.each([
    { scope: 'read:organization', want: ['MembersKnown: False MembersUnknown', 'Polled: True CommentsRead'] },
    { scope: 'read:user', want: ['MembersKnown: False ForgeForbidden', 'Polled: True CommentsRead'] },
    { scope: 'write:issue', want: ['MembersKnown: True BotIsMember', 'Polled: False ForgeForbidden'] },
  ])('a token without $scope', async ({ scope, want }) => {
    world = await BridgeWorld.make();
    world.scopes = world.scopes.filter((each) => each !== scope);
    await world.start();
    world.logged.length = 0;
    await world.pass();
    await world.pass(['ghost']);
    const conditions = await world.conditions();
    for (const each of want) expect(conditions).toContain(each);
    const { conditions: full = [] } = (await world.repository()) ?? {};
    expect(full.find(({ status }) => status === 'False')?.message).toContain(scope.replace('write:', ''));
  });

  it('a token that is refused, until another is given', async () => {
    world = await BridgeWorld.make();
    const tokens = world.gitea.state.tokens;
    world.gitea.state.tokens = [];
    const comment = world.say(world.openPull(), 'ada');
    for (let each = 0; each < 3; each++) await world.pass();
    expect(await world.conditions()).toContain('Polled: False ForgeUnauthorized');
    world.gitea.state.tokens = tokens;
    await world.pass();
    expect(await world.conditions()).toContain('Polled: True CommentsRead');
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
  });

  it('repositories that are gone, elsewhere, of nobody, or not readable', async () => {
    world = await BridgeWorld.make();
    await world.enroll('gone', `${world.gitea.url}/coop/is-gone.git`);
    await world.enroll('elsewhere', 'https://user:canary@git.example.org/coop/elsewhere.git');
    await world.enroll('nobody', `${world.gitea.url}/nobody/wiki`);
    await world.enroll('invalid', 'ext::sh -c id');
    await world.enroll('secret');
    world.gitea.fault(/coop\/secret/, { do: 'answer', status: 403 });
    const comment = world.say(world.openPull(), 'ada');
    await world.pass();
    for (const [recipe, want] of [
      ['gone', 'Polled: False ForgeRejected'],
      ['elsewhere', 'Polled: False NotOnForge'],
      ['nobody', 'Polled: False ForgeRejected'],
      ['invalid', 'Polled: False RecipeInvalid'],
      ['secret', 'Polled: False ForgeForbidden'],
      ['ghost', 'Polled: True CommentsRead'],
    ] as const)
      expect(await world.conditions(recipe), recipe).toContain(want);
    expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
    expect(JSON.stringify(await world.repository('elsewhere'))).not.toContain('canary');
  });
});

describe('enrolment', () => {
  it('counts from the next poll, without a restart, and ends as quickly', async () => {
    world = await BridgeWorld.make();
    await world.enroll('wiki');
    expect((await world.pass()).keys).toEqual(['wiki']);
    const pull = world.gitea.state.openPull('coop/wiki');
    const comment = world.say(pull, 'ada');
    await world.pass();
    const name = `wiki-pr1-c${comment.id}`;
    expect(Object.keys(await world.runs())).toEqual([name]);
    await world.dismiss('wiki');
    expect((await world.pass()).requeue).toEqual({ wiki: 60_000 });
    expect(await world.repository('wiki')).toBeNull();
    expect(await world.pull('wiki-pr1'), 'its run is still reported').not.toBeNull();
    await world.finish(name);
    expect((await world.pass(['wiki'])).requeue).toEqual({ wiki: null });
    expect(await world.pull('wiki-pr1')).toBeNull();
    world.say(pull, 'ada');
    await world.pass();
    expect(Object.keys(await world.runs())).toEqual([name]);
  });

  it('of another repository under the same name begins anew', async () => {
    world = await BridgeWorld.make();
    world.gitea.state.addRepository('coop', 'other');
    const pull = world.gitea.state.openPull('coop/other');
    world.say(pull, 'ada');
    world.gitea.state.advance(1_000);
    await world.enroll('ghost', `${world.gitea.url}/coop/other`);
    await world.pass();
    expect(await world.runs()).toEqual({});
    world.say(pull, 'ada');
    await world.pass();
    expect(Object.keys(await world.runs()).length).toBe(1);
  });

  it('survives the loss of its status: what was said before asks for nothing', async () => {
    world = await BridgeWorld.make();
    world.say(world.openPull(), 'ada');
    await world.pass();
    await rm(world.layout.repositories, { recursive: true });
    await rm(world.layout.testruns, { recursive: true });
    world.gitea.state.advance(1_000);
    await world.start();
    await world.pass();
    expect(await world.runs()).toEqual({});
  });
});

it('does not wait for a forge’s clock that was put back to come round again', async () => {
  world = await BridgeWorld.make();
  world.gitea.state.advance(365 * 86_400_000);
  await world.pass(['ghost']);
  world.gitea.state.advance(-365 * 86_400_000);
  await world.pass(['ghost']);
  const comment = world.say(world.openPull(), 'ada');
  await world.pass(['ghost']);
  expect(Object.keys(await world.runs())).toEqual([nameOf(comment)]);
});
