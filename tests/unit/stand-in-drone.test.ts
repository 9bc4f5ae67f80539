/** The oddities of Drone that cc-ci is built around, as the stand-in has them: where one went missing, tests would prove nothing. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StandInDrone } from '../stand-ins/drone.ts';
import { TOKEN } from '../stand-ins/drone-shapes.ts';

let dir: string;
let drone: StandInDrone;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'stand-in-'));
});
afterEach(async () => {
  await drone.close();
  rmSync(dir, { recursive: true });
});

/** Each row is the commands of a step, and when it runs. */
async function serve(...steps: readonly (readonly [string, string?])[]): Promise<void> {
  const rows = steps.map(
    ([command, status = 'success'], index) =>
      `  - { name: s${index + 1}, commands: [${JSON.stringify(command)}], when: { status: [${status}] } }`,
  );
  const pipeline = `kind: pipeline\ntype: exec\nname: x\ntrigger: { event: [custom] }\nsteps:\n${rows.join('\n')}\n`;
  drone = await StandInDrone.start({
    pipeline,
    env: { PATH: '/usr/bin:/bin', DIR: dir, FROM_RUNNER: 'runner' },
  });
}

const create = (params: Record<string, string> = {}): unknown => drone.create(new URLSearchParams(params));
const status = (build = 1): string | undefined => drone.builds[build - 1]?.status;
const steps = (build = 1): (string | undefined)[] =>
  (drone.builds[build - 1]?.stages?.[0]?.steps ?? []).map(
    (step) => `${step.status} ${step.exit_code ?? '-'}`,
  );
const is = (wanted: string, build = 1): Promise<void> =>
  expect.poll(() => status(build), { timeout: 20_000 }).toBe(wanted);
const written = (name: string): string => readFileSync(join(dir, name), 'utf8').trim();
const isWritten = (name: string): Promise<void> =>
  expect.poll(() => existsSync(join(dir, name)), { timeout: 20_000 }).toBe(true);

it('answers a build with the fields of the real one, and no stages', async () => {
  await serve(['true']);
  const path = '/api/repos/coop-cloud/ci/builds?branch=main&RECIPE=x&RECIPE=y&EMPTY=&access_token=t';
  const answer = await fetch(drone.url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}` },
  });
  const body = (await answer.json()) as Record<string, unknown>;
  expect(Object.keys(body).join(' ')).toBe(
    'id repo_id trigger number status event action link timestamp message before after ref source_repo source target author_login author_name author_email author_avatar sender params started finished created updated version',
  );
  expect(body['params']).toEqual({ EMPTY: '', RECIPE: 'x' });
});

it('says 0 for the stage where a step failed, and skips what does not want to run then', async () => {
  await serve(['exit 3'], ['true'], ['true', 'failure']);
  create();
  await is('failure');
  expect(steps()).toEqual(['failure 3', 'skipped -', 'success 0']);
  expect(drone.builds[0]?.stages?.[0]?.exit_code).toBe(0);
});

it('takes 78 for a success that ends everything', async () => {
  await serve(['exit 78'], ['true'], ['true', 'failure']);
  create();
  await is('success');
  expect(steps()).toEqual(['success 78', 'skipped -', 'skipped -']);
});

it('kills nothing but the shell, takes the workspace, runs no clean-up, and begins the next at once', async () => {
  // The child is of the step and outlives it; it ends when it is told to by a file.
  await serve(
    [
      '(until [ -e "$DIR/end" ]; do sleep 0.1; done; pwd >"$DIR/orphan" 2>&1 || echo gone >"$DIR/orphan") & touch "$DIR/begun-$N"; wait',
    ],
    ['touch "$DIR/cleaned"', 'failure'],
  );
  create({ N: '1' });
  create({ N: '2' });
  await isWritten('begun-1');
  expect([status(1), status(2)]).toEqual(['running', 'pending']);
  drone.cancel(drone.builds[0]!);
  expect([status(1), steps(1)]).toEqual(['killed', ['killed 137', 'skipped -']]);
  await isWritten('begun-2');
  drone.cancel(drone.builds[1]!);
  expect(existsSync(join(dir, 'orphan'))).toBe(false);
  writeFileSync(join(dir, 'end'), '');
  await drone.quiet();
  expect(existsSync(join(dir, 'orphan'))).toBe(true);
  expect(existsSync(join(dir, 'cleaned'))).toBe(false);
});

it('leaves a build running for ever where its runner was killed, and only a cancel ends it', async () => {
  await serve(['[ "$N" = 2 ] || exec sleep 1000']);
  create({ N: '1' });
  create({ N: '2' });
  await is('running');
  drone.crashRunner();
  await is('success', 2);
  expect(status(1)).toBe('running');
  drone.cancel(drone.builds[0]!);
  expect(status(1)).toBe('killed');
});

it('hands parameters on as variables, over those of the runner, and under its own', async () => {
  await serve(['echo "$FROM_RUNNER $DRONE_REPO $DRONE_BUILD_NUMBER" >"$DIR/seen"']);
  create({ FROM_RUNNER: 'param', DRONE_REPO: 'param' });
  await is('success');
  expect(written('seen')).toBe('param coop-cloud/ci 1');
});

it('replaces a name in braces as text, which is why our own pipeline has none', async () => {
  await serve(['echo ${RUN} >"$DIR/seen"']);
  create({ RUN: 'x; touch $DIR/hostile;' });
  await is('success');
  expect(existsSync(join(dir, 'hostile'))).toBe(true);
});
