/** A secret in what a run leaves: whoever is killed, it is taken out, and the run is not green. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { StageResult, StageStarted } from '../../controller/api/stage.ts';
import { formsOf } from '../../controller/domain/secrets/redact.ts';
import { sidecarFile } from '../../controller/store/sidecar.ts';
import { SECRET } from './secret.ts';
import { makeWorld, type World, type WorldOptions } from './world.ts';

let world: World;
afterEach(async () => {
  await world.stop();
  world.destroy();
});

function begin(fate: WorldOptions['fate'], ...holds: readonly string[]): void {
  world = makeWorld({ fate });
  for (const name of holds) writeFileSync(holdFile(name), '');
  world.addRun('one');
  void world.start();
}

const holdFile = (name: string): string => join(world.dir, `swarm.json.hold-${name}`);
const uid = (): string => world.status('one')?.uid ?? '';
const inStep = (name: string, file: string): string => join(world.layout.stagesDir(uid()), name, file);

async function ended(): Promise<object> {
  await world.until('finished', () => world.status('one')?.finishedAt != null);
  const { verdict, level, cause, message, steps, attempt } = world.status('one') ?? {};
  const teardowns = steps?.filter(({ name }) => name === 'teardown').map(({ state }) => state);
  return {
    verdict,
    level,
    reason: cause?.reason ?? null,
    evidence: cause?.evidence,
    message,
    teardowns,
    attempt,
  };
}

/** Files of the whole state that have it in any form. */
function holders(): string[] {
  const files = readdirSync(world.layout.root, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      // Files come and go while the run goes on.
      const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
      return formsOf([SECRET]).some((form) => text.includes(form));
    });
}

const LEAKED = { verdict: 'Errored', level: 1, reason: 'SecretLeaked', attempt: 1 };

describe('a secret past all redaction', () => {
  it('is taken out of every file, and of what the controller had copied; the run is ours to explain', async () => {
    begin('leaks', 'teardown');
    await world.until('the status has it', () => holders().includes(world.layout.statusFile('one')));
    rmSync(holdFile('teardown'));
    const end = await ended();
    expect(end).toMatchObject({ ...LEAKED, teardowns: ['errored'] });
    expect(end).toMatchObject({
      message: expect.stringMatching(
        /^Errored in teardown: A secret of the app was in .*: pw \(and 2 more\)\.$/,
      ),
      evidence: expect.stringContaining('artifacts/kept.bin: pw'),
    });
    expect(holders()).toEqual([]);
    const kept = readFileSync(join(world.layout.artifactsDir(uid()), 'kept.bin.removed.txt'), 'utf8');
    expect(kept).toBe('This is not kept: it held a secret of the app (pw).\n');
    expect(readFileSync(inStep('1-evidence', 'log.ndjson'), 'utf8')).toContain(
      '"level":"error","from":"ccci"',
    );
    const result = StageResult.parse(JSON.parse(readFileSync(inStep('1-evidence', 'result.json'), 'utf8')));
    expect(result).toMatchObject({ outcome: 'passed', message: kept.trim(), data: null });
  });

  it.each([
    {
      because: 'after it looked: the next one finds nothing, and it is known all the same',
      hold: 'teardown-scanned',
      teardowns: ['lost', 'passed'],
    },
    {
      because: 'after the values went: nobody can look again, and nobody has to',
      hold: 'teardown-removed',
      teardowns: ['lost'],
    },
  ])('is not forgotten where teardown is killed $because', async ({ hold, teardowns }) => {
    begin('leaks', hold);
    await killTeardown(hold);
    expect(await ended()).toMatchObject({ ...LEAKED, teardowns });
    expect(holders()).toEqual([]);
  });

  it('does not hide what a recipe did wrong', async () => {
    begin('crashes', 'evidence');
    await world.until('evidence is held', () => existsSync(inStep('1-evidence', 'started.json')));
    writeFileSync(join(world.layout.artifactsDir(uid()), 'kept.txt'), `"${SECRET}"`);
    rmSync(holdFile('evidence'));
    expect(await ended()).toMatchObject({
      verdict: 'Failed',
      reason: 'TaskExited',
      message: expect.stringMatching(
        /^Failed in install: .* Besides: A secret of the app was in .*kept\.txt: pw\.$/,
      ),
    });
    expect(holders()).toEqual([]);
  });
});

describe('a run without a leak', () => {
  it('is green where teardown was killed after it had looked and the values went', async () => {
    begin('healthy', 'teardown-removed');
    await killTeardown('teardown-removed');
    expect(await ended()).toMatchObject({ verdict: 'Passed', teardowns: ['lost'] });
  });

  it('is not green where the values went before anybody had looked', async () => {
    begin('healthy', 'teardown');
    await world.until('teardown is held', () => existsSync(inStep('1-teardown', 'started.json')));
    rmSync(sidecarFile(world.layout, uid()));
    rmSync(holdFile('teardown'));
    expect(await ended()).toMatchObject({ verdict: 'Errored', reason: 'NotScanned', teardowns: ['passed'] });
  });
});

/** Once it is held there: its record is written, and for the second place its values are gone. */
async function killTeardown(hold: string): Promise<void> {
  await world.until('teardown is held', () => {
    if (!existsSync(inStep('1-teardown', 'scan.json'))) return false;
    return hold === 'teardown-scanned' || world.layout.passingDirs(uid()).every((dir) => !existsSync(dir));
  });
  // What was found is removed after it was written down.
  await world.until('the files are clean', () => holders().every((file) => file.includes('/secrets/')));
  const { pid } = StageStarted.parse(JSON.parse(readFileSync(inStep('1-teardown', 'started.json'), 'utf8')));
  process.kill(pid, 'SIGKILL');
  rmSync(holdFile(hold));
}
