import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { StandInDrone } from '../../tests/stand-ins/drone.ts';
import type { Fault } from '../../tests/stand-ins/drone-routes.ts';
import { READER, REPOSITORY, TOKEN } from '../../tests/stand-ins/drone-shapes.ts';
import type { Builds, BuildParams } from '../builds.ts';
import type { DroneConfig } from '../doors.ts';
import { Terminal, Waiting } from '../runtime/errors.ts';
import { makeDrone } from './client.ts';

const PARAMS: BuildParams = {
  RECIPE: 'ghost',
  REF: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334',
  PR: '12',
  SRC: 'https://git.example.org/ada/ghost.git',
  RUN: 'ghost-pr12-c9',
};
const PIPELINE = `
kind: pipeline
type: exec
name: show
trigger: { event: [custom] }
steps: [{ name: one, commands: ['true'] }]
`;

let drone: StandInDrone;
afterEach(() => drone.close());

async function start(pipeline: string | null, over: Partial<DroneConfig> = {}): Promise<Builds> {
  drone = await StandInDrone.start({ pipeline, capacity: 0, missingFileMs: 0 });
  return clientOf(over);
}

function clientOf(over: Partial<DroneConfig> = {}, createMs?: number): Builds {
  const config = { url: drone.url, repository: REPOSITORY, branch: 'main', token: { value: TOKEN }, ...over };
  return makeDrone(config, createMs === undefined ? {} : { createMs });
}

const refusalOf = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It was not refused.');
};

it('makes a build, whose parameters stand in the address alone, and finds it again', async () => {
  const builds = await start(PIPELINE);
  const made = await builds.create(PARAMS);
  expect(made).toMatchObject({ number: 1, status: 'pending', isOver: false, error: '', params: PARAMS });
  expect(made.link).toBe(`${drone.url}/coop-cloud/ci/1`);
  expect(drone.requests).toEqual([
    `POST /api/repos/coop-cloud/ci/builds?${new URLSearchParams({ branch: 'main', ...PARAMS }).toString()}`,
  ]);
  expect(await builds.get(1)).toEqual(made);
  expect(await builds.newest(1)).toEqual([made]);
  expect(await builds.newest(2)).toEqual([]);
});

it('cancels, leaves what is over as it is, and says of what is not there that it is not', async () => {
  const builds = await start(PIPELINE);
  await builds.create(PARAMS);
  expect(await builds.cancel(1)).toMatchObject({ status: 'killed', isOver: true });
  expect(await builds.cancel(1)).toMatchObject({ status: 'killed', isOver: true });
  expect(await builds.cancel(7)).toBeNull();
  expect(await builds.get(7)).toBeNull();
});

it('shows newest first, page after page', async () => {
  const builds = await start(PIPELINE);
  for (let made = 0; made < 30; made++) await builds.create(PARAMS);
  const pages = [await builds.newest(1), await builds.newest(2), await builds.newest(3)];
  expect(pages.map((page) => page.map(({ number }) => number))).toEqual([
    Array.from({ length: 25 }, (_, index) => 30 - index),
    [5, 4, 3, 2, 1],
    [],
  ]);
});

it('takes a build that is an error already for one that was made', async () => {
  const builds = await start('kind: [');
  expect(await builds.create(PARAMS)).toMatchObject({ number: 1, status: 'error', isOver: true });
  expect((await builds.get(1))?.error).toMatch(/^yaml: /);
});

it('finds what a runner complains about in the stage', async () => {
  drone = await StandInDrone.start({
    pipeline: PIPELINE.replace('name: one', 'name: one, image: x'),
    capacity: 1,
  });
  const builds = clientOf();
  await builds.create(PARAMS);
  await expect.poll(async () => (await builds.get(1))?.error).toMatch(/^linter: invalid image/);
});

const html: Fault = { status: 200, headers: {}, body: '<html>Sign in</html>' };

interface NeedsPerson {
  readonly because: string;
  readonly want: string;
  readonly pipeline?: string | null;
  readonly over?: Partial<DroneConfig>;
  readonly fault?: Fault;
}

it.each<NeedsPerson>([
  { because: 'no pipeline for the event', pipeline: PIPELINE.replace('custom', 'push'), want: 'NoPipeline' },
  { because: 'no file on the branch', pipeline: null, want: 'NoPipelineFile' },
  { because: 'another branch', over: { branch: 'other' }, want: 'DroneNotFound' },
  { because: 'another repository', over: { repository: { owner: 'x', name: 'y' } }, want: 'DroneNotFound' },
  { because: 'a user that may only read', over: { token: { value: READER } }, want: 'DroneNotFound' },
  { because: 'a wrong token', over: { token: { value: 'wrong-token' } }, want: 'DroneUnauthorized' },
  { because: 'no such token file', over: { token: { file: '/nowhere/token' } }, want: 'SecretUnreadable' },
  {
    because: 'a redirect, which is not followed',
    fault: { status: 303, headers: { Location: 'http://127.0.0.1:1/login' }, body: '' },
    want: 'DroneRejected',
  },
  {
    because: 'any other refusal, whose words are made harmless',
    fault: { status: 400, headers: {}, body: '{"message":"a\\u001b[31m\\u202eb"}' },
    want: 'DroneRejected',
  },
])('needs a person for $because', async ({ want, pipeline = PIPELINE, over, fault }) => {
  const builds = await start(pipeline, over);
  if (fault !== undefined) drone.faults.push(fault);
  const error = await refusalOf(builds.create(PARAMS));
  expect(error).toBeInstanceOf(Terminal);
  expect((error as Terminal).reason).toBe(want);
  expect(error.message).not.toMatch(/wrong-token|\p{C}/u);
});

it.each([
  {
    because: 'a server that is down behind its proxy',
    fault: { status: 502, headers: {}, body: 'x' },
    want: /502/,
  },
  { because: 'a page that is no answer of Drone', fault: html, want: /no Drone that cc-ci knows/ },
  { because: 'a broken connection', fault: 'lost', want: /did not answer POST/ },
  {
    because: 'an answer without end',
    fault: { status: 200, headers: {}, body: ' '.repeat(3_000_000) },
    want: /more than 2097152 bytes/,
  },
] as const)('tries $because again', async ({ fault, want }) => {
  const builds = await start(PIPELINE);
  drone.faults.push(fault);
  const error = await refusalOf(builds.create(PARAMS));
  expect(error).not.toBeInstanceOf(Terminal);
  expect(error.message).toMatch(want);
  expect(error.message).not.toContain(TOKEN);
});

it('waits as long as it is told to', async () => {
  const builds = await start(PIPELINE);
  drone.faults.push({ status: 429, headers: { 'Retry-After': '7' }, body: '' });
  expect(await refusalOf(builds.get(1))).toEqual(expect.objectContaining({ ms: 7000 }));
  drone.faults.push({ status: 429, headers: { 'Retry-After': 'soon' }, body: '' });
  expect(await refusalOf(builds.get(1))).toBeInstanceOf(Waiting);
});

it('gives up after its limit, and says what the limit was', async () => {
  drone = await StandInDrone.start({ pipeline: null, missingFileMs: 60_000 });
  const error = await refusalOf(clientOf({}, 50).create(PARAMS));
  expect(error.message).toContain('nothing came within 0.05 s');
});

it('reads the token at each call, so that it changes without a restart', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ccci-drone-'));
  try {
    const builds = await start(PIPELINE, { token: { file: join(dir, 'token') } });
    await writeFile(join(dir, 'token'), 'old\n');
    expect(await refusalOf(builds.check())).toMatchObject({ reason: 'DroneUnauthorized' });
    await writeFile(join(dir, 'token'), `${TOKEN}\n`);
    expect(await builds.check()).toEqual({ version: '2.25.0' });
  } finally {
    await rm(dir, { recursive: true });
  }
});

it('is told nothing of a repository that it may not see', async () => {
  const builds = await start(PIPELINE, { repository: { owner: 'x', name: 'y' } });
  expect(await refusalOf(builds.get(1))).toMatchObject({ reason: 'DroneNotFound' });
  expect(await refusalOf(builds.check())).toMatchObject({ reason: 'DroneNotFound' });
});

it.each([
  { because: 'a password', over: { SRC: 'https://ada:geheim@git.example.org/x.git' } },
  { because: 'a password without a scheme', over: { SRC: 'ada:geheim@git.example.org:x.git' } },
  { because: 'a token as the user', over: { SRC: 'https://geheim@git.example.org/x.git' } },
  { because: 'a query that might hold one', over: { SRC: 'https://git.example.org/x.git?token=geheim' } },
  { because: 'a command', over: { SRC: 'https://git.example.org/$(geheim)' } },
  { because: "Drone's own substitution", over: { REF: '${geheim}' } },
  { because: 'an option', over: { REF: '--geheim' } },
  { because: 'another line', over: { RUN: 'x\ngeheim' } },
  { because: 'a number that is none', over: { PR: 'geheim' } },
  { because: 'nothing at all', over: { RECIPE: '' } },
])('never sends $because', async ({ over }) => {
  const builds = await start(PIPELINE);
  const error = await refusalOf(builds.create({ ...PARAMS, ...over }));
  expect(error).toMatchObject({ reason: 'BuildParamsRefused' });
  expect(error.message).not.toContain('geheim');
  expect(drone.requests).toEqual([]);
});

it('sends what an address may hold', async () => {
  const builds = await start(PIPELINE);
  for (const SRC of ['ssh://git@git.example.org:2222/x.git', 'git@git.example.org:x/y.git', '/srv/x'])
    expect((await builds.create({ ...PARAMS, SRC, PR: '' })).params).toMatchObject({ SRC, PR: '' });
});
