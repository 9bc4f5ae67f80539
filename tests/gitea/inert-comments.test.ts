/** What strangers write into our comments does nothing in a real Gitea: its own renderer says so. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cell, code, prose } from '../../controller/domain/report/inert.ts';
import { hostileText, nastyPieces } from '../../controller/domain/report/testing.ts';
import * as pulls from './pull-requests.ts';
import { ADA, BOT, makeWorld, type World } from './world.ts';

let world: World;
let repository: string;
let nasty: readonly string[];

beforeAll(async () => {
  world = await makeWorld();
  repository = await world.addRecipe('tiny-web');
  const opened = await pulls.openPullRequest(world, { repository, branch: 'more' });
  const { sha } = (await pulls.pullRequest(world, opened)).head;
  // Things that are there, and would be linked.
  nasty = [...nastyPieces, `@${ADA}`, '#1', '!1', `${repository}#1`, sha, sha.slice(0, 7), `closes #1`];
});
afterAll(() => world.stop());

/** As a comment in that repository is shown. */
async function rendered(text: string): Promise<string> {
  const asked = { Text: text, Mode: 'comment', Context: repository, Wiki: false };
  return String(await world.as(BOT).must('POST', '/markdown', asked));
}

const tagsIn = (html: string): string[] =>
  [...html.matchAll(/<([a-z][a-z0-9]*)[\s>]/g)].map(([, tag = '']) => tag);

/** Asked for the link of a commit by this way, Gitea 1.26 ends with a nil pointer: what is not inert then fails every test here. */
const isCommit = (text: string): boolean => /(?:^|\s)[0-9a-f]{7}/.test(text);

it('would do something if it stood there as it is', async () => {
  const html = await rendered(nasty.filter((text) => !isCommit(text)).join('\n\n'));
  expect([...new Set(tagsIn(html))]).toEqual(expect.arrayContaining(['a', 'img', 'pre', 'span']));
});

it.each([
  { because: 'sentences', of: (text: string) => prose(text), allowed: ['p', 'code'] },
  { because: 'code', of: (text: string) => code(text), allowed: ['p', 'code'] },
])('does nothing in $because', async ({ of, allowed }) => {
  const samples = fc.sample(fc.oneof(hostileText, fc.constantFrom(...nasty)), { numRuns: 600, seed: 7 });
  const pairs = nasty.flatMap((a) => nasty.map((b) => `${a} x ${b}`));
  const html = await rendered([...nasty, ...pairs, ...samples].map(of).join('\n\n'));
  expect([...new Set(tagsIn(html))].filter((tag) => !allowed.includes(tag))).toEqual([]);
});

it('neither ends its cell nor does anything in it', async () => {
  const rows = nasty.map((text) => `| ${cell(text)} | end |`);
  const html = await rendered(['| a | b |', '|---|---|', ...rows].join('\n'));
  expect(html.match(/<td>end<\/td>/g)).toHaveLength(rows.length);
  const allowed = ['table', 'thead', 'tbody', 'tr', 'th', 'td', 'code'];
  expect([...new Set(tagsIn(html))].filter((tag) => !allowed.includes(tag))).toEqual([]);
});

const GOLDEN = join(import.meta.dirname, '..', '..', 'controller', 'domain', 'report', 'golden');

it.each(globSync('*.md', { cwd: GOLDEN }))('the comment %s is shown as it is meant', async (file) => {
  const html = await rendered(readFileSync(join(GOLDEN, file), 'utf8'));
  const links = [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = '']) => href);
  expect(links.filter((href) => !/^(https:\/\/ci\.example\.org\/|#)/.test(href))).toEqual([]);
  const allowed = [
    'h3',
    'p',
    'code',
    'a',
    'br',
    'table',
    'thead',
    'tbody',
    'tr',
    'th',
    'td',
    'details',
    'summary',
    'strong',
    'ul',
    'li',
  ];
  expect([...new Set(tagsIn(html))].filter((tag) => !allowed.includes(tag))).toEqual([]);
  expect(html.match(/<details>/g)?.length).toBe(html.match(/<\/details>/g)?.length);
  // A table that was not understood would stand there with its bars.
  expect(html.replaceAll(/<code>[^<]*<\/code>/g, '')).not.toContain('|');
});
