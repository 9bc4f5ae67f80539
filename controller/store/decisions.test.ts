import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Decided } from '../ports.ts';
import { decisionsFile, makeDecisions } from './decisions.ts';
import { makeLayout, type Layout } from './layout.ts';

let layout: Layout;
beforeEach(async () => {
  layout = makeLayout(await mkdtemp(join(tmpdir(), 'ccci-decisions-')));
});
afterEach(() => rm(layout.root, { recursive: true }));

let now = 0;
const clock = { now: (): Date => new Date(now++ * 1000) };
const file = (): string => decisionsFile(layout, 'u1');
const decided = (step: string): Decided => ({
  facts: { work: 'ready', step },
  leaf: 'begun.starting',
  action: { do: 'start', step },
});
const steps = async (): Promise<string[]> =>
  (await readFile(file(), 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { facts: { step: string } }).facts.step);

describe('decisions.ndjson', () => {
  it('has one line a decision, with its time', async () => {
    now = 0;
    await makeDecisions(layout, clock)('u1', decided('lint'));
    expect(await readFile(file(), 'utf8')).toBe(
      '{"time":"1970-01-01T00:00:00.000Z","facts":{"work":"ready","step":"lint"},"leaf":"begun.starting","action":{"do":"start","step":"lint"}}\n',
    );
  });

  it('does not repeat a decision that equals the one before it, but says one again that came back', async () => {
    const write = makeDecisions(layout, clock);
    for (const step of ['lint', 'lint', 'install', 'lint', 'lint']) await write('u1', decided(step));
    expect(await steps()).toEqual(['lint', 'install', 'lint']);
  });

  it('does not repeat what an earlier controller wrote last', async () => {
    await makeDecisions(layout, clock)('u1', decided('lint'));
    const next = makeDecisions(layout, clock);
    await next('u1', decided('lint'));
    await next('u1', decided('install'));
    expect(await steps()).toEqual(['lint', 'install']);
  });

  it('keeps runs apart', async () => {
    const write = makeDecisions(layout, clock);
    for (const uid of ['u1', 'u2', 'u1', 'u2']) await write(uid, decided('lint'));
    expect(await steps()).toEqual(['lint']);
  });

  it.each([
    { because: 'half a line that a crash left is taken away', left: '{"time":"1970-01-01T00' },
    { because: 'a line that nobody can read stays, and keeps nothing back', left: 'nonsense\n' },
  ])('$because', async ({ left }) => {
    await makeDecisions(layout, clock)('u1', decided('lint'));
    const whole = await readFile(file(), 'utf8');
    await writeFile(file(), `${whole}${left}`);
    await makeDecisions(layout, clock)('u1', decided('install'));
    const text = await readFile(file(), 'utf8');
    expect(text.startsWith(`${whole}${left.endsWith('\n') ? left : '{"time":'}`)).toBe(true);
    expect(text.trimEnd().split('\n').at(-1)).toContain('"install"');
    expect(text.split('\n')).toHaveLength(left.endsWith('\n') ? 4 : 3);
  });

  it('is bounded, also over controllers', async () => {
    const write = makeDecisions(layout, clock, 300);
    for (const step of 'abcdef') await write('u1', decided(step));
    const { length } = await readFile(file());
    expect(length).toBeGreaterThanOrEqual(300);
    expect(length).toBeLessThan(300 + 150);
    await makeDecisions(layout, clock, 300)('u1', decided('z'));
    expect((await readFile(file())).length).toBe(length);
  });

  it('fails where it cannot be written, and goes on where it can be again', async () => {
    const write = makeDecisions(layout, clock);
    await mkdir(dirname(dirname(file())), { recursive: true });
    await writeFile(dirname(file()), 'a file where the folder should be');
    await expect(write('u1', decided('lint'))).rejects.toThrow('u1');
    await rm(dirname(file()));
    await write('u1', decided('lint'));
    expect(await steps()).toEqual(['lint']);
  });
});
