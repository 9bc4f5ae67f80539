/** On real git repositories: what the release note tells of is done, and what it does not is red. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AbraResult } from '../../abra/driver.ts';
import { composeFacts } from '../../domain/recipe/compose-facts.ts';
import type { ServiceSeen, Thing } from '../../ports.ts';
import { abraOf, appOf, logOf, stepOf, swarmOf } from '../step/testing.ts';
import { checkedVersions, type OldApp } from './by-hand.ts';
import { envFileOf } from './checkout-facts.ts';
import { withoutOrphans } from './orphans.ts';

const STACK = 'web_ci_test';
const OLD = 'services:\n  app: { image: "web:1" }\n';
const head = (...lines: string[]): string =>
  ['services:', '  app:', '    image: web:2', ...lines.map((line) => `    ${line}`), ''].join('\n');
const WITH_SECRET = `${head('secrets: [token]')}secrets:\n  token: { external: true, name: "\${STACK_NAME}_token_\${SECRET_TOKEN_VERSION:-v1}" }\n`;
const BOTH = WITH_SECRET.replace(':-v1', '');
const SAMPLE = 'TYPE=web\nMODE="fast"\nSECRET_TOKEN_VERSION=v1 # length=12\nEMPTY=\n';

let dir: string;
let env: Record<string, string>;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-by-hand-'));
  env = { PATH: process.env['PATH'] ?? '', HOME: dir };
});
afterEach(() => rm(dir, { recursive: true }));

async function commitOf(files: Readonly<Record<string, string>>, checkout: string): Promise<string> {
  await execa('git', ['init', '--quiet', '--initial-branch=main', checkout]);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(checkout, path)), { recursive: true });
    await writeFile(join(checkout, path), text);
  }
  const git = (...words: string[]) =>
    execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...words], { cwd: checkout });
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'head');
  return (await git('rev-parse', 'HEAD')).stdout;
}

interface Checked {
  readonly old: OldApp;
  readonly env: string;
  readonly generated: number;
}

/** An app of the version before, with the head's compose file and its note. */
async function checked(compose: string, notes: Readonly<Record<string, string>>): Promise<Checked> {
  const checkout = join(dir, 'checkout');
  const app = appOf(dir, { env, checkout });
  const commit = await commitOf({ 'compose.yml': compose, '.env.sample': SAMPLE, ...notes }, checkout);
  const file = envFileOf(app);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'TYPE=web\nDOMAIN=web.ci.test');
  let generated = 0;
  const secretGenerate = () => {
    generated += 1;
    return Promise.resolve({ ok: true, value: [] } as unknown as AbraResult<[]>);
  };
  const facts = composeFacts({ files: [{ path: 'compose.yml', text: OLD }], env: {}, stack: STACK });
  const context = { ...app, ...stepOf(), abra: abraOf({ secretGenerate }) };
  const old = await checkedVersions(context, { commit, version: '1.2.0+1' }, facts);
  return { old, env: await readFile(file, 'utf8'), generated };
}

interface Row {
  readonly because: string;
  readonly compose: string;
  readonly notes: Readonly<Record<string, string>>;
}

describe('what the old app lacks for the head', () => {
  it.each<Row & { set: string; done: unknown[]; generated: number }>([
    { because: 'nothing', compose: head(), notes: {}, set: '', done: [], generated: 0 },
    { because: 'a variable that the note of the version names is set as in the sample', compose: head('environment: ["MODE=${MODE}"]'), notes: { 'release/1.2.0+1': 'Set MODE.' }, set: 'MODE="fast"\n', done: ['release/1.2.0+1 tells operators to set MODE: it was set as in .env.sample.'], generated: 0 },
    { because: 'a secret that the note to come names is generated', compose: WITH_SECRET, notes: { 'release/next': 'Generate token.' }, set: '', done: ['release/next tells operators to generate the secret "token", which was done.'], generated: 1 },
    { because: 'a secret and the variable of its version, with the comment that says its length', compose: BOTH, notes: { 'release/next': 'Set SECRET_TOKEN_VERSION, generate token.' }, set: 'SECRET_TOKEN_VERSION=v1 # length=12\n', done: [expect.stringContaining('SECRET_TOKEN_VERSION'), expect.stringContaining('"token"')], generated: 1 },
  ])('$because', async ({ compose, notes, set, done, generated }) => {
    const found = await checked(compose, notes);
    expect(found.env.replace('TYPE=web\nDOMAIN=web.ci.test', '').trimStart()).toBe(set);
    expect(found.old.done).toEqual(done);
    expect(found.generated).toBe(generated);
    expect(found.old.made.size).toBe(generated);
  });

  it.each<Row & { reason: string; todo: RegExp }>([
    { because: 'a variable that nobody tells of', compose: head('environment: ["MODE=${MODE}"]'), notes: {}, reason: 'NewVariableWithoutDefault', todo: /name it in release\/next/ },
    { because: 'one whose value no sample has', compose: head('environment: ["A=${EMPTY}", "B=${NOWHERE}"]'), notes: { 'release/next': 'Set EMPTY and NOWHERE.' }, reason: 'NewVariableWithoutDefault', todo: /value in \.env\.sample/ },
    { because: 'a secret that nobody tells of', compose: WITH_SECRET, notes: { 'release/1.2.0+1': 'Nothing to do.' }, reason: 'NewSecret', todo: /Name token in release\/1\.2\.0\+1/ },
    { because: 'a secret of which only the variable is told', compose: BOTH, notes: { 'release/next': 'Set SECRET_TOKEN_VERSION.' }, reason: 'NewSecret', todo: /token/ },
    { because: 'a note for another version', compose: WITH_SECRET, notes: { 'release/1.1.0+1': 'Generate token.' }, reason: 'NewSecret', todo: /release\/next/ },
  ])('is red: $because', async ({ compose, notes, reason, todo }) => {
    await expect(checked(compose, notes)).rejects.toMatchObject({
      fault: 'recipe',
      failure: { reason, nextStep: expect.stringMatching(todo) as unknown },
    });
  });
}); // oxfmt-ignore

describe('a service that the head dropped', () => {
  const facts = composeFacts({ files: [{ path: 'compose.yml', text: head() }], env: {}, stack: STACK });
  const service = (name: string): Thing => ({
    kind: 'service',
    id: name,
    name: `${STACK}_${name}`,
    stack: STACK,
    createdAt: new Date(0),
  });

  async function left(names: readonly string[], notes: string): Promise<{ runs: string[]; done: string[] }> {
    let things = names.map(service);
    const seen = () => ({
      stack: STACK,
      things,
      services: things.map(({ id }) => ({ name: id }) as ServiceSeen),
    });
    const swarm = swarmOf({
      observe: () => Promise.resolve(seen()),
      ensureAbsent: (gone) => {
        things = things.filter((each) => each !== gone);
        return Promise.resolve();
      },
    });
    const context = { request: appOf(dir).request, log: logOf(), swarm };
    const { stack, done } = await withoutOrphans(
      context,
      { head: facts, release: { notes, file: 'release/next' } },
      seen(),
    );
    return { runs: stack.services.map(({ name }) => name), done };
  }

  it.each([
    { because: 'there is none', names: ['app'], notes: '', want: { runs: ['app'], done: [] } },
    { because: 'the note names it: it is removed, and said', names: ['app', 'helper'], notes: 'Remove the service helper.', want: { runs: ['app'], done: ['release/next tells operators to remove the service "helper", which was done.'] } },
  ])('$because', async ({ names, notes, want }) => expect(await left(names, notes)).toEqual(want)); // oxfmt-ignore

  it('is red where the note names another', async () => {
    await expect(left(['app', 'helper', 'cache'], 'Remove the service cache.')).rejects.toMatchObject({
      failure: { reason: 'OrphanService', service: 'helper', nextStep: expect.stringContaining('release/next') as unknown },
    });
  }); // oxfmt-ignore
});
