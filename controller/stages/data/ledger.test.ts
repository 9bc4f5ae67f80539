import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PreparedData, type SecretSum } from '../../api/stage-data.ts';
import { readConfig, ROOT } from '../../config.ts';
import { makeLayout } from '../../store/layout.ts';
import { sha256 } from '../app/app-secrets.ts';
import type { ServiceSeen, StackSeen, TaskSeen } from '../../ports.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { appOf, logOf, stepOf, swarmOf, timeOf } from '../step/testing.ts';
import { writeSidecar } from '../../store/sidecar.ts';
import { needKeptSecrets, needSame, needSameSecrets, runLedger } from './ledger.ts';
import { StageFailure } from '../step/report.ts';

const UID = 'unit';
let dir: string;
let context: App & Step & Pick<Tools, 'swarm'>;
let looks: StackSeen[] = [];
const EMPTY: StackSeen = { stack: 'web_ci_test', services: [], things: [] };
const lines: string[] = [];

beforeAll(async () => {
  const place = join(ROOT, '.ccci', 'unit');
  await mkdir(place, { recursive: true });
  dir = await mkdtemp(join(place, 'ledger-'));
  const layout = makeLayout(dir);
  await mkdir(layout.secretsDir(UID), { recursive: true });
  const config = {
    ...readConfig({ PATH: process.env['PATH'] }),
    testsDir: join(dir, 'tests'),
    dockerHost: 'unix:///nowhere',
  };
  context = {
    ...appOf(dir, { config, layout, request: { uid: UID }, sidecar: join(dir, 'sidecar.json') }),
    swarm: swarmOf({ observe: () => Promise.resolve(looks.shift() ?? EMPTY) }),
    ...stepOf({ ...timeOf(), log: { ...logOf(), from: () => (line: string) => void lines.push(line) } }),
  };
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function failureOf(work: () => Promise<unknown>): Promise<StageFailure> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StageFailure) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

describe('needSameSecrets', () => {
  const seen = (name: string, value: string | null): SecretSum => ({
    service: 'app',
    name,
    sha256: value === null ? null : sha256(value),
  });

  beforeAll(() => writeSidecar(context.sidecar, { token: 'one', 'token (1)': 'two', db_password: 'three' }));

  it.each([
    { because: 'the generated value', sum: seen('token_v1', 'one') },
    { because: 'the value of its other version', sum: seen('token_v2', 'two') },
    { because: 'a name with underscores', sum: seen('db_password_v1', 'three') },
    { because: 'a secret that was never generated', sum: seen('inserted_v1', 'whatever') },
    { because: 'a container that cannot be asked', sum: seen('token_v1', null) },
  ])('lets pass: $because', async ({ sum }) => {
    await expect(needSameSecrets(context, [sum], 'after the upgrade')).resolves.toBeUndefined();
  });

  it('is red where a container has another value, and tells neither', async () => {
    const failed = await failureOf(() =>
      needSameSecrets(context, [seen('db_password_v1', 'one')], 'after it'),
    );
    expect(failed).toMatchObject({ fault: 'recipe', failure: { reason: 'SecretChanged', service: 'app' } });
    expect(JSON.stringify(failed.failure)).not.toMatch(/"one"|three/);
  });
});

describe('needSame', () => {
  const entry = (sum: string) => ({ name: 'note', kind: 'row' as const, sha256: sha256(sum) });
  const compare = (after: string) => (): Promise<void> => {
    const given = { reason: 'DataLost', when: 'after the upgrade', nextStep: 'look' } as const;
    needSame({ ...given, before: [entry('a')], after: [entry(after)] });
    return Promise.resolve();
  };

  it('is red at a difference, with both checksums, and at nothing else', async () => {
    await expect(compare('a')()).resolves.toBeUndefined();
    const { failure, fault } = await failureOf(compare('b'));
    expect({ fault, reason: failure.reason }).toEqual({ fault: 'recipe', reason: 'DataLost' });
    expect(failure.evidence).toContain(sha256('a'));
    expect(failure.evidence).toContain(sha256('b'));
  });
});

describe('runLedger', () => {
  const prepared = PreparedData.parse({
    commit: 'f'.repeat(40),
    subject: '',
    version: null,
    previousVersion: null,
    images: [],
    warnings: [],
    deployer: { kind: 'builtin', version: '', bin: '' },
  });
  const given = async (folder: string, text: string): Promise<void> => {
    await mkdir(join(dir, 'tests', folder), { recursive: true });
    await writeFile(join(dir, 'tests', folder, 'data.ts'), text);
  };

  it('runs the recipe’s own data, else the floor’s; what fails there is ours, with its last words, and leaves no file', async () => {
    await given('_generic', "export async function seed() { throw new Error('the floor was here'); }");
    const floor = await failureOf(() => runLedger(context, prepared, 'seed'));
    expect(floor).toMatchObject({
      fault: 'infra',
      failure: { reason: 'LedgerBroken', evidence: 'the floor was here' },
    });
    await given(
      'web',
      "export async function mutate() { console.log('hello'); throw new Error('its own was here'); }",
    );
    const own = await failureOf(() => runLedger(context, prepared, 'mutate'));
    expect(own.failure).toMatchObject({ reason: 'LedgerBroken', evidence: 'its own was here' });
    expect(lines).toContain('hello');
    expect(await readdir(context.layout.secretsDir(UID))).toEqual([]);
  });
});

describe('an app that dies while its data is handled', () => {
  const stackWith = (task: Partial<TaskSeen>): StackSeen => {
    const seen = { id: 't1', slot: '1', state: 'running', desired: 'running', error: '', exitCode: null };
    const tasks = [{ ...seen, createdAt: new Date(0), updatedAt: new Date(1), healthOutput: [], ...task }];
    return { ...EMPTY, services: [{ name: 'app', job: false, tasks } as unknown as ServiceSeen] };
  };

  it('is the cause, with its exit code, also where swarm hears of it later', async () => {
    const running = stackWith({});
    looks = [running, running, running, stackWith({ state: 'failed', desired: 'shutdown', error: 'task: non-zero exit (3)', exitCode: 3 })];
    const prepared = PreparedData.parse({ commit: 'f'.repeat(40), subject: '', version: null, previousVersion: null, images: [], warnings: [], deployer: { kind: 'builtin', version: '', bin: '' } });
    await mkdir(join(dir, 'tests', 'web'), { recursive: true });
    await writeFile(join(dir, 'tests', 'web', 'data.ts'), "export async function seed() { throw new Error('socket hang up'); }");
    const failed = await failureOf(() => runLedger(context, prepared, 'seed'));
    expect(failed).toMatchObject({ fault: 'recipe', failure: { reason: 'TaskExited', service: 'app', message: expect.stringMatching(/exited with code 3, after it had run as asked/) as unknown } });
    looks = [];
  });
}); // oxfmt-ignore

describe('needKeptSecrets', () => {
  const sum = (name: string, value: string | null): SecretSum => ({
    service: 'app',
    name,
    sha256: value === null ? null : sha256(value),
  });
  it.each([
    { because: 'the same value is kept', before: [sum('token_v1', 'a')], after: [sum('token_v1', 'a')], fails: false },
    { because: 'the same value under another version is kept', before: [sum('token_v1', 'a')], after: [sum('token_v2', 'a')], fails: false },
    { because: 'a new secret replaces none', before: [sum('token_v1', 'a')], after: [sum('token_v1', 'a'), sum('key_v1', 'b')], fails: false },
    { because: 'one that could not be read is not judged', before: [sum('token_v1', null)], after: [sum('token_v1', 'a')], fails: false },
    { because: 'another value under another version is another', before: [sum('token_v1', 'a')], after: [sum('token_v2', 'b')], fails: true },
  ])('$because', ({ before, after, fails }) => {
    const judging = (): void => needKeptSecrets(before, after, 'after the upgrade');
    if (!fails) return expect(judging).not.toThrow();
    expect(judging).toThrow(/"token" of service "app" has another value after the upgrade than before \(token_v1, sha256 /);
  });
}); // oxfmt-ignore
