/** The real teardown step, with everything away but Docker: the app goes all the same. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RecipeSpecBody } from '../../controller/api/recipe-spec.ts';
import { StageResult } from '../../controller/api/stage.ts';
import { exists } from '../../controller/store/exists.ts';
import { makeLayout, type Layout } from '../../controller/store/layout.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const UID = '20260101000000-aabbccdd';
const STACK = 'web-x_ci_test';
const AT = '2026-01-02T03:04:05.000Z';
const TEARDOWN = { attempt: 1, step: 'teardown', round: 1 } as const;
const PREPARE = { attempt: 1, step: 'prepare', round: 1 } as const;

let dir: string;
let layout: Layout;
let engine: Server;
/** Whether the volume of the run is still there. */
let isLeft: boolean;

const answer = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** An engine that shows one volume of the run until it is removed. */
function engineOf(): Server {
  const volume = { Name: `${STACK}_data`, CreatedAt: AT, Labels: { 'com.docker.stack.namespace': STACK } };
  const info = { ServerVersion: '0', Swarm: { LocalNodeState: 'active', ControlAvailable: true } };
  return createServer(({ url = '', method }, response) => {
    const path = url.replace(/^\/v[\d.]+/, '').split('?')[0] ?? '';
    const lists: Record<string, unknown> = {
      '/info': info,
      '/version': { ApiVersion: '1.41' },
      '/volumes': { Volumes: isLeft ? [volume] : [] },
    };
    if (path !== `/volumes/${volume.Name}`) return answer(response, lists[path] ?? []);
    if (!isLeft) return answer(response, { message: 'no such volume' }, 404);
    if (method === 'DELETE') isLeft = false;
    return method === 'DELETE' ? void response.writeHead(204).end() : answer(response, volume);
  });
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ccci-teardown-'));
  layout = makeLayout(join(dir, 'state'));
  isLeft = true;
  engine = engineOf();
  await new Promise<void>((done) => engine.listen(join(dir, 'docker.sock'), done));
  const folders = [layout.signals, layout.secretsDir(UID), layout.artifactsDir(UID), serverDir()];
  for (const folder of [...folders, layout.stepDir(UID, PREPARE), layout.stepDir(UID, TEARDOWN)])
    mkdirSync(folder, { recursive: true });
  writeFileSync(join(serverDir(), 'web-x.ci.test.env'), 'TYPE=web\n');
  writeFileSync(join(layout.secretsDir(UID), 'app.json'), '{"pw":"geheim-123456"}');
  write('prepare', 'result', prepared(join(ROOT, 'bin', 'abra-builtin')));
  write('teardown', 'request', {
    run: 'one',
    uid: UID,
    ...TEARDOWN,
    limitMs: 300_000,
    recipe: 'web',
    source: { repo: '/nowhere', ref: 'main' },
    app: { domain: 'web-x.ci.test', stack: STACK },
    stages: ['install'],
    settings: RecipeSpecBody.parse({ category: 'simple', source: { repo: '/nowhere' } }),
    earlier: ['prepare'],
  });
});
afterEach(async () => {
  engine.closeAllConnections();
  await new Promise<void>((done) => void engine.close(() => done()));
  rmSync(layout.tmpDir(UID), { recursive: true, force: true });
  rmSync(dir, { recursive: true });
});

const serverDir = (): string => join(layout.abraDir(UID), 'servers', 'default');
const fileOf = (step: 'prepare' | 'teardown', name: string): string =>
  join(layout.stepDir(UID, step === 'prepare' ? PREPARE : TEARDOWN), name);
const write = (step: 'prepare' | 'teardown', name: string, value: object): void =>
  writeFileSync(fileOf(step, `${name}.json`), JSON.stringify(value));

function prepared(bin: string): object {
  const deployer = { kind: 'builtin', version: '0', bin };
  const found = { commit: 'a'.repeat(40), subject: '', version: '1', previousVersion: null, overlay: null };
  const none = { images: [], imageChanges: [], findings: [], warnings: [] };
  return {
    step: 'prepare',
    outcome: 'passed',
    startedAt: AT,
    finishedAt: AT,
    message: '',
    data: { ...found, ...none, deployer },
  };
}

const WITHOUT = [
  { what: 'anything amiss', change: () => undefined, scans: true },
  {
    what: 'the deployer that prepare found',
    change: () => write('prepare', 'result', prepared('/nonesuch')),
    scans: true,
  },
  {
    what: 'a word from prepare',
    change: () => writeFileSync(fileOf('prepare', 'result.json'), '{'),
    scans: true,
  },
  {
    what: 'a result of prepare that can be read',
    change: () => {
      rmSync(fileOf('prepare', 'result.json'));
      mkdirSync(fileOf('prepare', 'result.json'));
    },
    scans: true,
  },
  {
    what: 'a sidecar that is whole, after which nothing can be said of secrets',
    change: () => writeFileSync(join(layout.secretsDir(UID), 'app.json'), '{"pw":'),
    scans: false,
  },
  {
    what: 'a folder for signals',
    change: () => rmSync(layout.signals, { recursive: true }),
    scans: true,
  },
  {
    what: 'a folder for temporary files',
    change: () => writeFileSync(layout.tmpDir(UID), ''),
    scans: true,
  },
  {
    what: 'a log that can be written',
    change: () => mkdirSync(fileOf('teardown', 'log.ndjson')),
    scans: true,
  },
] as const;

it.each(WITHOUT)('removes the app without $what', async ({ change, scans }) => {
  change();
  const { stderr } = await execa(
    process.execPath,
    [join(ROOT, 'controller', 'stages', 'main.ts'), layout.stepDir(UID, TEARDOWN)],
    {
      extendEnv: false,
      reject: false,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: dir,
        CCCI_STATE_DIR: layout.root,
        CCCI_DOCKER_HOST: `unix://${join(dir, 'docker.sock')}`,
        CCCI_RECIPES_DIR: join(ROOT, 'recipes'),
        NODE_COMPILE_CACHE: join(ROOT, '.ccci', 'compile-cache'),
      },
    },
  );
  expect(stderr).toBe('');
  expect(isLeft).toBe(false);
  expect(await exists(layout.abraDir(UID))).toBe(false);
  expect(await exists(layout.secretsDir(UID))).toBe(false);
  const text = readFileSync(fileOf('teardown', 'result.json'), 'utf8');
  const result = StageResult.parse(JSON.parse(text));
  expect(result).toMatchObject({ step: 'teardown', outcome: 'passed' });
  // Without a look for secrets the run is not green, whatever else it was.
  expect(result.step === 'teardown' && result.data?.scan != null).toBe(scans);
});
