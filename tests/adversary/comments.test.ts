/** What people try under a pull request: with what only looks like a command, without the right to ask, twice at once, and with more comments than anybody reads. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BridgeWorld } from '../stand-ins/bridge-world.ts';
import { type Comment, type Issue, shaOf } from '../stand-ins/gitea-state.ts';
import { RELATIVES } from '../stand-ins/relatives.ts';

let world: BridgeWorld;
let pull: Issue;

beforeEach(async () => {
  world = await BridgeWorld.make();
  pull = world.openPull({ sha: shaOf(1) });
});
afterEach(() => world.remove());

const runOf = ({ id }: Comment): string => `ghost-pr${pull.number}-c${id}`;

it.each(RELATIVES)('a member’s %j starts nothing, and is answered by nothing', async (body) => {
  world.say(pull, 'ada', body);
  await world.pass();
  expect(await world.runs()).toEqual({});
  expect((await world.pull())?.refused ?? []).toEqual([]);
});

it('a comment that becomes a command later starts nothing', async () => {
  const { id } = world.say(pull, 'ada', 'Looks good.');
  await world.pass();
  world.gitea.state.advance(1_000);
  world.gitea.state.editComment(id, '!testme');
  await world.pass(['ghost']);
  expect(await world.runs()).toEqual({});
});

it('who is no member is refused, is answered once however often they ask, and cancels nothing', async () => {
  const own = world.say(pull, 'ada');
  await world.pass();
  for (let each = 0; each < 20; each++) world.say(pull, 'eve', each % 2 === 0 ? '!testme' : '!testme cancel');
  await world.pass();
  expect(Object.keys(await world.runs())).toEqual([runOf(own)]);
  expect((await world.runs())[runOf(own)]?.cancel).toBe(false);
  expect((await world.pull())?.refused).toMatchObject([{ user: 'eve', reason: 'NotAMember' }]);
});

it('two who ask at the same time are two runs, of which the later one goes on', async () => {
  world.gitea.state.advance(1_000);
  const [first, second] = ['ada', 'grace'].map((who) => world.gitea.state.addComment(pull, who, '!testme'));
  if (first === undefined || second === undefined) throw new TypeError('There are two.');
  await world.pass();
  const runs = await world.runs();
  expect(Object.keys(runs)).toEqual([runOf(first), runOf(second)].sort());
  expect(runs[runOf(first)]?.cancel).toEqual({ by: 'newer-run', who: runOf(second) });
  expect(runs[runOf(second)]?.cancel).toBe(false);
});

it.each([{ ignoresPage: false }, { ignoresPage: true }])(
  '300 comments of strangers keep nobody from being heard (page ignored: $ignoresPage)',
  async ({ ignoresPage }) => {
    world.gitea.ignoresPage = ignoresPage;
    world.gitea.state.advance(1_000);
    const strangers = (from: number): void => {
      for (let each = from; each < from + 150; each++) {
        const { login } = world.gitea.state.addUser(`stranger-${each}`);
        world.gitea.state.addComment(pull, login, '!testme');
      }
    };
    strangers(0);
    const comment = world.gitea.state.addComment(pull, 'ada', '!testme');
    strangers(150);
    await world.pass();
    expect(Object.keys(await world.runs())).toEqual([runOf(comment)]);
    // They fill neither a conversation nor a disk.
    expect((await world.pull())?.refused.length).toBe(100);
  },
  120_000,
);
