/** An account, a room with a name, a message and a file in it: written and read as a Matrix client does. */
import { createHmac } from 'node:crypto';
import { type LedgerApp, type LedgerEntry, sha256 } from '../../harness/ledger.ts';
import * as matrix from './matrix.ts';

const USER = 'ledger';
const ROOM = 'ledger';

const secretOf = ({ secrets }: LedgerApp): string => secrets['registration'] ?? '';
const passwordOf = (app: LedgerApp): string =>
  createHmac('sha256', secretOf(app)).update('ledger').digest('hex');

const textOf = ({ marker }: LedgerApp): string => `a message ${marker}`;
/** No text: a few of these bytes are no UTF-8. */
const fileOf = ({ marker }: LedgerApp): Uint8Array =>
  Buffer.concat([Buffer.from([0, 0xff, 0xfe]), Buffer.from(`a file ${marker}`), Buffer.alloc(4_096, 0xa5)]);

/** Null where the account is not there. */
async function enter(app: LedgerApp): Promise<{ token: matrix.Token; room: matrix.Room | null } | null> {
  const token = await matrix.login(app, USER, passwordOf(app));
  if (token === null) return null;
  const id = await matrix.roomOf(app, ROOM);
  return { token, room: id === null ? null : matrix.roomAs(app, token, id) };
}

async function newRoom(app: LedgerApp, token: matrix.Token): Promise<matrix.Room> {
  const id = await matrix.createRoom(app, token, {
    preset: 'private_chat',
    room_alias_name: ROOM,
    name: ROOM,
  });
  return matrix.roomAs(app, token, id);
}

export async function seed(app: LedgerApp): Promise<void> {
  const there = await enter(app);
  const account = { user: USER, password: passwordOf(app), secret: secretOf(app), admin: true };
  const token = there?.token ?? (await matrix.registered(app, account));
  const room = there?.room ?? (await newRoom(app, token));
  await matrix.setDisplayName(app, token, { user: USER, name: `Ledger ${app.marker}` });
  await room.setName(`Room ${app.marker}`);
  const messages = await room.messages();
  if (!messages.some(({ msgtype }) => msgtype === 'm.text'))
    await room.send({ msgtype: 'm.text', body: textOf(app) });
  if (messages.some(({ msgtype }) => msgtype === 'm.file')) return;
  const url = await matrix.upload(app, token, fileOf(app));
  await room.send({ msgtype: 'm.file', body: 'proof.bin', url });
}

export async function read(app: LedgerApp): Promise<LedgerEntry[]> {
  const there = await enter(app);
  if (there === null) return [];
  const { token, room } = there;
  const name = (await matrix.displayName(app, USER)) ?? 'nobody';
  const entries: LedgerEntry[] = [{ name: `account ${USER}`, kind: 'user', sha256: sha256(name) }];
  if (room === null) return entries;
  entries.push({ name: `name of the room ${ROOM}`, kind: 'row', sha256: sha256(await room.name()) });
  for (const { msgtype, sender, body, url } of await room.messages()) {
    if (msgtype === 'm.text')
      entries.push({ name: 'message', kind: 'row', sha256: sha256(`${sender} ${body}`) });
    const content = url === undefined ? null : await matrix.download(app, token, url);
    if (content !== null) entries.push({ name: body, kind: 'file', sha256: sha256(content) });
  }
  return entries;
}

export async function mutate(app: LedgerApp): Promise<void> {
  const there = await enter(app);
  if (there?.room == null) return;
  const { token, room } = there;
  await matrix.setDisplayName(app, token, { user: USER, name: 'Somebody else' });
  await room.setName('Another room');
  for (const { id, msgtype, url } of await room.messages()) {
    if (msgtype === 'm.text') await room.redact(id);
    if (url !== undefined) await matrix.deleteMedia(app, token, url);
  }
}
