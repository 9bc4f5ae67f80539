/** Whoever can reach `/hook` and `/runs/` tries what they like: nothing is written, nothing breaks, nobody else notices. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CANARY, deliveryText, signatureOf, textUntilClosed, World } from '../../controller/http/testing.ts';

let world: World;

beforeEach(async () => {
  world = await World.make();
  await world.start();
});
afterEach(() => world.end());

/** The server is as it was: it answers, and nothing of a stranger's lies on the disk or in the log. */
async function expectUntouched(before: readonly string[]): Promise<void> {
  expect((await world.get('/healthz')).status).toBe(200);
  expect(await world.files()).toEqual(before);
  expect(world.nudged).toEqual([]);
  expect(world.logged.join('\n')).not.toContain(CANARY);
}

const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));

/** What a socket is answered until the server closes it. */
async function spoken(text: string | Buffer): Promise<string> {
  const socket = await world.socket();
  const answered = textUntilClosed(socket);
  socket.write(text);
  return answered;
}

const BODY = deliveryText('recipes/ghost', 4711);
const head = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

describe('a request that two servers would read differently', () => {
  const good = `x-gitea-event: issue_comment\r\nx-gitea-signature: ${signatureOf(BODY)}\r\ncontent-type: application/json`;
  it.each([
    {
      because: 'a length and chunks',
      lines: [`content-length: ${BODY.length}`, 'transfer-encoding: chunked'],
    },
    { because: 'two lengths', lines: ['content-length: 3', `content-length: ${BODY.length}`] },
    { because: 'a length that is none', lines: ['content-length: +3'] },
    { because: 'a header of two lines', lines: [`content-length: ${BODY.length}`, `x-${CANARY}: a`, ' b'] },
    { because: 'a space before the colon', lines: [`content-length: ${BODY.length}`, 'x-a : b'] },
    { because: 'a bare line feed', lines: [`content-length: ${BODY.length}`, `x-a: b\n${CANARY}: c`] },
    { because: 'chunks by another name', lines: ['transfer-encoding: xchunked'] },
  ])('is refused: $because', async ({ lines }) => {
    const before = await world.files();
    const text = await spoken(head(['POST /hook HTTP/1.1', 'host: x', good, ...lines]) + BODY);
    expect(statusesIn(text)[0]).toBe(400);
    await expectUntouched(before);
  });

  it('is not taken from behind another one', async () => {
    const before = await world.files();
    const inner = head(['GET /runs/x HTTP/1.1', 'host: x']);
    const outer = head([
      'POST /hook HTTP/1.1',
      'host: x',
      'content-type: application/json',
      `content-length: ${inner.length}`,
    ]);
    const text = await spoken(
      outer + inner + head(['GET /healthz HTTP/1.1', 'host: x', 'connection: close']),
    );
    expect(statusesIn(text)).toEqual([401, 200]);
    await expectUntouched(before);
  });
});

describe('a body that is signed, as by somebody who got at the key', () => {
  it.each([
    { because: 'nested a million deep', body: '['.repeat(500_000) + ']'.repeat(500_000) },
    { because: 'an object within objects', body: '{"a":'.repeat(150_000) },
    {
      because: 'with names of the language itself',
      body: '{"__proto__":{"repository":{"full_name":"recipes/ghost"},"comment":{"id":1}}}',
    },
    {
      because: 'with a constructor',
      body: '{"constructor":{"prototype":{"id":1}},"repository":{"full_name":"recipes/ghost"}}',
    },
    {
      because: 'with a number beyond all numbers',
      body: `{"repository":{"full_name":"recipes/ghost"},"comment":{"id":${'9'.repeat(400)}}}`,
    },
    {
      because: 'that is not UTF-8',
      body: '{"repository":{"full_name":"recipes/gh\udcffost"},"comment":{"id":1}}',
    },
    { because: 'of white space', body: ' '.repeat(1_000_000) },
  ])('is refused: $because', async ({ body }) => {
    const before = await world.files();
    const answer = await world.deliver(body, { 'x-gitea-signature': signatureOf(body) });
    expect(answer.status).toBe(400);
    await expectUntouched(before);
  });

  it('is refused where it is packed: what would be unpacked has no bound', async () => {
    const before = await world.files();
    const packed = gzipSync(' '.repeat(50_000_000));
    const text = await spoken(
      Buffer.concat([
        Buffer.from(
          head([
            'POST /hook HTTP/1.1',
            'host: x',
            'connection: close',
            'content-type: application/json',
            'content-encoding: gzip',
            'x-gitea-event: issue_comment',
            `x-gitea-signature: ${signatureOf(packed)}`,
            `content-length: ${packed.length}`,
          ]),
        ),
        packed,
      ]),
    );
    expect(statusesIn(text)).toEqual([400]);
    await expectUntouched(before);
  });

  it('never leads out of its folder, whatever it says', async () => {
    const before = (await world.files()).filter((name) => !name.startsWith('nudges'));
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('recipes/ghost', 'RECIPES/GHOST', '../ghost', 'recipes/ghost/..'),
        ),
        fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.constant({ id: 1 })),
        async (name, id) => {
          const body = deliveryText(name, id);
          const answer = await world.deliver(body, { 'x-gitea-signature': signatureOf(body) });
          expect([202, 400]).toContain(answer.status);
        },
      ),
      { numRuns: 200 },
    );
    expect((await world.files()).filter((name) => !name.startsWith('nudges'))).toEqual(before);
    expect(
      (await world.files()).filter(
        (name) => name.startsWith('nudges/') && !/^nudges\/ghost\.c\d+$/.test(name),
      ),
    ).toEqual([]);
  });
});

describe('many at once', () => {
  it('of one delivery, under names of their own, are one nudge', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => world.deliver(BODY, { 'x-gitea-delivery': `${index}` })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await world.nudges()).toEqual([{ recipe: 'ghost', commentId: 4711 }]);
  });

  it('that are forged do not keep a true one waiting for ever', async () => {
    const forged = Array.from({ length: 100 }, () =>
      world.deliver(deliveryText('recipes/ghost', 1, { x: 'x'.repeat(500_000) }), {
        'x-gitea-signature': '0'.repeat(64),
      }),
    );
    expect((await world.deliver(BODY)).status).toBe(202);
    expect(new Set((await Promise.all(forged)).map(({ status }) => status))).toEqual(new Set([401]));
    expect(await world.nudges()).toEqual([{ recipe: 'ghost', commentId: 4711 }]);
    expect(world.logged.filter((line) => line.includes('"warn"')).length).toBeLessThanOrEqual(2);
  });
});
