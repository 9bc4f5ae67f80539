import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CANARY, deliveryText, SECRET, signatureOf, textUntilClosed, World } from './testing.ts';

let world: World;

beforeEach(async () => void (world = await World.make()));
afterEach(() => world.end());

const OTHER = 'another secret, of forty characters too.';
const GOOD = deliveryText();

describe('a delivery that Gitea signed', () => {
  beforeEach(() => world.start());

  it('is on disk before it is answered, and the bridge is told', async () => {
    const answer = await world.deliver(GOOD);
    expect({ status: answer.status, text: await answer.text() }).toEqual({
      status: 202,
      text: 'The comment will be looked at.\n',
    });
    expect(await world.nudges()).toEqual([{ recipe: 'ghost', commentId: 4711 }]);
    expect(world.nudged).toEqual(['ghost']);
    expect(world.logged.at(-1)).toBe(
      JSON.stringify({ level: 'info', message: 'told of a comment', recipes: ['ghost'], comment: 4711 }),
    );
    expect(world.logged.join('\n')).not.toContain(CANARY);
  });

  it('is one nudge, however often and under whatever delivery id it comes', async () => {
    for (const id of ['a', 'b', 'c']) await world.deliver(GOOD, { 'x-gitea-delivery': id });
    await world.deliver(deliveryText('recipes/ghost', 4711, { is_pull: false }));
    expect(await world.nudges()).toEqual([{ recipe: 'ghost', commentId: 4711 }]);
    const [again] = await Promise.all([world.deliver(GOOD), world.deliver(GOOD)]);
    expect(await again.text()).toBe('This delivery was taken before.\n');
  });

  it.each(['edited', 'deleted'])('is none where the comment was %s: it asks for nothing', async (action) => {
    const answer = await world.deliver(deliveryText('recipes/ghost', 4711, { action }));
    expect({ status: answer.status, nudges: await world.nudges() }).toEqual({ status: 202, nudges: [] });
    expect(world.nudged).toEqual([]);
  });

  it('is not written again where it is replayed after the bridge has looked', async () => {
    await world.deliver(GOOD);
    await rm(world.layout.nudges, { recursive: true });
    expect((await world.deliver(GOOD, { 'x-gitea-delivery': 'another' })).status).toBe(202);
    expect(await world.nudges()).toEqual([]);
    expect(world.nudged).toEqual(['ghost']);
  });

  it('nudges every recipe that is enrolled from its repository', async () => {
    await world.enrol('ghost-lean', 'https://git.example.org/recipes/ghost.git');
    await world.deliver(GOOD);
    expect(world.nudged.sort()).toEqual(['ghost', 'ghost-lean']);
  });

  it('of a repository that nobody enrolled does nothing, and a later one does, once it is enrolled', async () => {
    const before = await world.files();
    const body = deliveryText(`recipes/${CANARY}`);
    expect((await world.deliver(body)).status).toBe(202);
    expect(await world.files()).toEqual(before);
    expect(world.logged.join('\n')).not.toContain(CANARY);
    await world.enrol('later', `https://git.example.org/recipes/${CANARY}.git`);
    world.now = new Date(world.now.getTime() + 60_000);
    await world.deliver(body);
    expect(await world.nudges()).toEqual([{ recipe: 'later', commentId: 4711 }]);
  });

  it('is taken with the new secret as soon as the file holds it, and no longer with the old one', async () => {
    await writeFile(world.secretFile, OTHER);
    expect((await world.deliver(GOOD)).status).toBe(401);
    expect((await world.deliver(GOOD, { 'x-gitea-signature': signatureOf(GOOD, OTHER) })).status).toBe(202);
  });

  it('is asked to come again where a thousand wait, but for one of them', async () => {
    for (let id = 1; id <= 1_000; id += 1) await world.write(join(world.layout.nudges, `ghost.c${id}`), '');
    const answer = await world.deliver(GOOD);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
    expect((await world.nudges()).length).toBe(1_000);
    expect((await world.deliver(deliveryText('recipes/ghost', 7))).status).toBe(202);
    await rm(join(world.layout.nudges, 'ghost.c7'));
    expect((await world.deliver(GOOD)).status).toBe(202);
  });

  it('is asked to come again where it cannot be written, and is taken then', async () => {
    await world.write(world.layout.nudges, 'not a folder');
    const answer = await world.deliver(GOOD);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
    expect(world.nudged).toEqual([]);
    await rm(world.layout.nudges);
    expect((await world.deliver(GOOD)).status).toBe(202);
    expect(world.nudged).toEqual(['ghost']);
  });
});

describe('what is refused writes nothing, tells nobody, and is not repeated in the log', () => {
  const refused: {
    because: string;
    code: number;
    body?: string;
    headers?: Record<string, string | undefined>;
  }[] = [
    { because: 'no signature', code: 401, headers: { 'x-gitea-signature': undefined } },
    { because: 'an empty signature', code: 401, headers: { 'x-gitea-signature': '' } },
    {
      because: 'a signature with another secret',
      code: 401,
      headers: { 'x-gitea-signature': signatureOf(GOOD, OTHER) },
    },
    {
      because: 'the signature of another body',
      code: 401,
      headers: { 'x-gitea-signature': signatureOf(`${GOOD} `) },
    },
    {
      because: 'a signature in GitHub’s form',
      code: 401,
      headers: { 'x-gitea-signature': `sha256=${signatureOf(GOOD)}` },
    },
    {
      because: 'a signature that is the secret itself',
      code: 401,
      headers: { 'x-gitea-signature': Buffer.from(SECRET).toString('hex') },
    },
    { because: 'a wrong content type', code: 415, headers: { 'content-type': 'text/plain' } },
    {
      because: 'a form',
      code: 415,
      body: `payload=${encodeURIComponent(GOOD)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    { because: 'another event', code: 422, headers: { 'x-gitea-event': 'push' } },
    { because: 'no event', code: 422, headers: { 'x-gitea-event': undefined } },
    { because: 'no JSON', code: 400, body: `{"${CANARY}` },
    { because: 'JSON that is no object', code: 400, body: `["${CANARY}"]` },
    { because: 'no body', code: 400, body: '' },
    { because: 'no comment', code: 400, body: deliveryText('recipes/ghost', 1, { comment: {} }) },
    ...[0, -1, 1.5, 2 ** 53, '4711', '4711/../../x', null, [1]].map((id) => ({
      because: `the comment id ${JSON.stringify(id)}`,
      code: 400,
      body: deliveryText('recipes/ghost', id),
    })),
    ...[
      `../../${CANARY}`,
      `recipes/../${CANARY}`,
      `recipes/${CANARY}\nlevel=error`,
      `recipes/${CANARY}\u0000`,
      `recipes/${CANARY}\u202e`,
      `recipes/${'x'.repeat(200)}`,
      'recipes',
      7,
    ].map((name) => ({
      because: `the repository ${JSON.stringify(name)}`,
      code: 400,
      body: deliveryText(name),
    })),
    {
      because: 'a body of 10 MB',
      code: 413,
      body: deliveryText('recipes/ghost', 1, { x: CANARY.repeat(1_700_000) }),
    },
  ];

  beforeEach(() => world.start());

  it.each(refused)('$code for $because', async ({ code, body = GOOD, headers = {} }) => {
    const before = await world.files();
    const answer = await world.deliver(body, { 'x-gitea-signature': signatureOf(body), ...headers });
    const text = await answer.text();
    expect(answer.status).toBe(code);
    expect(text).toMatch(/^[A-Z][^\n]+\.\n$/);
    expect(text).not.toContain(CANARY);
    expect(await world.files()).toEqual(before);
    expect(world.nudged).toEqual([]);
    expect(world.logged.join('\n')).not.toContain(CANARY);
    expect(world.logged.join('\n')).not.toContain(SECRET);
  });

  it('413 for a body whose length nobody said, as soon as it is too long', async () => {
    const socket = await world.socket();
    const answered = textUntilClosed(socket);
    socket.write(
      `POST /hook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-gitea-signature: ${signatureOf('')}\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${CANARY.repeat(10_923).slice(0, 0x1_00_00)}\r\n`;
    for (let sent = 0; sent < 20; sent += 1) socket.write(chunk);
    socket.end('0\r\n\r\n');
    expect(await answered).toMatch(/^HTTP\/1\.1 413 /);
    expect(world.logged.join('\n')).not.toContain(CANARY);
  });

  it('says once that a signature is wrong, until a right one has come', async () => {
    const wrong = { 'x-gitea-signature': signatureOf(GOOD, OTHER) };
    const warnings = (): number => world.logged.filter((line) => line.includes('"warn"')).length;
    for (let time = 0; time < 5; time += 1) await world.deliver(GOOD, wrong);
    expect(warnings()).toBe(1);
    await world.deliver(GOOD);
    await world.deliver(GOOD, wrong);
    expect(warnings()).toBe(2);
  });

  it('503 where the secret cannot be read, and the log names the file', async () => {
    await rm(world.secretFile);
    const answer = await world.deliver(GOOD);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
    expect(world.logged.join('\n')).toContain(world.secretFile);
    await writeFile(world.secretFile, SECRET);
    await chmod(world.secretFile, 0o600);
    expect((await world.deliver(GOOD)).status).toBe(202);
  });
});

it('is not there where no secret is configured', async () => {
  await world.start({ hook: null });
  expect((await world.deliver(GOOD)).status).toBe(404);
  expect(await world.nudges()).toEqual([]);
});
