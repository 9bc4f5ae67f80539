import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { finishedBody, statusBody } from '../ctl/testing.ts';
import { Follower, grow, numbered, textsOf } from './stream-testing.ts';
import { World } from './testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.end());

const LOGS = '/api/v1/runs/ghost-1/logs?follow';
const EVENTS = '/api/v1/runs/ghost-1/events';
const running = (over = {}): Promise<void> =>
  world.run('ghost-1', statusBody({ phase: 'Running', stage: 'install', ...over }));
let version = 1;
const becomes = async (body: ReturnType<typeof statusBody>): Promise<void> =>
  void (version = (await world.store.putStatus('ghost-1', body, version)) ?? version + 1);

beforeEach(() => void (version = 1));

const finish = (): Promise<void> => becomes(finishedBody('Passed', { uid: 'u-1' }));

describe('a log that is followed', () => {
  it('begins at its first line, also for who comes late, grows from step to step, and ends with the run', async () => {
    await world.start();
    await running();
    await grow(world, '1-prepare', numbered(1, 5_000));
    const follower = await Follower.open(world, LOGS);
    expect(follower.answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await follower.lines(5_000)).toEqual(numbered(1, 5_000));
    await grow(world, '1-prepare', ['behind']);
    expect(await follower.lines(1)).toEqual(['behind']);
    await grow(world, '1-prepare', ['the last of its step']);
    await grow(world, '1-install', ['first', 'second']);
    expect(await follower.lines(3)).toEqual(['the last of its step', 'first', 'second']);
    await grow(world, '1-teardown', ['gone']);
    await finish();
    const rest = await follower.until('end');
    expect(rest.flatMap(textsOf)).toEqual(['gone']);
    expect(rest.at(-1)?.event).toBe('end');
    expect(await follower.next()).toBeNull();
  });

  it('has numbers that go on within a step and begin anew with the next', async () => {
    await world.start();
    await grow(world, '1-prepare', numbered(1, 3));
    await grow(world, '1-teardown', ['x']);
    await grow(world, '1-teardown-2', ['y']);
    await world.run('ghost-1', finishedBody('Passed'));
    const told = await (await Follower.open(world, LOGS)).until('end');
    const lines = told.filter(({ event }) => event === 'lines');
    expect(lines.map(({ data }) => [data['anchor'], data['first']])).toEqual([
      ['prepare', 1],
      ['teardown', 1],
      ['teardown-2', 1],
    ]);
    expect(lines.map(({ id }) => id.split(':')[2])).toEqual(['4', '2', '2']);
  });

  it('loses and doubles nothing over reconnects, however they fall', async () => {
    await world.start();
    await running();
    const wanted = numbered(1, 3_000);
    const seen: string[] = [];
    let lastId = '';
    for (let round = 0; round < 6; round += 1) {
      await grow(world, round < 3 ? '1-prepare' : '1-install', wanted.slice(round * 500, (round + 1) * 500));
      const follower = await Follower.open(world, LOGS, lastId === '' ? {} : { 'last-event-id': lastId });
      seen.push(...(await follower.lines(500)));
      lastId = follower.lastId;
      follower.leave();
    }
    expect(seen).toEqual(wanted);
  });

  it('goes on where the page that a reader has ends', async () => {
    await world.start();
    await running();
    const before = await grow(world, '1-prepare', numbered(1, 10));
    await grow(world, '1-prepare', numbered(11, 12));
    const path = `${LOGS}&after=1-prepare:${Buffer.byteLength(before)}:11`;
    const told = await (await Follower.open(world, path)).until('lines');
    expect(told.at(-1)).toMatchObject({ data: { first: 11 } });
    expect(told.flatMap(textsOf)).toEqual(numbered(11, 12));
    expect(told.map(({ event }) => event)).not.toContain('reset');
  });

  it.each([
    '1-prepare:5:1',
    '1-prepare:99999999:4',
    '2-install:0:1',
    '../../x:0:1',
    'nonsense',
    '1-prepare:-1:1',
  ])('begins anew where somebody says that it stands at %s', async (id) => {
    await world.start();
    await running();
    await grow(world, '1-prepare', ['one', 'two']);
    const told = await (await Follower.open(world, LOGS, { 'last-event-id': id })).until('lines');
    expect(told.map(({ event }) => event)).toEqual(['state', 'reset', 'lines']);
    expect(told.flatMap(textsOf)).toEqual(['one', 'two']);
  });

  it('waits for the end of a line, and is not ended by what is torn or very long', async () => {
    await world.start();
    await running();
    await grow(world, '1-prepare', ['x'.repeat(5_000_000), 'after']);
    const file = `${world.layout.stagesDir('u-1')}/1-prepare/log.ndjson`;
    const follower = await Follower.open(world, LOGS);
    const [long, after] = await follower.lines(2);
    expect(long?.length).toBeLessThan(11_000);
    expect(long).toContain('4990000 more characters');
    expect(after).toBe('after');
    const { appendFile } = await import('node:fs/promises');
    await appendFile(file, '{"torn":\n{"time":"2020-01-01T00:00:00.000Z","level":"info","fr');
    expect(await follower.lines(1)).toEqual(['{"torn":']);
    await appendFile(file, 'om":"db","text":"whole"}\n');
    expect(await follower.lines(1)).toEqual(['whole']);
    expect(follower.bytes).toBeLessThan(20_000);
  });

  it.each([
    { of: 'its state and its log', path: LOGS },
    { of: 'its state', path: EVENTS },
  ])(
    'names no place of this machine and no password in $of, from the first event to the last',
    async ({ path }) => {
      await world.start();
      const file = `${world.layout.root}/testruns/ghost-1.yaml`;
      const message = `${file}:3:1: not read from https://bot:hunter22@git.example.org/x`;
      await world.run('ghost-1', finishedBody('Passed', { message }));
      const said = JSON.stringify(await (await Follower.open(world, path)).until('end'));
      expect(said).toContain('testruns/ghost-1.yaml:3:1');
      expect(said).not.toContain(world.layout.root);
      expect(said).not.toContain('hunter22');
    },
  );

  it('says nothing but colours to a terminal, and no password', async () => {
    await world.start();
    await running();
    await grow(world, '1-prepare', [
      '\u001b[31mred\u001b[0m\u001b]0;title\u0007 \u001b[2Jx',
      'https://me:hunter2@h/x',
    ]);
    expect(await (await Follower.open(world, LOGS)).lines(2)).toEqual([
      '\u001b[31mred\u001b[0m x',
      'https://***@h/x',
    ]);
  });

  it('ends where a secret was found in it', async () => {
    await world.start();
    await running();
    await grow(world, '1-teardown', ['before']);
    const follower = await Follower.open(world, LOGS);
    expect(await follower.lines(1)).toEqual(['before']);
    const scan = { secrets: [], files: 1, bytes: 1, clean: false, leaks: [], unread: [] };
    await world.write(`${world.layout.stagesDir('u-1')}/1-teardown/scan.json`, JSON.stringify(scan));
    const told = await follower.until('end');
    expect(told.flatMap(textsOf)).toEqual([]);
    expect(String(told.at(-1)?.data['why'])).toContain('A secret was found');
    expect((await world.get('/api/v1/runs/ghost-1/logs')).status).toBe(403);
  });

  it('is sent to each follower once: no more bytes than the log has, and a tenth', async () => {
    await world.start();
    const log = await grow(world, '1-prepare', numbered(1, 20_000));
    await world.run('ghost-1', finishedBody('Passed'));
    const followers = await Promise.all(Array.from({ length: 20 }, () => Follower.open(world, LOGS)));
    const counts = await Promise.all(followers.map(async (each) => (await each.lines()).length));
    expect(counts).toEqual(followers.map(() => 20_000));
    for (const { bytes } of followers) expect(bytes / log.length).toBeLessThan(1.1);
  });
});

describe('the state of a run that is followed', () => {
  it('is told when it changes, until the end, and not again to who has it', async () => {
    await world.start();
    await running();
    const follower = await Follower.open(world, EVENTS);
    const first = await follower.next();
    expect(first).toMatchObject({ event: 'state', data: { state: 'Running', detail: 'install' } });
    await becomes(statusBody({ phase: 'Running', stage: 'upgrade' }));
    const second = await follower.next();
    expect(second).toMatchObject({ event: 'state', data: { detail: 'upgrade' } });
    follower.leave();
    const again = await Follower.open(world, EVENTS, { 'last-event-id': second?.id ?? '' });
    await finish();
    const told = await again.until('end');
    expect(told.map(({ event }) => event)).toEqual(['state', 'end']);
    expect(told[0]).toMatchObject({ data: { state: 'Passed' } });
  });

  it.each([EVENTS, LOGS])('%s of a run that is not there is not there', async (path) => {
    await world.start();
    expect((await world.get(path)).status).toBe(404);
  });

  it('tells of a run that is deleted meanwhile', async () => {
    await world.start();
    await running();
    const follower = await Follower.open(world, EVENTS);
    await follower.next();
    const { rm } = await import('node:fs/promises');
    await rm(world.layout.specFile('ghost-1'));
    await world.store.forget('ghost-1', 'u-1');
    expect((await follower.until('end')).at(-1)).toMatchObject({
      event: 'end',
      data: { why: 'The run is gone.' },
    });
  });
});

describe('followers', () => {
  it('are bounded in number, and a seat is free again when one goes', async () => {
    await world.start({ limits: { followers: 2 } });
    await running();
    const [first] = [await Follower.open(world, EVENTS), await Follower.open(world, LOGS)];
    const refused = await world.get(EVENTS);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    expect((await world.get('/runs/ghost-1')).status).toBe(200);
    first.leave();
    await expect.poll(async () => (await Follower.open(world, EVENTS)).answer.status).toBe(200);
  });

  it('that take nothing are cut off and hold no seat, and others do not notice', async () => {
    await world.start({ limits: { followers: 51 }, streams: { stallMs: 300 } });
    await running();
    const text = 'x'.repeat(7_000);
    await grow(
      world,
      '1-prepare',
      Array.from({ length: 1_000 }, () => text),
    );
    const stalled = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = await world.socket();
        socket.pause();
        socket.write(`GET ${LOGS} HTTP/1.1\r\nhost: x\r\n\r\n`);
        return socket;
      }),
    );
    const before = process.memoryUsage().rss;
    const follower = await Follower.open(world, LOGS);
    expect(await follower.lines(1_000)).toHaveLength(1_000);
    await expect
      .poll(
        async () => {
          const another = await Follower.open(world, LOGS);
          another.leave();
          return another.answer.status;
        },
        { timeout: 20_000 },
      )
      .toBe(200);
    // Each of them holds one part, not the seven megabytes that it has not taken.
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    await grow(world, '1-prepare', ['still there']);
    expect(await follower.lines(1)).toEqual(['still there']);
    for (const socket of stalled) socket.destroy();
  });

  it('hear something while nothing happens', async () => {
    await world.start({ streams: { beatMs: 20 }, limits: { silentMs: 200 } });
    await running();
    const follower = await Follower.open(world, EVENTS);
    await follower.next();
    const next = follower.next();
    await expect.poll(() => follower.comments, { timeout: 10_000 }).toBeGreaterThan(20);
    await becomes(statusBody({ phase: 'Running', stage: 'upgrade' }));
    expect(await next).toMatchObject({ event: 'state' });
  });

  it('are let go at once when the controller stops, and go on elsewhere', async () => {
    await world.start();
    await running();
    await grow(world, '1-prepare', numbered(1, 10));
    const followers = await Promise.all(Array.from({ length: 200 }, () => Follower.open(world, LOGS)));
    await Promise.all(followers.map((each) => each.lines(10)));
    const ends = Promise.all(followers.map((each) => each.next()));
    world.stop.abort();
    await world.http.ended;
    expect(new Set(await ends)).toEqual(new Set([null]));
    expect(followers[0]?.lastId).toMatch(/^1-prepare:\d+:11$/);
  });
});

describe('the whole log', () => {
  it('is text for who does not follow', async () => {
    await world.start();
    await grow(world, '1-prepare', ['\u001b[31mone\u001b[0m']);
    await grow(world, '1-install', ['two']);
    await running();
    const answer = await world.get('/api/v1/runs/ghost-1/logs');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe(
      '2020-01-01T00:00:00.000Z 1-prepare [db] one\n2020-01-01T00:00:00.000Z 1-install [db] two\n',
    );
  });
});
