/** Synapse as its people use it: Matrix's client API, and Synapse's admin API for what only that can do. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { App, AppRequest } from '../../harness/app.ts';

/** Whoever asks: a user's access token. */
export type Token = string;

const CLIENT = '/_matrix/client/v3';
const ADMIN = '/_synapse/admin/v1';
const part = encodeURIComponent;

export interface Call {
  readonly token?: Token;
  readonly method?: string;
  readonly json?: object;
  readonly body?: AppRequest['body'];
}

export async function call(app: App, path: string, { token, method, json, body }: Call): Promise<Response> {
  return app.fetch(path, {
    method: method ?? 'GET',
    headers: {
      'content-type': body === undefined ? 'application/json' : 'application/octet-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(body === undefined ? {} : { body }),
  });
}

/** Null where the answer is one of `absent`; every other that is not 200 is an error with Synapse's own words. */
async function ask<T>(
  app: App,
  path: string,
  { shape, absent = [], ...how }: Call & { shape: z.ZodType<T>; absent?: readonly number[] },
): Promise<T | null> {
  const answer = await call(app, path, how);
  if (absent.includes(answer.status)) return null;
  const text = await answer.text();
  if (answer.status !== 200)
    throw new Error(`${how.method ?? 'GET'} ${path} answers ${answer.status}: ${text}`);
  return shape.parse(JSON.parse(text));
}

async function need<T>(app: App, path: string, how: Call & { shape: z.ZodType<T> }): Promise<T> {
  const found = await ask(app, path, how);
  if (found === null) throw new Error(`${path} answers nothing.`);
  return found;
}

const Done = z.object({});
const Authorized = z.object({ access_token: z.string(), user_id: z.string() });

export interface NewUser {
  readonly user: string;
  readonly password: string;
  /** The homeserver's shared secret for registrations. */
  readonly secret: string;
  readonly admin?: boolean;
}

/** Status 200 and a token for who knows the shared secret. */
export async function register(
  app: App,
  { user, password, secret, admin = false }: NewUser,
): Promise<Response> {
  const { nonce } = await need(app, `${ADMIN}/register`, { shape: z.object({ nonce: z.string() }) });
  const signed = [nonce, user, password, admin ? 'admin' : 'notadmin'].join('\0');
  const mac = createHmac('sha1', secret).update(signed).digest('hex');
  const json = { nonce, username: user, password, admin, mac };
  return call(app, `${ADMIN}/register`, { method: 'POST', json });
}

export async function registered(app: App, user: NewUser): Promise<Token> {
  const answer = await register(app, user);
  if (answer.status !== 200) throw new Error(`${user.user} is not registered: ${await answer.text()}`);
  return Authorized.parse(await answer.json()).access_token;
}

/** Null where the name or the password is wrong. Always the same device, so that their number does not grow. */
export async function login(app: App, user: string, password: string): Promise<Token | null> {
  const json = {
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
    device_id: 'CCCI',
  };
  const found = await ask(app, `${CLIENT}/login`, { method: 'POST', json, shape: Authorized, absent: [403] });
  return found?.access_token ?? null;
}

export async function displayName(app: App, user: string): Promise<string | null> {
  const shape = z.object({ displayname: z.string().optional() });
  const path = `${CLIENT}/profile/${part(userId(app, user))}/displayname`;
  return (await ask(app, path, { shape, absent: [404] }))?.displayname ?? null;
}

export async function setDisplayName(
  app: App,
  token: Token,
  { user, name }: { user: string; name: string },
): Promise<void> {
  const path = `${CLIENT}/profile/${part(userId(app, user))}/displayname`;
  await need(app, path, { method: 'PUT', token, json: { displayname: name }, shape: Done });
}

export function userId(app: App, user: string): string {
  return `@${user}:${app.domain}`;
}

export async function createRoom(app: App, token: Token, settings: object): Promise<string> {
  const shape = z.object({ room_id: z.string() });
  return (await need(app, `${CLIENT}/createRoom`, { method: 'POST', token, json: settings, shape })).room_id;
}

export async function roomOf(app: App, alias: string): Promise<string | null> {
  const shape = z.object({ room_id: z.string() });
  const path = `${CLIENT}/directory/room/${part(`#${alias}:${app.domain}`)}`;
  return (await ask(app, path, { shape, absent: [404] }))?.room_id ?? null;
}

export type Room = ReturnType<typeof roomAs>;

/** What a user does with one room. */
export function roomAs(app: App, token: Token, room: string) {
  const at = `${CLIENT}/rooms/${part(room)}`;
  return {
    join: () => need(app, `${at}/join`, { method: 'POST', token, json: {}, shape: Done }),
    setName: (name: string) =>
      need(app, `${at}/state/m.room.name/`, { method: 'PUT', token, json: { name }, shape: Done }),
    name: async () =>
      (await need(app, `${at}/state/m.room.name/`, { token, shape: z.object({ name: z.string() }) })).name,
    send: async (content: object) => {
      const shape = z.object({ event_id: z.string() });
      const path = `${at}/send/m.room.message/${crypto.randomUUID()}`;
      return (await need(app, path, { method: 'PUT', token, json: content, shape })).event_id;
    },
    redact: (event: string) =>
      need(app, `${at}/redact/${part(event)}/${crypto.randomUUID()}`, {
        method: 'PUT',
        token,
        json: {},
        shape: Done,
      }),
    /** Newest first, without those that were redacted. */
    messages: async () => {
      const { chunk } = await need(app, `${at}/messages?dir=b&limit=100`, { token, shape: Messages });
      return chunk.flatMap(({ type, event_id, sender, content }) => {
        const said = Said.safeParse(content);
        return type === 'm.room.message' && said.success ? [{ id: event_id, sender, ...said.data }] : [];
      });
    },
  };
}

const Said = z.object({ msgtype: z.string(), body: z.string(), url: z.string().optional() });
const Messages = z.object({
  chunk: z.array(
    z.object({ type: z.string(), event_id: z.string(), sender: z.string(), content: z.unknown() }),
  ),
});

/** Returns its `mxc:` address. */
export async function upload(app: App, token: Token, content: Uint8Array): Promise<string> {
  const shape = z.object({ content_uri: z.string() });
  return (await need(app, '/_matrix/media/v3/upload', { method: 'POST', token, body: content, shape }))
    .content_uri;
}

/** Null where it is gone. */
export async function download(app: App, token: Token, address: string): Promise<Uint8Array | null> {
  const answer = await call(app, `/_matrix/client/v1/media/download/${address.replace('mxc://', '')}`, {
    token,
  });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw new Error(`${address} answers ${answer.status}: ${await answer.text()}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** Only an administrator may. */
export async function deleteMedia(app: App, token: Token, address: string): Promise<void> {
  const path = `${ADMIN}/media/${address.replace('mxc://', '')}`;
  await ask(app, path, { method: 'DELETE', token, shape: Done, absent: [404] });
}

/** As a password or a name: what nobody has chosen before. */
export function fresh(what: string): string {
  return `${what}-${crypto.randomUUID().slice(0, 8)}`;
}
