import { expect, test } from '../../harness/fixtures.ts';
import * as matrix from './matrix.ts';

test('people go on where they were: what is new comes after what was restored', async ({ app, secrets }) => {
  const secret = secrets['registration'] ?? '';
  const token = await matrix.registered(app, {
    user: matrix.fresh('ada'),
    password: matrix.fresh('password'),
    secret,
  });
  const room = matrix.roomAs(app, token, await matrix.createRoom(app, token, {}));
  for (const body of ['first', 'second']) await room.send({ msgtype: 'm.text', body });
  expect((await room.messages()).map(({ body }) => body)).toEqual(['second', 'first']);
});
