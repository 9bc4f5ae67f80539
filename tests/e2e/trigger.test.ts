/** From a comment in a real Gitea to its verdict there: by polling and by webhook, through crashes and outages, on a real swarm. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { ourStackOf } from '../../controller/domain/run/names.ts';
import { readIfThere } from '../../controller/store/atomic.ts';
import { readSidecar, sidecarFile } from '../../controller/store/sidecar.ts';
import { makeSwarm } from '../../controller/swarm/docker.ts';
import * as pulls from '../gitea/pull-requests.ts';
import { ADA, BOT, EVE, ORG } from '../gitea/world.ts';
import { RELATIVES } from '../stand-ins/relatives.ts';
import { exits } from './defects/exits.ts';
import { neverHealthy } from './defects/never-healthy.ts';
import { yamlInvalid } from './defects/yaml-invalid.ts';
import { BROKEN, type Told, TriggerWorld } from './trigger-world.ts';

/** bin/test says so where no Gitea can be built. */
const isWithout = process.env['E2E_WITHOUT_GITEA'] === '1';

const NOWHERE = { registry: '', hostFile: '' };

let world: TriggerWorld;
/** What the apps under test were given, as far as it was seen. */
const appSecrets = new Set<string>();

beforeAll(async () => {
  if (!isWithout) world = await TriggerWorld.make();
});
afterAll(async () => {
  if (!isWithout) await world.destroy();
});

async function finished({ run }: Told): Promise<TestRunStatusBody> {
  return world.ci.finished(run, 400_000);
}

/** The commit that the run was made for. */
async function asked({ run }: Told): Promise<string> {
  return (await world.ci.status(run))?.accepted?.run.source.ref ?? '';
}

async function noteSecrets({ uid }: TestRunStatusBody): Promise<void> {
  const found = await world.ci.until(`secrets of ${uid}`, async () => {
    const values = Object.values(await readSidecar(sidecarFile(world.ci.layout, uid)));
    return values.length > 0 ? values : null;
  });
  for (const value of found) appSecrets.add(value);
}

/** Stacks of ours that stand. */
async function standing(): Promise<string[]> {
  const { layout, config } = world.ci;
  const key = (await readIfThere(layout.keyFile))?.trim() ?? '';
  const things = await makeSwarm({ dockerHost: world.ci.sandbox.dockerHost }).things();
  return [...new Set(things.flatMap((thing) => ourStackOf(thing, config.zone, key) ?? []))];
}

let red: Told;
let moved: Told;

describe.skipIf(isWithout)('by polling, one run at a time', () => {
  let green: Told;
  let outsiders: pulls.Opened;
  let oldHead: string;
  let newHead: string;
  let said: number;

  beforeAll(async () => {
    const pull = await world.open('tiny-web', 'green');
    const broken = await world.open('tiny-web', 'red', (dir) => yamlInvalid.edit(dir, NOWHERE));
    const moving = await world.open(BROKEN, 'moved');
    outsiders = await pulls.openFromFork(world.gitea, {
      repository: `${ORG}/tiny-web`,
      branch: 'from-outside',
    });
    world.start({ poll: '2s', maxTests: 1 });
    await world.isRead('tiny-web', BROKEN);
    await world.say(outsiders, EVE);
    for (const body of RELATIVES) await world.say(pull, ADA, body);
    green = await world.say(pull, ADA);
    await noteSecrets(await world.inStep(green, 'install'));
    said = (await world.reads(pull, /cc-ci: /)).id;
    red = await world.say(broken, ADA);
    await world.reads(broken, /number 1 in line/);
    moved = await world.say(moving, ADA);
    await world.reads(moving, /number 2 in line/);
    oldHead = await world.head(moving);
    newHead = await pulls.pushTo(world.gitea, moving);
    await world.say(outsiders, EVE);
  });

  it('tests a member’s pull request at its head, and says so in the one comment that it began with', async () => {
    const { opened, run } = green;
    const head = await world.head(opened);
    expect(await finished(green)).toMatchObject({ verdict: 'Passed', commit: head });
    const results = await world.ci.results(run);
    expect(results).toMatchObject({ verdict: 'Passed', commit: head, leftovers: [] });
    expect(results.steps.filter(({ state }) => state === 'passed').map(({ name }) => name)).toContain(
      'install',
    );
    const verdict = await world.reads(opened, /cc-ci: passed/);
    expect(verdict.id).toBe(said);
    expect(await world.bots(opened)).toHaveLength(1);
    expect(await world.judged(opened, head, 'success')).toMatchObject({
      target_url: `${world.url}/runs/${run}`,
      creator: { login: BOT },
    });
    const page = await fetch(`${world.url}/runs/${run}`);
    expect({ status: page.status, text: await page.text() }).toMatchObject({
      status: 200,
      text: expect.stringContaining(head),
    });
  });

  it('starts nothing for what only looks like a command', async () => {
    expect(await world.runs(green.opened)).toEqual([green.run]);
    expect((await world.pull(green.opened))?.refused).toEqual([]);
  });

  it('refuses an outsider, and answers once', async () => {
    expect(await world.runs(outsiders)).toEqual([]);
    const [reply, ...more] = await world.bots(outsiders);
    expect(reply?.body).toMatch(/Only members of recipe-maintainers may start cc-ci/);
    expect(more).toEqual([]);
    expect(await world.statusOn(outsiders, await world.head(outsiders))).toBeNull();
  });

  it('tells a red pull request where it fails, while another one is green', async () => {
    const { opened } = red;
    expect(await finished(red)).toMatchObject({ verdict: 'Failed', cause: { reason: 'ComposeInvalid' } });
    expect(await asked(red)).toBe(await world.head(opened));
    await world.reads(opened, /cc-ci: failed in prepare/);
    expect(await world.bots(opened)).toHaveLength(1);
    await world.judged(opened, await world.head(opened), 'failure');
  });

  it('tests the commit that was the head when it was asked for, and says that there is a newer one', async () => {
    const { opened } = moved;
    await finished(moved);
    const commit = await asked(moved);
    const note = `Tested \`${commit.slice(0, 7)}\`; the pull request is now at \`${newHead.slice(0, 7)}\``;
    expect((await world.reads(opened, /cc-ci: failed in prepare/)).body).toContain(note);
    expect([commit, newHead]).toEqual([oldHead, await world.head(opened)]);
    await world.judged(opened, commit, 'failure');
    expect(await world.statusOn(opened, newHead)).toBeNull();
  });
});

describe.skipIf(isWithout)('by webhook', () => {
  it('starts within no poll, also for a fork, and is tested at the fork’s head', async () => {
    await world.end('SIGTERM');
    await world.addWebhook();
    const searches = async (): Promise<number> =>
      (await world.askedByBot()).filter((path) => path.includes('/issues/search')).length;
    const before = await searches();
    world.start({ poll: '60s', maxTests: 4, byPassword: true });
    const polled = await world.ci.until('the first poll', async () => {
      const now = await searches();
      return now > before ? now : null;
    });
    const repository = `${ORG}/tiny-web`;
    const opened = await pulls.openFromFork(world.gitea, { repository, branch: 'by-webhook' });
    const told = await world.say(opened, ADA);
    await world.ci.until(`${told.run} is accepted`, () => world.ci.status(told.run));
    expect(await searches()).toBe(polled);
    await noteSecrets(await world.inStep(told, 'install'));
    const head = await world.head(opened);
    expect(await finished(told)).toMatchObject({ verdict: 'Passed', commit: head });
    await world.reads(opened, /cc-ci: passed/);
    expect(await world.bots(opened)).toHaveLength(1);
    await world.judged(opened, head, 'success');
  });

  it('a red run is said to be whose fault it is, once the target branch was tested as well', async () => {
    const already = await world.reads(moved.opened, /Already failing on/);
    expect(already.body).toMatch(/\*\*Already failing on `main` since `[0-9a-f]{7}`/);
    const regression = await world.reads(red.opened, /Regression/);
    expect(regression.body).toMatch(/\*\*Regression: `main` at `[0-9a-f]{7}` passes where this fails/);
    for (const { opened } of [red, moved]) expect(await world.bots(opened)).toHaveLength(1);
  });
});

describe.skipIf(isWithout)('whatever happens', () => {
  const one = async ({ opened, run }: Told): Promise<void> => {
    expect(await world.runs(opened)).toEqual([run]);
    expect(await world.bots(opened)).toHaveLength(1);
  };

  beforeAll(async () => {
    await world.end('SIGTERM');
    world.start({ poll: '1s', maxTests: 4 });
  });

  it('one comment is one run although it is polled, and told of by Gitea and twice more', async () => {
    const told = await world.say(await world.open(BROKEN, 'twice'), ADA);
    const answers = await Promise.all([world.deliver(told), world.deliver(told)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(await finished(told)).toMatchObject({ verdict: 'Failed' });
    await world.reads(told.opened, /Already failing on `main`/);
    expect((await world.deliver(told)).status).toBe(202);
    await one(told);
  });

  it('one comment is one run where the controller is killed between the comment and the run', async () => {
    const opened = await world.open(BROKEN, 'killed');
    const told = await world.say(opened, ADA);
    await world.deliver(told);
    await world.end('SIGKILL');
    world.start({ poll: '1s', maxTests: 4 });
    expect(await finished(told)).toMatchObject({ verdict: 'Failed' });
    await world.reads(opened, /Already failing on `main`/);
    await one(told);
  });

  it('a run is taken back by a comment, and by closing its pull request, and nothing of it stays', async () => {
    const hang = (dir: string): Promise<void> => neverHealthy.edit(dir, NOWHERE);
    const cancelled = await world.say(await world.open('tiny-web', 'cancelled', hang), ADA);
    const closed = await world.say(await world.open('tiny-web', 'closed', hang), ADA);
    for (const told of [cancelled, closed]) {
      const { app } = await world.inStep(told, 'install');
      await world.ci.until(`${app?.stack} stands`, async () =>
        (await standing()).includes(app?.stack ?? '') ? true : null,
      );
    }
    await world.say(cancelled.opened, ADA, '!testme cancel');
    await pulls.closePullRequest(world.gitea, closed.opened);
    for (const told of [cancelled, closed]) {
      expect(await finished(told)).toMatchObject({ verdict: 'Cancelled' });
      expect((await world.ci.results(told.run)).leftovers).toEqual([]);
      const head = await world.head(told.opened);
      await world.reads(told.opened, /cc-ci: cancelled/);
      await world.judged(told.opened, head, 'error');
      await one(told);
    }
    expect((await world.reads(cancelled.opened, /cc-ci: cancelled/)).body).toContain(ADA);
    expect((await world.reads(closed.opened, /cc-ci: cancelled/)).body).toContain('closed');
  });

  it('an outage for the length of a run, and a kill between its verdict and its report, lose and double nothing', async () => {
    const crash = (dir: string): Promise<void> => exits.edit(dir, NOWHERE);
    const early = await world.say(await world.open('tiny-web', 'crash', crash), ADA);
    await noteSecrets(await world.inStep(early, 'install'));
    const { server } = world.gitea;
    await server.down();
    expect(await finished(early)).toMatchObject({ verdict: 'Failed' });
    await world.end('SIGKILL');
    await server.up();
    const late = await world.say(await world.open(BROKEN, 'late'), ADA);
    await server.down();
    const outages = async (): Promise<number> => (await world.log()).split('cannot be polled').length;
    const before = await outages();
    world.start({ poll: '1s', maxTests: 4 });
    await world.ci.until('the new controller meets the outage', async () =>
      (await outages()) > before ? true : null,
    );
    await server.up();
    await world.reads(early.opened, /Regression: `main`/);
    await world.reads(late.opened, /Already failing on `main`/);
    for (const told of [early, late]) {
      await one(told);
      await world.judged(told.opened, await world.head(told.opened), 'failure');
    }
  });
});

describe.skipIf(isWithout)('after all of it', () => {
  it('each target branch was tested once', async () => {
    const references = (await world.runs()).filter((name) => name.includes('-ref-'));
    expect(references.map((name) => name.replace(/-ref-.*/, ''))).toEqual([BROKEN, 'tiny-web']);
  });

  it('nothing stands', async () => {
    for (const name of await world.runs()) await world.ci.finished(name);
    expect(await standing()).toEqual([]);
  });

  it('no administrator’s endpoint was asked', async () => {
    const asked = await world.askedByBot();
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.filter((path) => /admin|collaborators|hooks|permission|\/teams/.test(path))).toEqual([]);
  });

  it('no secret stands in a log, a file of the state directory, a comment or a page', async () => {
    const secrets = [world.gitea.botToken, world.gitea.passwordOf(BOT), world.hookSecret, ...appSecrets];
    expect(appSecrets.size).toBeGreaterThanOrEqual(3);
    const places: [string, string][] = [['controller.log', await world.log()]];
    const { root } = world.ci.layout;
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile()) places.push([file, (await readIfThere(file)) ?? '']);
    }
    for (const name of await world.runs())
      places.push([`/runs/${name}`, await (await fetch(`${world.url}/runs/${name}`)).text()]);
    for (const recipe of ['tiny-web', BROKEN]) {
      const path = `/repos/${ORG}/${recipe}/issues/comments?limit=50`;
      places.push([path, JSON.stringify(await world.gitea.as(ADA).must('GET', path))]);
    }
    expect(places.length).toBeGreaterThan(100);
    const found = places.filter(([, text]) => secrets.some((secret) => text.includes(secret)));
    expect(found.map(([place]) => place)).toEqual([]);
  });
});
