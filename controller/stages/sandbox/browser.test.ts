import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeThrowawayCa, type ThrowawayCa } from '../../../tests/harness/throwaway-ca.ts';
import { readConfig } from '../../config.ts';
import { launchBrowser, screenshot, type BrowserOptions } from './browser.ts';
import { sandboxUid } from './sandbox.ts';

const CHROMIUM = '/usr/bin/chromium';
/** Only root can make a sandbox, and says so. */
const canLaunch = existsSync(CHROMIUM) && process.getuid?.() === 0;
const env = readConfig().baseEnv;
let ca: ThrowawayCa;
let server: Server;
let dir: string;
let port: number;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-browser-test-'));
  ca = await makeThrowawayCa();
  const { key, cert } = await ca.issue(['*.ci.test']);
  server = createServer({ key, cert }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>An app</title><h1>It works</h1>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await ca.remove();
  await rm(dir, { recursive: true, force: true });
});

const options = (more: Partial<BrowserOptions> = {}): BrowserOptions => ({
  chromium: CHROMIUM,
  address: '127.0.0.1',
  domain: 'app.ci.test',
  caFile: ca.caFile,
  env,
  port,
  ...more,
});
/** Processes whose environment names the browser's own home; the dead that nobody buried have none. */
async function liveWith(home: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')),
  );
  return pids.filter((_pid, index) => environments[index]?.includes(home));
}

/** A page's process has a network of its own, without even a loopback. */
const isLoopbackAtMost = (names: string[] | undefined): boolean =>
  (names ?? []).every((name) => name === 'lo:');

async function processesOf(uid: number): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const statuses = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')),
  );
  return pids.filter(
    (_pid, index) =>
      statuses[index]?.includes(`\nUid:\t${uid}\t`) && !statuses[index]?.includes('\nState:\tZ'),
  );
}

const url = 'https://app.ci.test/';

describe.skipIf(!canLaunch)('a real browser', { timeout: 30_000 }, () => {
  it('takes a screenshot of a page whose authority it was told to trust', async () => {
    const file = join(dir, 'page.png');
    expect(await screenshot({ ...options(), url, file })).toEqual({ path: file, reason: null });
    expect((await readFile(file)).subarray(1, 4).toString()).toBe('PNG');
  });

  it('does not show a page whose authority it does not know', async () => {
    const result = await screenshot({ ...options({ caFile: null }), url, file: join(dir, 'no.png') });
    expect(result.reason).toContain('ERR_CERT_AUTHORITY_INVALID');
  });

  it('leaves no process and no folder', async () => {
    const launched = await launchBrowser(options());
    const page = await launched.browser.newPage();
    await page.goto(url);
    expect(await liveWith(launched.home)).not.toEqual([]);
    expect(await page.title()).toBe('An app');
    const uid = sandboxUid(launched.home);
    expect((await processesOf(uid)).length).toBeGreaterThan(3);
    await launched.close();
    await vi.waitFor(async () => expect(await liveWith(launched.home)).toEqual([]));
    expect(await processesOf(uid)).toEqual([]);
    expect(existsSync(launched.home)).toBe(false);
  });

  it('is nobody that has any power, sees no file and no network of the machine, and parts its pages from itself', async () => {
    const launched = await launchBrowser(options());
    try {
      const page = await launched.browser.newPage();
      await page.goto(url);
      const pids = await processesOf(sandboxUid(launched.home));
      for (const pid of pids) {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        // What parts the pages is mighty in a user namespace of its own, and there alone.
        const isOurs = (await readlink(`/proc/${pid}/ns/user`)) === (await readlink('/proc/self/ns/user'));
        expect(status).toMatch(isOurs ? /CapEff:\t0{16}\n/ : /CapEff/);
        expect(status).toMatch(/NoNewPrivs:\t1[^]*Seccomp:\t2/);
        const net = await readFile(`/proc/${pid}/net/dev`, 'utf8');
        expect(net.match(/^ *\w+:/gm)?.map((name) => name.trim())).toSatisfy(isLoopbackAtMost);
        for (const path of ['/root', '/var', '/run', '/home', dir, launched.home])
          expect(existsSync(`/proc/${pid}/root${path}`)).toBe(false);
      }
      expect(launched.ownSandbox).toBe(true);
      const own = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/ns/user`)));
      expect(new Set(own).size).toBeGreaterThan(1);
    } finally {
      await launched.close();
    }
  });
});

describe('screenshot', { timeout: 30_000 }, () => {
  it('says why there is none instead of throwing', async () => {
    const broken = join(dir, 'broken');
    await writeFile(broken, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const file = join(dir, 'none.png');
    const result = await screenshot({ ...options({ chromium: broken, caFile: null }), url, file });
    expect(result.path).toBeNull();
    expect(result.reason).toBeTruthy();
  });
});
