/**
 * A real Chromium in a sandbox of its own: a user, a network and files that nobody else has, and one way out, to the app.
 * It trusts the test authority beside its own; verification is never off.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Browser, BrowserServer, BrowserType } from 'playwright';
import { systemClock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import { BROWSER_LIMITS, browserStart, hasUserNamespaces, TUNNEL_PORT } from './browser-plan.ts';
import { type Cgroup, makeCgroup } from './cgroup.ts';
import { SandboxError } from './sandbox.ts';
import { openTunnel, type Tunnel } from './tunnel.ts';

export interface BrowserOptions {
  /** The executable. */
  readonly chromium: string;
  /** All that it reaches, with the names below it. */
  readonly domain: string;
  /** Where these names lead instead of where DNS says. */
  readonly address: string | null;
  readonly caFile: string | null;
  /** All that its starter inherits; the browser itself has nothing of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where else a page led to, and was not let. */
  readonly onRefused?: (where: string) => void;
  /** For tests: where HTTPS is at the address. */
  readonly port?: number;
}

export interface LaunchedBrowser {
  readonly browser: Browser;
  readonly pid: number;
  /** What its sandbox is made of. */
  readonly home: string;
  /** Whether Chromium parts its pages from itself, as it does for everybody, inside of our sandbox. */
  readonly ownSandbox: boolean;
  /** Raw traces are written here, where they can be looked through for secrets. */
  readonly tracesDir: string;
  /** Never throws; the browser's whole process group is gone afterwards. */
  close(): Promise<void>;
}

const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Names are looked up outside, by the tunnel.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
/** Chromium asks its maker for updates, whatever it is told; that is nobody's page. */
const ITS_OWN = /^(?:http:\/\/)?[a-z.]+\.(?:googleapis|google|gvt1)\.com(?::443$|\/)/;
const STARTER = join(import.meta.dirname, 'browser.sh');
const LAUNCH_MS = 15_000;
const CLOSE_MS = 3_000;

/** Whatever keeps the browser from starting: it is this machine's fault, never the page's. */
export class BrowserNotStarted extends SandboxError {
  static readonly NAME = 'BrowserNotStarted';
  override readonly name: string = BrowserNotStarted.NAME;
}

/** Rejects with BrowserNotStarted, also where there is no sandbox to be had: a page of strangers is not opened without. */
export async function launchBrowser(options: BrowserOptions): Promise<LaunchedBrowser> {
  if (process.getuid?.() !== 0)
    throw new BrowserNotStarted(
      'A browser is started in a sandbox, which root alone can make: start the controller as root.',
    );
  try {
    return await launchedAround(options);
  } catch (error) {
    throw new BrowserNotStarted(`The browser did not start: ${messageOf(error)}`, { cause: error });
  }
}

async function launchedAround(options: BrowserOptions): Promise<LaunchedBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'ccci-browser-'));
  const around = await surroundings(options, home).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  try {
    return await launched(options, home, around);
  } catch (error) {
    await around.remove();
    throw error;
  }
}

interface Around {
  readonly tunnel: Tunnel;
  readonly cgroup: Cgroup | null;
  /** After the last process. */
  remove(): Promise<void>;
}

async function surroundings(options: BrowserOptions, home: string): Promise<Around> {
  const { domain, address, port, onRefused = () => undefined } = options;
  const name = `browser-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  const cgroup = await makeCgroup(name, BROWSER_LIMITS, systemClock.now());
  const said = (where: string): void => (ITS_OWN.test(where) ? undefined : onRefused(where));
  const tunnel = await openTunnel({ domain, address, port, onRefused: said, dir: home });
  const remove = async (): Promise<void> => {
    await tunnel.close();
    await cgroup?.remove();
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  return { tunnel, cgroup, remove };
}

async function launched(
  options: BrowserOptions,
  home: string,
  { tunnel, cgroup, remove }: Around,
): Promise<LaunchedBrowser> {
  const { chromium: executable, domain, caFile, env } = options;
  const tracesDir = join(home, 'traces');
  const trusted = caFile === null ? null : await trust(caFile, home, env);
  const ownSandbox = await hasUserNamespaces(home, env);
  // Loaded when it is needed: it takes a third of a second, and most steps and tests want no browser.
  const { chromium } = await import('playwright');
  const server = await chromium.launchServer({
    executablePath: STARTER,
    headless: true,
    chromiumSandbox: ownSandbox,
    proxy: { server: `http://127.0.0.1:${TUNNEL_PORT}` },
    args: ARGS,
    env: await browserStart({
      home,
      chromium: executable,
      domain,
      tunnel: tunnel.socket,
      trusted,
      cgroup,
      env,
    }),
    timeout: LAUNCH_MS,
    tracesDir,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const pid = server.process().pid ?? 0;
  const close = (): Promise<void> => closeBrowser(server, pid, remove);
  const browser = await connect(chromium, server, close);
  return { browser, pid, home, ownSandbox, tracesDir, close };
}

async function connect(
  chromium: BrowserType,
  server: BrowserServer,
  close: () => Promise<void>,
): Promise<Browser> {
  try {
    return await chromium.connect(server.wsEndpoint(), { timeout: LAUNCH_MS });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Chromium asks the NSS database of its user, so it gets one of its own. */
async function trust(caFile: string, home: string, env: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(home, 'nssdb');
  const options = {
    env: { ...env, HOME: home },
    extendEnv: false,
    timeout: LAUNCH_MS,
    stdin: 'ignore',
  } as const;
  await mkdir(folder);
  await execa('certutil', ['-d', `sql:${folder}`, '-N', '--empty-password'], options);
  await execa('certutil', ['-d', `sql:${folder}`, '-A', '-t', 'C,,', '-n', 'cc-ci', '-i', caFile], options);
  // Its folder is root's alone; the sandbox's user reads it through a mount.
  await chmod(folder, 0o755);
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o644);
  return folder;
}

/**
 * Playwright starts the sandbox as the leader of a process group, which is ours to end: no name is ever searched for.
 * With bubblewrap the kernel ends all that runs in the sandbox.
 */
async function closeBrowser(server: BrowserServer, pid: number, remove: () => Promise<void>): Promise<void> {
  await Promise.race([server.close().catch(() => undefined), delay(CLOSE_MS, undefined, { ref: false })]);
  if (pid > 0) killGroup(pid);
  await remove().catch(() => undefined);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

export interface ScreenshotOptions extends BrowserOptions {
  readonly url: string;
  /** A PNG. */
  readonly file: string;
}

export type ScreenshotResult =
  | { readonly path: string; readonly reason: null }
  | { readonly path: null; readonly reason: string };

const SCREENSHOT_MS = 20_000;
const PAGE_MS = 10_000;
const VIEWPORT = { width: 1280, height: 800 };

/** Evidence for people: what cannot be had is said and changes no verdict. Never throws, never takes longer than 20 s. */
export async function screenshot(options: ScreenshotOptions): Promise<ScreenshotResult> {
  const giveUp = new AbortController();
  const late = delay(
    SCREENSHOT_MS,
    { path: null, reason: `no screenshot within ${SCREENSHOT_MS / 1000} s` } as const,
    {
      signal: giveUp.signal,
    },
  );
  const taken = take(options, giveUp.signal).catch((error: unknown) => ({
    path: null,
    reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
  }));
  const result = await Promise.race([taken, late]);
  giveUp.abort();
  await late.catch(() => undefined);
  return result;
}

async function take(options: ScreenshotOptions, signal: AbortSignal): Promise<ScreenshotResult> {
  const launched = await launchBrowser(options);
  const end = (): void => void launched.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    const page = await launched.browser.newPage({ viewport: VIEWPORT });
    await page.goto(options.url, { timeout: PAGE_MS, waitUntil: 'load' });
    await page.screenshot({ path: options.file, timeout: PAGE_MS });
    return { path: options.file, reason: null };
  } finally {
    signal.removeEventListener('abort', end);
    await launched.close();
  }
}
