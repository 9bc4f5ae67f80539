/** The floor's visit against small apps, in the real browser: which answers are fine, and which are errors of the app. */
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../controller/config.ts';
import { makeHttps } from '../../controller/stages/route/https.ts';
import { launchBrowser, type LaunchedBrowser } from '../../controller/stages/sandbox/browser.ts';
import { makeThrowawayCa, type ThrowawayCa } from '../harness/throwaway-ca.ts';
import { answerOf, watchErrors } from '../harness/visit.ts';

const CHROMIUM = '/usr/bin/chromium';
/** Only root can make a sandbox, and says so. */
const canLaunch = existsSync(CHROMIUM) && process.getuid?.() === 0;
const ADDRESS = '127.0.0.1';
const APP = 'https://app.ci.test';

type Reply = (path: string, response: ServerResponse) => unknown;
const page =
  (body: string, status = 200): Reply =>
  (_path, response) =>
    response.writeHead(status, { 'content-type': 'text/html' }).end(body);
const bare =
  (status: number, headers: Record<string, string> = {}, body = ''): Reply =>
  (_path, response) =>
    response.writeHead(status, headers).end(body);
/** By the path below the app's own; what is not named is not there. */
const paths =
  (replies: Readonly<Record<string, Reply>>): Reply =>
  (path, response) =>
    (replies[path] ?? bare(404))(path, response);
const login = (more: string): Reply => page(`<h1>log in</h1>${more}`);

interface Row {
  readonly because: string;
  readonly app: Reply;
  readonly status?: number;
  /** Green where nothing is said. */
  readonly red?: RegExp;
}

const ROWS: readonly Row[] = [
  { because: 'a page', app: page('<h1>hi</h1>') },
  { because: 'text is no page, and an answer', app: bare(200, { 'content-type': 'text/plain' }, 'up') },
  { because: 'what nginx returns is a download', app: bare(200, { 'content-type': 'application/octet-stream' }, 'up') },
  { because: 'a page that is sent as a file', app: bare(200, { 'content-type': 'text/html', 'content-disposition': 'attachment; filename=x.html' }, '<p>') },
  { because: 'JSON', app: bare(200, { 'content-type': 'application/json' }, '{"ok":true}') },
  { because: '204 where it is wanted', status: 204, app: bare(204) },
  { because: '401 that asks for a password', status: 401, app: bare(401, { 'www-authenticate': 'Basic realm="x"', 'content-type': 'text/html' }, 'no') },
  { because: '401 with a page', status: 401, app: page('<h1>log in</h1>', 401) },
  { because: '403 with a page', status: 403, app: page('<h1>no</h1>', 403) },
  { because: '403 without one', status: 403, app: bare(403) },
  { because: '404 with a page', status: 404, app: page('<h1>nothing here</h1>', 404) },
  { because: '404 without one', status: 404, app: bare(404) },
  { because: '503 where it is wanted', status: 503, app: page('<h1>closed</h1>', 503) },
  { because: 'a redirect to another page of the app', app: paths({ '/': bare(302, { location: 'login' }), '/login': login('') }) },
  { because: 'one with the whole address', app: (path, response) => (path === '/' ? bare(302, { location: `${APP}/case/login` }) : page('<p>'))(path, response) },
  { because: 'a redirect where it is wanted', status: 302, app: bare(302, { location: 'login' }) },
  { because: 'a redirect to somebody else where it is wanted', status: 302, app: bare(302, { location: 'https://id.example.org/' }) },
  { because: 'a login page that asks who is there', app: paths({ '/': login('<script>fetch("api/me")</script>'), '/api/me': bare(401) }) },
  { because: 'a page without its icons and its manifest', app: paths({ '/': page('<link rel="manifest" href="manifest.json"><link rel="icon" href="icon.png"><h1>hi</h1>') }) },
  { because: 'a page that writes into the console', app: page('<script>console.error("deprecated")</script><h1>hi</h1>') },
  { because: 'a rule of the page that the browser keeps', app: bare(200, { 'content-type': 'text/html', 'content-security-policy': "script-src 'self'" }, '<script>1</script><h1>hi</h1>') },
  { because: 'somebody else who does not answer', app: page('<script src="https://cdn.example.org/x.js"></script><h1>hi</h1>') },
  { because: 'another status than the wanted one', app: page('<h1>no</h1>', 403), red: /status 403/ },
  { because: 'a redirect to somebody else', app: bare(302, { location: 'https://id.example.org/' }), red: /status 302/ },
  { because: 'redirects that never end', app: bare(302, { location: '' }), red: /status 302/ },
  { because: 'a redirect to a page that breaks', app: paths({ '/': bare(302, { location: 'login' }), '/login': bare(500) }), red: /status 500/ },
  { because: 'a script that throws', app: page('<script>throw new Error("broken app")</script>'), red: /broken app/ },
  { because: 'a promise that nobody waits for', app: page('<script>Promise.reject(new Error("lost"))</script>'), red: /lost/ },
  { because: 'a request of the page that breaks the app', app: paths({ '/': page('<script src="app.js"></script>'), '/app.js': bare(500) }), red: /HTTP 500 for \S+app\.js/ },
]; // oxfmt-ignore

let ca: ThrowawayCa;
let server: Server;
let port: number;
let reply: Reply;
let launched: LaunchedBrowser | undefined;

beforeAll(async () => {
  ca = await makeThrowawayCa();
  const { key, cert } = await ca.issue(['*.ci.test']);
  server = createServer({ key, cert }, (request, response) => {
    const { pathname } = new URL(request.url ?? '/', APP);
    const isApps = pathname.startsWith('/case/');
    void (isApps ? reply(pathname.slice('/case'.length), response) : bare(404)(pathname, response));
  });
  await new Promise<void>((done) => server.listen(0, ADDRESS, done));
  port = (server.address() as AddressInfo).port;
  if (!canLaunch) return;
  const options = { chromium: CHROMIUM, address: ADDRESS, domain: 'app.ci.test', caFile: ca.caFile, port };
  launched = await launchBrowser({ ...options, env: readConfig().baseEnv });
});
afterAll(async () => {
  await launched?.close();
  server.closeAllConnections();
  server.close();
  await ca.remove();
});

/** What the floor finds wrong; '' where all is well. */
async function visited({ app, status = 200 }: Row, { browser }: LaunchedBrowser): Promise<string> {
  reply = app;
  const https = makeHttps({ address: ADDRESS, caFile: ca.caFile });
  const visit = {
    url: APP,
    health: { path: '/case/', status },
    fetch: async (path: string): Promise<Response> => {
      const raw = await https.send(new URL(path, `https://app.ci.test:${port}/`));
      const body = raw.status === 204 ? null : new Uint8Array(raw.body);
      return new Response(body, { status: raw.status, headers: { ...raw.headers } });
    },
  };
  const answer = await answerOf(visit);
  if (answer.status !== status) return `status ${answer.status}`;
  if (!answer.isPage) return '';
  const shown = await browser.newPage();
  try {
    const errors = watchErrors(visit, shown);
    const seen = await shown.goto(`${APP}/case/`, { waitUntil: 'load' });
    return seen?.status() === status ? errors.join('; ') : `status ${seen?.status()} in the browser`;
  } finally {
    await shown.close();
  }
}

describe.skipIf(!canLaunch)('the floor’s visit', { timeout: 60_000 }, () => {
  it.each(ROWS)('$because', async (row) => {
    if (launched === undefined) throw new Error('There is no browser.');
    const found = await visited(row, launched);
    if (row.red === undefined) expect(found).toBe('');
    else expect(found).toMatch(row.red);
  });
});
