/** The dashboard's pages in a real Chromium: they have their style, break no rule of their own policy, fit a phone, and name what they show. */
import { existsSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finishedBody, statusBody, stepOf } from '../../controller/ctl/testing.ts';
import { World } from '../../controller/http/testing.ts';

const CHROMIUM = '/usr/bin/chromium';
const PATHS = [
  '/',
  '/queue',
  '/recipes/ghost',
  '/runs/ghost-1',
  '/runs/ghost-1?q=line',
  '/runs/ghost-1/files',
  '/compare/ghost-0/ghost-1',
  '/runs/none',
];
/** Where the pictures go, for who wants to look at them. */
const PICTURES = process.env['CCCI_PICTURES'];

let world: World;
let browser: Browser;

/** Every ink and every paper, one on the other as well. */
const colourOf = (index: number): string =>
  `\u001b[${30 + (index % 8)}${index % 3 === 0 ? `;${40 + (index % 7)}` : ''}m`;

async function fill(): Promise<void> {
  const long = 'a-very-long-word-without-any-place-to-break-it-'.repeat(8);
  const cause = { reason: 'ServiceExited', message: `The service "db" exited. ${long}`, evidence: long };
  const steps = [
    stepOf('install', 'passed', 'Healthy behind the proxy.'),
    stepOf('upgrade', 'failed', long),
    stepOf('teardown', 'passed', 'All 7 removed.'),
  ];
  await world.run('ghost-1', finishedBody('Failed', { cause, steps, version: '1.2.0+5.9' }), {
    source: { ref: 'main', pr: 12 },
    trigger: { kind: 'comment', user: 'ada', url: 'https://git.example.org/recipes/ghost/pulls/12' },
  });
  await world.run('ghost-0', finishedBody('Passed', { uid: 'u-0', createdAt: '2019-12-31T00:00:00.000Z' }));
  await world.run('ghost-3', statusBody({ uid: 'u-3', queue: { position: 1, reason: 'slots are taken' } }));
  await world.run('ghost-2', statusBody({ phase: 'Running', uid: 'u-2', stage: 'install' }));
  const lines = Array.from({ length: 260 }, (_, index) => ({
    time: '2020-01-01T00:00:00.000Z',
    level: index === 250 ? 'error' : 'info',
    from: 'db',
    text:
      index === 250
        ? long
        : `${colourOf(index)}<script>document.title = 'taken'</script>\u001b[0m line ${index}`,
  }));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  await world.write(join(world.layout.stagesDir('u-1'), '1-upgrade', 'log.ndjson'), text);
  await world.write(
    join(world.layout.stagesDir('u-1'), '1-teardown', 'scan.json'),
    JSON.stringify({ secrets: [], files: 1, bytes: 1, clean: true, leaks: [], unread: [] }),
  );
  await world.write(join(world.layout.artifactsDir('u-1'), 'app.log'), 'a line\n');
}

/** What a rule of accessibility would name of the page as a whole. */
function pageFaults(): string[] {
  const levels = [...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]));
  const { scrollWidth, clientWidth, lang } = document.documentElement;
  const skip = document.querySelector('.skip') ?? document.body;
  const rules = {
    'its language': lang === 'en',
    'a title of ours': document.title.endsWith('· cc-ci'),
    'one main': document.querySelectorAll('main').length === 1,
    'headings in order': levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1),
    'room for its width': scrollWidth <= clientWidth,
    'its style': getComputedStyle(skip).position === 'absolute',
  };
  return Object.entries(rules).flatMap(([name, holds]) => (holds ? [] : [`has not ${name}`]));
}

/** And of what is on it. */
function partFaults(): string[] {
  const said = (each: Element): string => each.getAttribute('aria-label') ?? each.textContent ?? '';
  const rules: [string, string, (each: Element) => boolean][] = [
    ['a', 'has a name', (each) => said(each).trim() !== ''],
    ['img', 'is seen, and has words', (each) => (each as HTMLImageElement).naturalWidth > 0],
    ['img', 'has words', (each) => (each as HTMLImageElement).alt !== ''],
    ['table', 'has a caption', (each) => (each as HTMLTableElement).caption !== null],
    ['table', 'has headers', (each) => each.querySelector('thead th[scope="col"]') !== null],
    [
      '[aria-labelledby]',
      'has the label that it names',
      (each) => document.getElementById(each.getAttribute('aria-labelledby') ?? '') !== null,
    ],
    [
      'h1, h2, h3, p, caption, dd',
      'is no column of letters',
      (each) => said(each).length <= 10 || each.clientWidth >= 40,
    ],
  ];
  return rules.flatMap(([selector, rule, holds]) =>
    [...document.querySelectorAll(selector)]
      .filter((each) => !holds(each))
      .map((each) => `${each.outerHTML.slice(0, 80)}: not so: ${rule}`),
  );
}

/** Of each text against what is behind it; 4.5 to 1 is what WCAG asks for. */
function faintest(): number {
  const channel = (value: number): number =>
    value <= 10.31 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = (color: string): number => {
    const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const behind = (each: Element | null): string => {
    const color = each === null ? 'rgb(255, 255, 255)' : getComputedStyle(each).backgroundColor;
    return color.startsWith('rgba(0, 0, 0, 0') ? behind(each?.parentElement ?? null) : color;
  };
  const ratios = [...document.querySelectorAll('body *')].map((each) => {
    const [a, b] = [light(getComputedStyle(each).color), light(behind(each))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
  return Math.min(...ratios);
}

async function seen(
  path: string,
  { dark, width }: { readonly dark: boolean; readonly width: number },
): Promise<{ readonly faults: string[]; readonly said: string[]; readonly contrast: number }> {
  const context = await browser.newContext({
    colorScheme: dark ? 'dark' : 'light',
    viewport: { width, height: 900 },
  });
  try {
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(address(path));
    await picture(page, `${path.replaceAll('/', '_')}-${dark ? 'dark' : 'light'}-${width}`);
    const { violations } = width > 360 ? await new AxeBuilder({ page }).analyze() : { violations: [] };
    const named = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`);
    const faults = [...named, ...(await page.evaluate(pageFaults)), ...(await page.evaluate(partFaults))];
    return { faults, said, contrast: await page.evaluate(faintest) };
  } finally {
    await context.close();
  }
}

const address = (path: string): string => `http://127.0.0.1:${world.http.port}${path}`;

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

describe.skipIf(!existsSync(CHROMIUM))('the pages in a browser', { timeout: 300_000 }, () => {
  beforeAll(async () => {
    world = await World.make();
    await world.start();
    await fill();
    browser = await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await world.end();
  });

  const looks = PATHS.flatMap((path) =>
    [false, true].flatMap((dark) => [360, 1280].map((width) => ({ path, dark, width }))),
  );
  it.each(looks)(
    '$path, dark: $dark, $width px, has no fault that can be told',
    async ({ path, ...look }) => {
      const { faults, said, contrast } = await seen(path, look);
      // Chromium says by itself that a page is not there.
      const own = said.filter((text) => !(path === '/runs/none' && text.includes('404')));
      expect({ faults, own }).toEqual({ faults: [], own: [] });
      expect(contrast).toBeGreaterThan(4.5);
    },
  );

  it('opens at the line that shows the cause', async () => {
    const page = await browser.newPage();
    await page.goto(address('/runs/ghost-1'));
    await page.getByRole('link', { name: 'upgrade.L251', exact: true }).click();
    expect(new URL(page.url()).hash).toBe('#upgrade.L251');
    await page.locator('[id="upgrade.L251"]').waitFor({ state: 'visible' });
    expect(await page.title()).toContain('ghost-1');
    await page.close();
  });
});
