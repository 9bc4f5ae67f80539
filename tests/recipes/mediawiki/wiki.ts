/** What the tests and the ledger do with the wiki: pages, files, blocks, people. */
import { z } from 'zod';
import type { App } from '../../harness/app.ts';
import { ApiError, WikiClient } from './api.ts';

const ADMIN = 'Admin';

const Pages = z.object({
  query: z.object({
    pages: z.array(
      z.object({
        missing: z.boolean().optional(),
        revisions: z
          .array(z.object({ slots: z.object({ main: z.object({ content: z.string() }) }) }))
          .optional(),
        imageinfo: z.array(z.object({ url: z.url() })).optional(),
      }),
    ),
  }),
});
const Blocks = z.object({ query: z.object({ blocks: z.array(z.object({ reason: z.string() })) }) });
const Site = z.object({
  query: z.object({ general: z.object({ generator: z.string(), sitename: z.string() }) }),
});

/** The administrator whom the recipe makes, with the secret as it was generated. */
export async function admin(app: App, password: string | undefined): Promise<WikiClient> {
  const client = new WikiClient(app);
  if (password === undefined || !(await client.logIn(ADMIN, password)))
    throw new Error(`${ADMIN} cannot log in with the secret admin_password.`);
  return client;
}

export async function siteOf(app: App): Promise<z.infer<typeof Site>['query']['general']> {
  const answer = await new WikiClient(app).get({ action: 'query', meta: 'siteinfo' });
  return Site.parse(answer).query.general;
}

/** Null where there is no such page. */
export async function pageText(client: WikiClient, titles: string): Promise<string | null> {
  const query = { action: 'query', prop: 'revisions', rvprop: 'content', rvslots: 'main', titles };
  const [page] = Pages.parse(await client.get(query)).query.pages;
  return page?.revisions?.[0]?.slots.main.content ?? null;
}

export function edit(client: WikiClient, title: string, text: string): Promise<unknown> {
  return client.post({ action: 'edit', title, text });
}

/** Null where there is no such file. */
export async function fileOf(app: App, client: WikiClient, name: string): Promise<string | null> {
  const query = { action: 'query', prop: 'imageinfo', iiprop: 'url', titles: `File:${name}` };
  const [page] = Pages.parse(await client.get(query)).query.pages;
  const url = page?.imageinfo?.[0]?.url;
  if (url === undefined) return null;
  const answer = await app.fetch(new URL(url).pathname);
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}.`);
  return answer.text();
}

/** Why an address may not edit, or null. */
export async function blockOf(client: WikiClient, bkusers: string): Promise<string | null> {
  const query = { action: 'query', list: 'blocks', bkusers, bkprop: 'reason' };
  return Blocks.parse(await client.get(query)).query.blocks[0]?.reason ?? null;
}

/** Does what may have been done before; `codes` are how the API says so. */
export async function unlessDone(doing: Promise<unknown>, codes: readonly string[]): Promise<void> {
  try {
    await doing;
  } catch (error) {
    if (!(error instanceof ApiError && codes.includes(error.code))) throw error;
  }
}
