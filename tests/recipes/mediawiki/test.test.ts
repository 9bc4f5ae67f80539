import { expect, test } from '../../harness/fixtures.ts';
import { admin, edit, pageText } from './wiki.ts';
import { WikiClient } from './api.ts';

test('a page that is written is there for every visitor, with its history', async ({ app, secrets }) => {
  const wiki = await admin(app, secrets['admin_password']);
  for (const text of ['The first text.', "The second, '''bold''' text."]) await edit(wiki, 'Written', text);
  expect(await pageText(new WikiClient(app), 'Written')).toBe("The second, '''bold''' text.");
  expect(await (await app.fetch('/index.php?title=Written')).text()).toContain('<b>bold</b>');
  expect(await (await app.fetch('/index.php?title=Written&action=history')).text()).toContain('mw-history');
});

test('a page that is deleted is gone', async ({ app, secrets }) => {
  const wiki = await admin(app, secrets['admin_password']);
  await edit(wiki, 'Unwanted', 'soon gone');
  await wiki.post({ action: 'delete', title: 'Unwanted' });
  expect(await pageText(new WikiClient(app), 'Unwanted')).toBeNull();
  expect((await app.fetch('/index.php?title=Unwanted')).status).toBe(404);
});
