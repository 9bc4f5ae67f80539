/** What people do with a homeserver, after install, upgrade and restore. */
import { expect, test } from '../../harness/fixtures.ts';
import * as matrix from './matrix.ts';

test('two people talk in a room, and one shows the other a file', async ({ app, secrets }) => {
  const secret = secrets['registration'] ?? '';
  const [ada, ben] = [matrix.fresh('ada'), matrix.fresh('ben')];
  const password = matrix.fresh('password');
  const adas = await matrix.registered(app, { user: ada, password, secret });
  const bens = await matrix.registered(app, { user: ben, password, secret });
  const invite = [matrix.userId(app, ben)];
  const id = await matrix.createRoom(app, adas, { preset: 'private_chat', invite });

  await matrix.roomAs(app, bens, id).join();
  const url = await matrix.upload(app, adas, Buffer.from('a file of ada’s'));
  await matrix.roomAs(app, adas, id).send({ msgtype: 'm.text', body: 'Look at this.' });
  await matrix.roomAs(app, adas, id).send({ msgtype: 'm.file', body: 'file.txt', url });

  const [file, text] = await matrix.roomAs(app, bens, id).messages();
  expect(text).toMatchObject({ sender: matrix.userId(app, ada), body: 'Look at this.' });
  expect(file).toMatchObject({ body: 'file.txt', url });
  expect(Buffer.from((await matrix.download(app, bens, url)) ?? []).toString()).toBe('a file of ada’s');
});

test('a room is closed to who was not invited', async ({ app, secrets }) => {
  const secret = secrets['registration'] ?? '';
  const password = matrix.fresh('password');
  const adas = await matrix.registered(app, { user: matrix.fresh('ada'), password, secret });
  const eves = await matrix.registered(app, { user: matrix.fresh('eve'), password, secret });
  const id = await matrix.createRoom(app, adas, { preset: 'private_chat' });
  await expect(matrix.roomAs(app, eves, id).messages()).rejects.toThrow('M_FORBIDDEN');
});
