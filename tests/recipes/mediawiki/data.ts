/** A page, an uploaded file, a user and a block, written and read by the wiki's API; blocks are what 1.43 moves to other tables. */
import { type LedgerApp, type LedgerEntry, sha256, WRITTEN_OVER } from '../../harness/ledger.ts';
import { readContext, readSecrets } from '../../harness/context.ts';
import { WikiClient } from './api.ts';
import { admin, blockOf, edit, fileOf, pageText, unlessDone } from './wiki.ts';

const CHANGED = 'Ccci ledger, changed';
const DELETED = 'Ccci ledger, deleted';
const FILE = 'Ccci-ledger.txt';
const USER = 'Ccci ledger';
/** Of a range that belongs to nobody. */
const BLOCKED = '192.0.2.1';

/** Known to who has the marker, so that it can be tried at every moment. */
const passwordOf = ({ marker }: LedgerApp): string => sha256(`${USER} ${marker}`);

async function asAdmin(app: LedgerApp): Promise<WikiClient> {
  return admin(app, (await readSecrets(await readContext()))['admin_password']);
}

export async function seed(app: LedgerApp): Promise<void> {
  const wiki = await asAdmin(app);
  for (const title of [CHANGED, DELETED]) await edit(wiki, title, `${title}: ${app.marker}`);
  await unlessDone(wiki.upload(FILE, `${FILE} ${app.marker}\n`), ['fileexists-no-change']);
  const block = { action: 'block', user: BLOCKED, expiry: 'never', reason: app.marker };
  await unlessDone(wiki.post(block), ['alreadyblocked']);
  if (await new WikiClient(app).logIn(USER, passwordOf(app))) return;
  const password = passwordOf(app);
  const account = { username: USER, password, retype: password, reason: app.marker };
  await wiki.post({ action: 'createaccount', createreturnurl: app.url, ...account }, 'create');
}

export async function read(app: LedgerApp): Promise<LedgerEntry[]> {
  const wiki = await asAdmin(app);
  const found: (readonly [name: string, kind: LedgerEntry['kind'], content: string | null])[] = [];
  for (const title of [CHANGED, DELETED]) found.push([`page "${title}"`, 'row', await pageText(wiki, title)]);
  found.push([`file "${FILE}"`, 'file', await fileOf(app, wiki, FILE)]);
  found.push([`block of ${BLOCKED}`, 'row', await blockOf(wiki, BLOCKED)]);
  const canLogIn = await new WikiClient(app).logIn(USER, passwordOf(app));
  found.push([`user "${USER}" with the password`, 'user', canLogIn ? passwordOf(app) : null]);
  return found.flatMap(([name, kind, content]) =>
    content === null ? [] : [{ name, kind, sha256: sha256(content) }],
  );
}

export async function mutate(app: LedgerApp): Promise<void> {
  const wiki = await asAdmin(app);
  await edit(wiki, CHANGED, WRITTEN_OVER);
  await unlessDone(wiki.post({ action: 'delete', title: DELETED }), ['missingtitle']);
  await unlessDone(wiki.post({ action: 'delete', title: `File:${FILE}` }), ['missingtitle']);
  await unlessDone(wiki.post({ action: 'unblock', user: BLOCKED }), ['cantunblock']);
  await changePassword(app);
}

/** A user of MediaWiki cannot be deleted. */
async function changePassword(app: LedgerApp): Promise<void> {
  const user = new WikiClient(app);
  if (!(await user.logIn(USER, passwordOf(app)))) return;
  const password = sha256(`another ${app.marker}`);
  const request = 'MediaWiki\\Auth\\PasswordAuthenticationRequest';
  await user.post(
    { action: 'changeauthenticationdata', changeauthrequest: request, password, retype: password },
    'changeauth',
  );
}
