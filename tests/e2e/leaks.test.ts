/** Secrets that got past every redactor, in real runs: taken out of what the run leaves, and the run is ours to explain. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunResults } from '../../controller/api/results.ts';
import { TeardownData } from '../../controller/api/stage-data.ts';
import type { TestRunStatusBody } from '../../controller/api/test-run-status.ts';
import { ROOT } from '../../controller/config.ts';
import { formsOf } from '../../controller/domain/secrets/redact.ts';
import { readSidecar, sidecarFile } from '../../controller/store/sidecar.ts';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { replaceIn, SERVES } from './defects/defect.ts';
import { type Installation, makeInstallation } from './installation.ts';

/** What a test keeps as bytes is kept as it is: nobody redacts a picture. */
const KEEPS_BYTES = `
import { gzipSync } from 'node:zlib';
import { expect, test } from '${ROOT}/tests/harness/fixtures.ts';

test('keeps what it should not', async ({ evidence, secrets }) => {
  const said = Buffer.from('admin:' + secrets['admin_token']).toString('base64');
  await evidence('kept.bin', Buffer.from(said));
  await evidence('kept.gz', gzipSync('{"authorization": "Basic ' + said + '"}'));
  await evidence('kept.txt', 'Basic ' + said);
  expect(said.length).toBeGreaterThan(40);
});
`;

interface Variant {
  readonly name: string;
  readonly edit: (dir: string) => Promise<void>;
  /** Its test of `install`, instead of the generic one. */
  readonly test: string;
  /** Named in the evidence, and removed or emptied. */
  readonly leaks: readonly string[];
}

const PASSES = `
import { expect, test } from '${ROOT}/tests/harness/fixtures.ts';
test('answers', async ({ app }) => expect((await app.fetch('/healthz')).status).toBe(200));
`;

const VARIANTS: readonly Variant[] = [
  {
    name: 'leaks-by-test',
    edit: (dir) => writeFile(join(dir, 'README.md'), '# As it is\n'),
    test: KEEPS_BYTES,
    leaks: ['artifacts/kept.bin', 'artifacts/kept.gz'],
  },
  {
    // A line alone holds no secret, so that a redactor that sees lines lets them pass.
    name: 'leaks-by-lines',
    edit: (dir) =>
      replaceIn(dir, 'compose.yml', [
        SERVES,
        ['base64 -w 20 /run/secrets/admin_token', SERVES].join('\n        '),
      ]),
    test: PASSES,
    leaks: ['artifacts/app.log', 'stages/1-evidence/log.ndjson'],
  },
];

interface Ended {
  readonly status: TestRunStatusBody;
  readonly results: RunResults;
  readonly values: readonly string[];
}

let inst: Installation;
let testsDir: string;
const ended = new Map<string, Ended>();

async function startVariant({ name, edit, test }: Variant): Promise<void> {
  const { path } = await makeVariantRepo({ base: 'tiny-web', name, into: inst.repos }, edit);
  await mkdir(join(testsDir, name));
  await writeFile(join(testsDir, name, 'install.test.ts'), test);
  await inst.enrol(name, path);
  await inst.run(name, { recipe: name, source: { ref: 'main' } });
}

/** With the values that the run made, read while they exist. */
async function endOf(name: string): Promise<Ended> {
  const values = await inst.until(`the secrets of ${name}`, async () => {
    const uid = (await inst.status(name))?.uid;
    const found = uid === undefined ? [] : Object.values(await readSidecar(sidecarFile(inst.layout, uid)));
    return found.length > 0 ? found : null;
  });
  const status = await inst.finished(name, 300_000);
  return { status, results: await inst.results(name), values };
}

beforeAll(async () => {
  await mkdir(join(ROOT, '.ccci', 'e2e'), { recursive: true });
  testsDir = await mkdtemp(join(ROOT, '.ccci', 'e2e', 'leaks-'));
  inst = await makeInstallation({ maxTests: VARIANTS.length, extra: { CCCI_TESTS_DIR: testsDir } });
  for (const variant of VARIANTS) await startVariant(variant);
  void inst.startController();
  await Promise.all(VARIANTS.map(async ({ name }) => void ended.set(name, await endOf(name))));
});

afterAll(async () => {
  await inst.destroy();
  await rm(testsDir, { recursive: true, force: true });
});

function found(name: string): Ended {
  const end = ended.get(name);
  if (end === undefined) throw new Error(`The run ${name} did not end.`);
  return end;
}

/** All that is kept of a run. */
async function keptOf(name: string): Promise<{ path: string; bytes: Buffer }[]> {
  const { status } = found(name);
  const runDir = inst.layout.runDir(status.uid);
  const entries = await readdir(runDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
  return Promise.all(
    [...files, inst.layout.statusFile(name)].map(async (path) => ({ path, bytes: await readFile(path) })),
  );
}

describe.each(VARIANTS)('a secret past the redactors: $name', ({ name, leaks }) => {
  it('makes the run ours to explain, with file and secret', () => {
    const { status, results } = found(name);
    expect(status).toMatchObject({ verdict: 'Errored', level: 1, cause: { reason: 'SecretLeaked' } });
    expect(status.message).toMatch(
      /^Errored in teardown: A secret of the app was in what people see of this run: /,
    );
    expect(status.cause?.evidence?.split('\n').sort()).toEqual(leaks.map((file) => `${file}: admin_token`));
    const notPassed = status.steps.filter((step) => step.state !== 'passed');
    expect(notPassed.map((step) => [step.name, step.state])).toEqual([['teardown', 'errored']]);
    expect(results).toMatchObject({ verdict: 'Errored', leftovers: [], attempts: 1 });
    const { scan } = TeardownData.parse(results.steps.findLast((step) => step.name === 'teardown')?.data);
    expect(scan).toMatchObject({ secrets: ['admin_token'], unread: [] });
    expect(scan?.files).toBeGreaterThan(10);
  });

  it('leaves it nowhere, in no form and over no two lines', async () => {
    const { values } = found(name);
    expect(values.every((value) => value.length >= 32)).toBe(true);
    const kept = await keptOf(name);
    const forms = formsOf(values);
    // Twenty characters are what a line of the wrapped one has.
    const pieces = values.map((value) => Buffer.from(value).toString('base64').slice(0, 20));
    const holding = kept.filter(({ bytes }) => [...forms, ...pieces].some((form) => bytes.includes(form)));
    expect(holding.map(({ path }) => path)).toEqual([]);
    const notes = kept.filter(({ bytes }) => bytes.includes('held a secret of the app (admin_token)'));
    for (const file of leaks) expect(notes.some(({ path }) => path.includes(file))).toBe(true);
  });
});

it('what a redactor took out is kept', async () => {
  const text = (await keptOf('leaks-by-test')).find(({ path }) => path.endsWith('/artifacts/kept.txt'));
  expect(text?.bytes.toString()).toContain('[redacted]');
});
