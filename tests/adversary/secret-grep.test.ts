/** Secrets of every door are looked for in everything that a person or a stranger can read. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { environmentOf, readConfig } from '../../controller/config.ts';
import { finishedBody, stepOf } from '../../controller/ctl/testing.ts';
import { deliveryText, SECRET, signatureOf, World } from '../../controller/http/testing.ts';

let world: World;

beforeEach(async () => void (world = await World.make()));
afterEach(() => world.end());

const PASSWORD = 'hunter2-in-an-address';

async function everyFile(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    all
      .filter((each) => each.isFile())
      .map(async (each) => `${each.name}\n${await readFile(join(each.parentPath, each.name), 'utf8')}`),
  );
}

it('the webhook’s key and a password in an address stand in no answer, no log and no file', async () => {
  await world.enrol('private', `https://bot:${PASSWORD}@git.example.org/recipes/private.git`);
  await world.start();
  await world.run('red', finishedBody('Failed', { steps: [stepOf('install', 'failed')] }), {
    recipe: 'private',
    source: { ref: 'main', repo: `https://bot:${PASSWORD}@git.example.org/recipes/private.git` },
  });
  const bodies = [
    deliveryText('recipes/private', 5),
    deliveryText(`recipes/${SECRET}`, 6),
    deliveryText('recipes/ghost', SECRET),
    `{"${SECRET}`,
  ];
  const answers = await Promise.all([
    ...bodies.map((body) => world.deliver(body, { 'x-gitea-signature': signatureOf(body) })),
    world.deliver(bodies[0] ?? '', { 'x-gitea-signature': SECRET }),
    world.deliver(bodies[0] ?? '', { 'x-gitea-event': SECRET }),
    ...[
      '/',
      '/healthz',
      '/readyz',
      '/hook',
      '/runs/red',
      '/runs/red.txt',
      '/runs/red/files',
      '/runs/none',
      '/recipes/private',
      '/badge/private.svg',
      '/badge/private.json',
      `/badge/${encodeURIComponent(SECRET)}.svg`,
      '/api/v1/runs',
      '/api/v1/runs/red',
      `/runs/${encodeURIComponent(SECRET)}`,
    ].map((path) => world.get(path)),
  ]);
  expect(await world.nudges()).toEqual([{ recipe: 'private', commentId: 5 }]);
  const texts = await Promise.all(
    answers.map(async (answer) => JSON.stringify([...answer.headers]) + (await answer.text())),
  );
  const read = [...texts, ...world.logged, ...(await everyFile(world.layout.nudges))].join('\n');
  expect(read).not.toContain(SECRET);
  expect(read).not.toContain(PASSWORD);
  expect(texts.join('\n')).toContain('git.example.org/recipes/private.git');
  // Of the state directory, only the run's own document says what its author wrote.
  const files = (await everyFile(world.layout.root)).filter(
    (text) => text.includes(SECRET) || text.includes(PASSWORD),
  );
  expect(files.map((text) => text.split('\n')[0])).toEqual(['red.yaml']);
});

it('no secret of a door is handed to a step, which strangers’ code runs beside', () => {
  const secrets = Object.fromEntries(
    ['GITEA_TOKEN', 'HOOK_SECRET', 'DRONE_TOKEN', 'MIRROR_TOKEN'].map((name) => [
      `CCCI_${name}`,
      `${PASSWORD}-${name}`,
    ]),
  );
  const config = readConfig({
    PATH: '/bin',
    ...secrets,
    CCCI_GITEA_URL: 'https://git.example.org',
    CCCI_GITEA_ALLOWED: 'ada',
    CCCI_HTTP_LISTEN: '127.0.0.1:8080',
    CCCI_DRONE_URL: 'https://drone.example.org',
    CCCI_DRONE_REPOSITORY: 'a/b',
  });
  expect(JSON.stringify(config.doors)).toContain(PASSWORD);
  expect(JSON.stringify(environmentOf(config))).not.toContain(PASSWORD);
});
