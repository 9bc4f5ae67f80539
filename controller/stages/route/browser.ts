/** A real Chromium that trusts the test authority and reaches the zone through the proxy. Verification is never off. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { Browser, BrowserServer, BrowserType } from 'playwright';

export interface BrowserOptions {
  /** The executable. */
  readonly chromium: string;
  /** Hosts of the zone lead here instead of where DNS says. */
  readonly address: string | null;
  readonly zone: string;
  readonly caFile: string | null;
  /** All that the browser inherits; HOME is set to a folder of its own. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LaunchedBrowser {
  readonly browser: Browser;
  readonly pid: number;
  /** The browser's own HOME. */
  readonly home: string;
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
];
const LAUNCH_MS = 15_000;
const CLOSE_MS = 3_000;

export async function launchBrowser(options: BrowserOptions): Promise<LaunchedBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'ccci-browser-'));
  const tracesDir = join(home, 'traces');
  try {
    if (options.caFile !== null) await trust(options.caFile, home, options.env);
    // Loaded when it is needed: it takes a third of a second, and most steps and tests want no browser.
    const { chromium } = await import('playwright');
    const server = await chromium.launchServer({
      executablePath: options.chromium,
      headless: true,
      chromiumSandbox: false,
      args: [...ARGS, ...resolverRules(options)],
      env: { ...options.env, HOME: home },
      timeout: LAUNCH_MS,
      tracesDir,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const pid = server.process().pid ?? 0;
    const close = (): Promise<void> => closeBrowser(server, pid, home);
    const browser = await connect(chromium, server, close);
    return { browser, pid, home, tracesDir, close };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
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

function resolverRules({ address, zone }: BrowserOptions): string[] {
  if (address === null) return [];
  const target = address.includes(':') ? `[${address}]` : address;
  return [`--host-resolver-rules=MAP *.${zone} ${target}, MAP ${zone} ${target}`];
}

/** Chromium asks the NSS database of its user, so it gets a user of its own. */
async function trust(caFile: string, home: string, env: Readonly<Record<string, string>>): Promise<void> {
  const database = `sql:${join(home, '.pki', 'nssdb')}`;
  const options = {
    env: { ...env, HOME: home },
    extendEnv: false,
    timeout: LAUNCH_MS,
    stdin: 'ignore',
  } as const;
  await execa('mkdir', ['-p', join(home, '.pki', 'nssdb')], options);
  await execa('certutil', ['-d', database, '-N', '--empty-password'], options);
  await execa('certutil', ['-d', database, '-A', '-t', 'C,,', '-n', 'cc-ci', '-i', caFile], options);
}

/**
 * Playwright starts the browser as the leader of a process group, which is ours to end: no name is ever searched for.
 * Helpers outlive their leader for a moment, and while one of them lives the kernel gives the group's number to nobody.
 */
async function closeBrowser(server: BrowserServer, pid: number, home: string): Promise<void> {
  await Promise.race([server.close().catch(() => undefined), delay(CLOSE_MS, undefined, { ref: false })]);
  if (pid > 0) killGroup(pid);
  await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => undefined);
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
