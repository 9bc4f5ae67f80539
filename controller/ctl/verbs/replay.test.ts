import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../domain/run/decide.ts';
import type { Facts } from '../../domain/run/facts.ts';
import { factsWith } from '../../domain/run/testing.ts';
import { decisionsFile } from '../../store/decisions.ts';
import { EXIT } from '../terminal/exit.ts';
import { finishedBody, Fixture, minutesAgo, statusBody } from '../testing.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await Fixture.make();
});
afterEach(() => fixture.remove());

const FACTS = factsWith({ step: 'lint' });

/** A line as the controller writes it; `was` is what another version decided. */
function line(changed: Partial<Facts> = {}, was: object = {}): string {
  const facts = { ...FACTS, ...changed };
  const { leaf, action } = decide(facts);
  return `${JSON.stringify({ time: minutesAgo(3), facts, leaf, action, ...was })}\n`;
}

const WAITED = { leaf: 'blind', action: { do: 'wait' } };
const SAME = line() + line({ work: 'running', leftovers: 'some' });
const OTHER = SAME + line({ step: 'install' }, WAITED);

async function run(text: string): Promise<void> {
  await fixture.run('x', finishedBody('Passed'));
  await fixture.write(decisionsFile(fixture.layout, 'u-1'), text);
}

describe('replay', () => {
  it('says that all decisions on a run are the same, and exits with 0', async () => {
    await run(SAME);
    const { code, out, err } = await fixture.call('replay', 'run/x');
    expect({ code, err }).toEqual({ code: EXIT.ok, err: '' });
    expect(out).toBe('✔ ok: run/x: all 2 decisions are the same today\n');
  });

  it('shows line, time, then and now of each that would be otherwise, and exits with 1', async () => {
    await run(OTHER);
    const { code, out } = await fixture.call('replay', 'run/x');
    expect(code).toBe(EXIT.failed);
    await expect(out).toMatchFileSnapshot('golden/replay.txt');
  });

  it('shows all of them where it is asked to, with their facts', async () => {
    await run(OTHER);
    const { out } = await fixture.call('replay', 'run/x', '--all');
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[3]).toMatch(
      /^2 .* begun\.working: wait +the same +wish=run .*work=running .*stopReason=null round=0$/,
    );
  });

  it('prints the same for programs', async () => {
    await run(OTHER);
    const { code, out } = await fixture.call('replay', 'run/x', '-o', 'json');
    expect(code).toBe(EXIT.failed);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'ReplayList',
      items: [
        {
          name: 'run/x',
          same: false,
          unreadable: [],
          decisions: [
            { line: 1, same: true },
            { line: 2, same: true },
            {
              line: 3,
              time: minutesAgo(3),
              same: false,
              was: WAITED,
              now: {
                leaf: 'begun.starting',
                action: { do: 'start', step: 'install', attempt: 1, round: 1 },
              },
            },
          ],
        },
      ],
    });
  });

  it('has no colours unless it is asked for them', async () => {
    await run(OTHER);
    fixture.tty = true;
    expect((await fixture.call('replay', 'run/x')).out).toContain('\u001b[31m');
    fixture.env = { NO_COLOR: '1' };
    expect((await fixture.call('replay', 'run/x')).out).not.toContain('\u001b');
  });

  it('reads files, several at a time, and passes over half a last line', async () => {
    await fixture.write(join(fixture.root, 'a.ndjson'), SAME);
    await fixture.write(join(fixture.root, 'b.ndjson'), `${SAME}{"time":`);
    const { code, out } = await fixture.call('replay', 'a.ndjson', './b.ndjson');
    expect(code).toBe(EXIT.ok);
    expect(out.split('\n').map((each) => each.split(': ')[1])).toEqual(['a.ndjson', './b.ndjson', undefined]);
  });

  it.each<{ because: string; text?: string; words?: string[]; code: number; err: RegExp }>([
    {
      because: 'a line that is no JSON is named, and what can be read is compared',
      text: `${SAME}\u001b[31mnonsense\n${SAME}`,
      code: EXIT.invalid,
      err: /^run\/x:3: this line cannot be read: it is not JSON\n$/,
    },
    {
      because: 'a decision made of other facts than today’s is not guessed at',
      text: line({ work: 'dreaming' as Facts['work'] }, WAITED),
      code: EXIT.invalid,
      err: /^run\/x:1: this line cannot be read: facts\.work: /,
    },
    { because: 'an unknown run', words: ['run/y'], code: EXIT.notFound, err: /There is no run "y"/ },
    {
      because: 'a file that is not there',
      words: ['x'],
      code: EXIT.notFound,
      err: /There is no file "x"\.\nnext: Write run\/x for the run of that name/,
    },
    {
      because: 'an unknown format',
      words: ['run/x', '-o', 'jsn'],
      code: EXIT.usage,
      err: /There is no output format "jsn"/,
    },
    { because: 'recipes decide nothing', words: ['recipe/x'], code: EXIT.usage, err: /It works on runs/ },
  ])('$because', async ({ text = SAME, words = ['run/x'], code, err }) => {
    await run(text);
    const answer = await fixture.call('replay', ...words);
    expect(answer.code).toBe(code);
    expect(answer.err).toMatch(err);
  });

  it('says so where a run has no decisions', async () => {
    await fixture.run('x', statusBody());
    const { code, err } = await fixture.call('replay', 'run/x');
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain('No decision on run/x was written down.\nnext: ');
  });

  it('is proven by what the controller’s own fixtures say', async () => {
    const file = join(import.meta.dirname, '../../../tests/fixtures/decisions/passed.ndjson');
    await fixture.write(join(fixture.root, 'passed.ndjson'), await readFile(file, 'utf8'));
    expect((await fixture.call('replay', 'passed.ndjson')).code).toBe(EXIT.ok);
  });
});
