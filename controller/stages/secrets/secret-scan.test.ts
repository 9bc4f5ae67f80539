import { existsSync } from 'node:fs';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretScan } from '../../api/secret-scan.ts';
import type { StepName } from '../../api/stage.ts';
import { formsOf } from '../../domain/secrets/redact.ts';
import { systemClock } from '../../runtime/clock.ts';
import { type Layout, makeLayout } from '../../store/layout.ts';
import { sidecarFile } from '../../store/sidecar.ts';
import { scanForSecrets } from './secret-scan.ts';
import { openStageLog, type StageLog } from '../step/stage-log.ts';
import { readStepFiles } from '../../store/step-files.ts';

const UID = '20261123092216-1d065e29';
const SECRET = 'kq7zKQ9"canary/secret';
const BASE64 = Buffer.from(SECRET).toString('base64');
const NOTE = 'This is not kept: it held a secret of the app (token).';

let layout: Layout;
let log: StageLog;
const own = (): string => layout.stepDir(UID, { attempt: 1, step: 'teardown', round: 1 });
const at = (path: string): string => join(layout.runDir(UID), path);
const text = (path: string): Promise<string> => readFile(at(path), 'utf8');

beforeEach(async () => {
  layout = makeLayout(await mkdtemp(join(tmpdir(), 'ccci-scan-')));
  await put('stages/1-teardown/request.json', '{}');
  log = openStageLog(join(own(), 'log.ndjson'), systemClock);
  await sidecar({ token: SECRET, pin: '1234' });
});
afterEach(async () => {
  log.close();
  await rm(layout.root, { recursive: true, force: true });
});

async function sidecar(secrets: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(layout.secretsDir(UID), { recursive: true });
  await writeFile(sidecarFile(layout, UID), JSON.stringify(secrets));
}

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), content);
}

const result = (step: StepName, more: object): object => ({
  step,
  outcome: 'passed',
  startedAt: '2026-11-23T09:22:17.446Z',
  finishedAt: '2026-11-23T09:22:18.446Z',
  message: 'All is well.',
  tests: [],
  substeps: [],
  data: null,
  resources: null,
  ...more,
});

const putResult = (more: object = {}): Promise<void> =>
  put('stages/1-install/result.json', JSON.stringify(result('install', more)));

async function scanned(): Promise<SecretScan | null> {
  const request = { uid: UID, attempt: 1, step: 'teardown', round: 1 } as never;
  const scan = await scanForSecrets({
    clock: systemClock,
    layout,
    log,
    request,
    sidecar: sidecarFile(layout, UID),
  });
  expect((await readStepFiles(own())).scan).toEqual(scan);
  return scan;
}

/** Files of the run with the value in them or in their names. */
async function holders(): Promise<string[]> {
  const entries = await readdir(layout.runDir(UID), { recursive: true, withFileTypes: true });
  const held = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = entry.isFile() ? await readFile(path, 'latin1') : '';
      return formsOf([SECRET]).some((form) => content.includes(form) || path.includes(form)) ? [path] : [];
    }),
  );
  return held.flat();
}

describe('scanForSecrets', () => {
  it('looks at every file, and leaves what holds no secret as it is', async () => {
    const files = { 'artifacts/app.log': 'a log\n', 'events.ndjson': '{}\n', 'artifacts/deep/er/a.txt': 'a', 'artifacts/a.png': '\u0089PNG' };
    for (const [path, content] of Object.entries(files)) await put(path, content);
    await putResult();
    // With the log and the request of the step itself.
    expect(await scanned()).toMatchObject({ secrets: ['token'], files: 7, clean: true, leaks: [], unread: [] });
    for (const [path, content] of Object.entries(files)) expect(await text(path)).toBe(content);
  }); // oxfmt-ignore

  it.each([
    ['artifacts/kept.bin', BASE64],
    ['artifacts/deep/er/tasks.json', JSON.stringify({ a: SECRET })],
    ['artifacts/trace.gz', gzipSync(`${'a '.repeat(99)}${SECRET}${'b '.repeat(99)}`)],
    ['stages/1-install/request.json', SECRET],
    ['artifacts/result.json', SECRET],
    ['.6c2b0d7e-0000-4000-8000-000000000000.tmp', SECRET],
  ])('replaces %s by a note that names the secret and not its value', async (path, content) => {
    await put(path, content);
    expect(await scanned()).toMatchObject({ clean: true, leaks: [{ file: path, secrets: ['token'] }], unread: [] });
    expect(existsSync(at(path))).toBe(false);
    expect(await text(`${path}.removed.txt`)).toBe(`${NOTE}\n`);
    expect(await holders()).toEqual([]);
    expect(await text('stages/1-teardown/log.ndjson')).toContain(`"level":"error","from":"ccci","text":"${path}: ${NOTE}"`);
  }); // oxfmt-ignore

  it.each([
    { path: 'stages/1-install/log.ndjson', line: { level: 'error', from: 'ccci', text: NOTE } },
    { path: 'events.ndjson', line: { reason: 'SecretLeaked', message: NOTE } },
  ])('empties $path in its place, and notes it as a line of it', async ({ path, line }) => {
    await put(path, `{"text":${JSON.stringify(SECRET)}}\n`);
    expect(await scanned()).toMatchObject({ leaks: [{ file: path }] });
    expect(JSON.parse(await text(path))).toMatchObject(line);
    expect(await holders()).toEqual([]);
  });

  it('empties its own log, and goes on with it', async () => {
    log.say(`before: ${SECRET}`);
    expect(await scanned()).toMatchObject({ leaks: [{ file: 'stages/1-teardown/log.ndjson' }] });
    log.say('after');
    const lines = (await text('stages/1-teardown/log.ndjson')).trim().split('\n');
    expect(lines.map((each) => (JSON.parse(each) as { text: string }).text)).toEqual([
      NOTE,
      `stages/1-teardown/log.ndjson: ${NOTE}`,
      'after',
    ]);
    expect(await holders()).toEqual([]);
  });

  it.each(['stages/1-install/output.log', 'stages/1-evidence.output.log'])('empties %s', async (path) => {
    await put(path, `Error: ${SECRET}\n`);
    expect(await scanned()).toMatchObject({ leaks: [{ file: path }] });
    expect(await text(path)).toBe(`${NOTE}\n`);
  });

  it.each([
    { because: 'that passed', given: { data: { a: [SECRET] } }, want: { outcome: 'passed' } },
    {
      because: 'that failed for a known reason',
      given: { outcome: 'failed', cause: { reason: 'TaskExited', message: SECRET, evidence: SECRET } },
      want: { outcome: 'failed', cause: { reason: 'TaskExited', message: NOTE } },
    },
    {
      because: 'with a reason that could be anything',
      given: { outcome: 'failed', cause: { reason: SECRET, message: 'x' } },
      want: { outcome: 'failed' },
    },
  ] as const)('keeps how a step ended $because, and nothing that it says', async ({ given, want }) => {
    await putResult(given);
    expect(await scanned()).toMatchObject({ leaks: [{ file: 'stages/1-install/result.json' }] });
    const { result: kept } = await readStepFiles(at('stages/1-install'));
    expect(kept).toEqual(result('install', { message: NOTE, ...want }));
    expect(await holders()).toEqual([]);
  });

  it('removes what bears the secret as its name, with all that is in it, and says no name', async () => {
    const name = Buffer.from(SECRET).toString('base64url');
    await put(`artifacts/${name}/deep/a.txt`, 'a');
    await put(`artifacts/x-${name}.txt`, 'b');
    expect(await scanned()).toMatchObject({
      leaks: Array.from({ length: 2 }, () => ({ file: 'artifacts/a name with a secret in it', secrets: ['token'] })),
    });
    expect(await readdir(at('artifacts'))).toEqual([]);
    expect(await holders()).toEqual([]);
  });

  it('follows no link, and removes it: what it leads to may be anything', async () => {
    await put('artifacts/a.txt', 'a');
    await symlink(layout.secretsDir(UID), at('artifacts/folder'));
    await symlink(sidecarFile(layout, UID), at('artifacts/file'));
    const { leaks, unread } = (await scanned()) ?? {};
    expect(leaks).toEqual([]);
    expect(unread?.map(({ file, why }) => `${file}: ${why}`).sort()).toEqual([
      'artifacts/file: it is not a regular file',
      'artifacts/folder: it is not a regular file',
    ]);
    await expect(readlink(at('artifacts/file'))).rejects.toThrow('ENOENT');
    expect(existsSync(sidecarFile(layout, UID))).toBe(true);
  });

  it('removes what has a name that is no text', async () => {
    await put('artifacts/a.txt', 'a');
    await writeFile(Buffer.concat([Buffer.from(`${at('artifacts')}/b`), Buffer.of(0xff, 0xfe)]), SECRET);
    const file = 'artifacts/b\uFFFD\uFFFD';
    expect(await scanned()).toMatchObject({ leaks: [], unread: [{ file, why: 'it is not a regular file' }] });
    expect((await readdir(at('artifacts'))).sort()).toEqual(['a.txt', 'b\uFFFD\uFFFD.removed.txt']);
    expect(await holders()).toEqual([]);
  });

  it('removes what it cannot look through, and says why', async () => {
    await put('artifacts/a.zip', 'PK\u0003\u0004 and no more');
    expect(await scanned()).toMatchObject({
      leaks: [],
      unread: [{ file: 'artifacts/a.zip', why: 'the archive has no end' }],
    });
    expect(await text('artifacts/a.zip.removed.txt')).toMatch(/^This is not kept: it could not be scanned/);
  });

  it('may be done again: what was removed stays removed', async () => {
    await put('artifacts/a.txt', SECRET);
    await scanned();
    expect(await scanned()).toMatchObject({ leaks: [], unread: [] });
    expect(await text('artifacts/a.txt.removed.txt')).toBe(`${NOTE}\n`);
  });

  it('looks for the password of the backup as well', async () => {
    await mkdir(join(layout.abraDir(UID), 'backups'), { recursive: true });
    await writeFile(join(layout.abraDir(UID), 'backups', 'password'), 'f00dfacef00dfacef00dface');
    await put('artifacts/a.txt', 'f00dfacef00dfacef00dface');
    expect(await scanned()).toMatchObject({ leaks: [{ file: 'artifacts/a.txt', secrets: ['password of the backup'] }] });
  });
}); // oxfmt-ignore

describe('without values', () => {
  beforeEach(() => rm(layout.secretsDir(UID), { recursive: true }));

  it('there was nothing to look for where nothing was installed', async () => {
    await put('artifacts/a.zip', 'PK\u0003\u0004 and no more');
    expect(await scanned()).toEqual({ secrets: [], files: 0, bytes: 0, clean: true, leaks: [], unread: [] });
  });

  it('nobody can look where an app was installed', async () => {
    await putResult();
    expect(await scanned()).toBeNull();
  });

  it('there is nothing to look for where the app has no secret, or short ones alone', async () => {
    await putResult();
    await sidecar({ pin: '1234' });
    await appendFile(join(own(), 'log.ndjson'), '1234\n');
    expect(await scanned()).toMatchObject({ secrets: [], leaks: [] });
  });
});
