/** A run that goes on, in a real Chromium: its state and its log as they come, who reads further up is left alone, and no stranger's word does anything. */
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { finishedBody, statusBody, stepOf } from '../../controller/ctl/testing.ts';
import { grow, numbered } from '../../controller/http/stream-testing.ts';
import { World } from '../../controller/http/testing.ts';

const CHROMIUM = '/usr/bin/chromium';

let world: World;
let browser: Browser;
let context: BrowserContext;
let version: number;

const address = (path: string): string => `http://127.0.0.1:${world.http.port}${path}`;
const put = async (body: ReturnType<typeof statusBody>): Promise<void> => {
  await world.store.putStatus('ghost-1', body, version);
  version += 1;
};
const runs = (stage: 'install' | 'upgrade'): Promise<void> =>
  put(
    statusBody({ phase: 'Running', stage, steps: [stepOf('prepare', 'passed'), stepOf(stage, 'running')] }),
  );

async function opened(path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address(path));
  return page;
}

const lineNumbers = (page: Page): Promise<string[]> =>
  page.locator('#steps .line > a').evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? ''));
const wanted = (step: string, to: number): string[] =>
  Array.from({ length: to }, (_, index) => `#${step}.L${index + 1}`);
const gap = (page: Page): Promise<number> =>
  page
    .locator('[data-step="1-install"] pre')
    .evaluate((pre) => Math.abs(pre.scrollHeight - pre.scrollTop - pre.clientHeight));

describe.skipIf(!existsSync(CHROMIUM))('a run that goes on, in a browser', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false });
  }, 60_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    world = await World.make();
    await world.start();
    await world.run('ghost-1', statusBody({ phase: 'Running', stage: 'install' }));
    version = 1;
    context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  });
  afterEach(async () => {
    await context.close();
    await world.end();
  });

  it('is followed from its first line to its verdict', async () => {
    await grow(world, '1-prepare', numbered(1, 30));
    await runs('install');
    const page = await opened('/runs/ghost-1');
    await expect.poll(() => lineNumbers(page), { timeout: 10_000 }).toEqual(wanted('prepare', 30));
    await grow(world, '1-install', ['\u001b[31mred\u001b[0m <img src=x onerror="document.title=1">']);
    await page.locator('[id="install.L1"] .a-ink1').waitFor();
    expect(await page.locator('[id="install.L1"]').textContent()).toContain('<img src=x');
    await runs('upgrade');
    await page.getByRole('heading', { level: 1 }).getByText('running: upgrade').waitFor();
    await grow(world, '1-teardown', ['gone']);
    await put(finishedBody('Failed', { uid: 'u-1', steps: [stepOf('install', 'failed', 'It broke.')] }));
    await page.getByRole('heading', { level: 1 }).getByText('failed: install').waitFor();
    await page.locator('[id="teardown.L1"]').waitFor({ state: 'attached' });
    expect(await page.title()).toContain('failed: install');
    expect(await lineNumbers(page)).toEqual([...wanted('prepare', 30), '#install.L1', '#teardown.L1']);
  });

  it('stays at the end for who is at the end, and where it is for who reads further up', async () => {
    await grow(world, '1-install', numbered(1, 200));
    await runs('install');
    const page = await opened('/runs/ghost-1');
    const pre = page.locator('[data-step="1-install"] pre');
    await pre.evaluate((each) => void (each.scrollTop = each.scrollHeight));
    await grow(world, '1-install', numbered(201, 300));
    await page.locator('[id="install.L300"]').waitFor({ state: 'attached' });
    await expect.poll(() => gap(page)).toBeLessThan(24);
    await pre.evaluate((each) => void (each.scrollTop = 100));
    await grow(world, '1-install', numbered(301, 400));
    await page.getByRole('button', { name: 'Paused: 100 new lines' }).waitFor();
    expect(await pre.evaluate((each) => each.scrollTop)).toBe(100);
    await page.getByRole('button', { name: 'Paused' }).click();
    await expect.poll(() => gap(page)).toBeLessThan(24);
    expect(await page.getByRole('button', { name: 'Paused' }).count()).toBe(0);
    await grow(world, '1-install', numbered(401, 500));
    await page.locator('[id="install.L500"]').waitFor({ state: 'attached' });
    await expect.poll(() => gap(page)).toBeLessThan(24);
    expect(await lineNumbers(page)).toEqual(wanted('install', 500));
  });

  it('loses and doubles nothing where the connection is cut, again and again', async () => {
    await grow(world, '1-install', numbered(1, 50));
    await runs('install');
    const relay = await relayTo(world.http.port);
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${relay.port}/runs/ghost-1`);
    for (let round = 1; round <= 3; round += 1) {
      await page.locator(`[id="install.L${round * 50}"]`).waitFor({ state: 'attached' });
      relay.cut();
      await grow(world, '1-install', numbered(round * 50 + 1, (round + 1) * 50));
    }
    await page.locator('[id="install.L200"]').waitFor({ state: 'attached' });
    expect(await lineNumbers(page)).toEqual(wanted('install', 200));
    expect(relay.cuts()).toBeGreaterThanOrEqual(3);
    relay.end();
  });

  it('is live in eight tabs at once', async () => {
    await grow(world, '1-install', ['first']);
    await runs('install');
    const pages: Page[] = [];
    for (let tab = 0; tab < 8; tab += 1) {
      // A tab in the background says that it is hidden, as in a browser with a window.
      for (const each of pages) await setHidden(each, true);
      pages.push(await opened('/runs/ghost-1'));
    }
    await grow(world, '1-install', ['second']);
    for (const page of pages) {
      for (const each of pages) await setHidden(each, each !== page);
      await page.locator('[id="install.L2"]').waitFor({ state: 'attached' });
      expect(await lineNumbers(page)).toEqual(wanted('install', 2));
    }
  });

  it('is looked for as a whole on the server, and every line has an address', async () => {
    await grow(world, '1-install', [...numbered(1, 20_100), 'A Needle & <b>'].slice(0, 20_101));
    await put(finishedBody('Passed', { uid: 'u-1' }));
    const page = await opened('/runs/ghost-1');
    await page.getByLabel('Search the whole log').fill('needle & <B>');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('heading', { name: '1 line with "needle & <B>"' }).waitFor();
    await page.locator('[aria-labelledby="found"] a').click();
    expect(new URL(page.url()).hash).toBe('#install.L20101');
    expect(await page.locator('[id="install.L20101"]').textContent()).toContain('A Needle & <b>');
    await page.goto(address('/runs/ghost-1?q=line+1'));
    // The first hundred lines are not on the page.
    await page.locator('b', { hasText: 'install.L1' }).first().waitFor();
  });

  it('is whole without the script', async () => {
    await grow(world, '1-install', numbered(1, 40));
    await put(finishedBody('Failed', { uid: 'u-1', steps: [stepOf('install', 'failed', 'It broke.')] }));
    const bare = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 360, height: 700 },
    });
    const page = await bare.newPage();
    await page.goto(address('/runs/ghost-1'));
    expect(await lineNumbers(page)).toEqual(wanted('install', 40));
    await page.getByLabel('Search the whole log').fill('line 7');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'install.L7' }).click();
    expect(new URL(page.url()).hash).toBe('#install.L7');
    await bare.close();
  });

  it('is on the first page as it stands, without asking again', async () => {
    await world.enrol('ghost', 'https://git.example.org/recipes/Ghost.git');
    const page = await opened('/');
    await page.getByRole('link', { name: 'running: install' }).first().waitFor();
    await put(finishedBody('Passed', { uid: 'u-1' }));
    await page.getByRole('link', { name: 'passed' }).first().waitFor();
    expect(await page.getByRole('link', { name: 'running: install' }).count()).toBe(0);
  });

  it('does nothing that a stranger wrote, wherever it stands', async () => {
    const hostile = `<script>window.taken=1</script><img src=x onerror="window.taken=1">"onload='x' javascript:alert(1)`;
    const said: string[] = [];
    await grow(world, '1-install', [
      hostile,
      `\u001b]8;;javascript:alert(1)\u001b\\x\u001b[31m${hostile}\u001b[0m`,
    ]);
    await put(
      finishedBody('Failed', {
        uid: 'u-1',
        message: hostile,
        commit: hostile,
        version: hostile,
        steps: [stepOf('install', 'failed', hostile)],
        cause: { reason: hostile, message: hostile, evidence: hostile, nextStep: hostile, service: hostile },
      }),
    );
    const test = {
      source: 'recipe',
      name: hostile,
      file: hostile,
      state: 'failed',
      durationMs: 1,
      message: hostile,
    };
    const result = {
      step: 'install',
      outcome: 'failed',
      startedAt: '2020-01-01T00:00:00.000Z',
      finishedAt: '2020-01-01T00:00:00.000Z',
      message: hostile,
      tests: [test],
    };
    await world.write(`${world.layout.stagesDir('u-1')}/1-install/result.json`, JSON.stringify(result));
    for (const path of [
      '/runs/ghost-1',
      `/runs/ghost-1?q=${encodeURIComponent(hostile.slice(0, 150))}`,
      '/',
      '/recipes/ghost',
    ]) {
      const page = await context.newPage();
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      await page.goto(address(path));
      expect(await page.evaluate('window.taken')).toBeUndefined();
      expect(
        await page
          .locator('main script, main img[src="x"], main [onerror], main [onload], main [style]')
          .count(),
      ).toBe(0);
      await page.close();
    }
    expect(said).toEqual([]);
  });
});

/** A network between browser and server that breaks when it is told to. */
async function relayTo(port: number): Promise<{ port: number; cut(): void; cuts(): number; end(): void }> {
  const open = new Set<Socket>();
  let cuts = 0;
  const relay = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  relay.listen(0, '127.0.0.1', resolve);
  await promise;
  return {
    port: (relay.address() as AddressInfo).port,
    cut: () => {
      if (open.size > 0) cuts += 1;
      for (const each of open) each.destroy();
    },
    cuts: () => cuts,
    end: () => {
      for (const each of open) each.destroy();
      relay.close();
    },
  };
}

function setHidden(page: Page, isHidden: boolean): Promise<void> {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}
