/** The stage on real git repositories, with the built-in deployer and with executables that answer as abra does. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { replaceIn } from '../../../tests/e2e/defects/defect.ts';
import { makeVariantRepo, type RecipeRepo } from '../../../tests/sandbox/repos.ts';
import type { Abra } from '../../abra/driver.ts';
import { type Finding, LintData } from '../../api/stage-data.ts';
import { readConfig, ROOT } from '../../config.ts';
import { warningFinding } from '../../domain/recipe/finding.ts';
import { systemClock } from '../../runtime/clock.ts';
import { makeLayout } from '../../store/layout.ts';
import { readEarlier, type StageContext } from '../step/context.ts';
import { cloneAt, git } from '../../git/git.ts';
import { lint } from './lint.ts';
import { runToReport, type StageReport } from '../step/report.ts';
import { abraOf, appOf, stepOf, toolsOf } from '../step/testing.ts';
import { openStageLog, type StageLog } from '../step/stage-log.ts';
import { writeResult } from '../../store/step-files.ts';

/** Each of them starts git a few dozen times. */
vi.setConfig({ testTimeout: 60_000 });

let dir: string;
let env: Record<string, string>;
const logs: StageLog[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ccci-lint-'));
  env = { PATH: process.env['PATH'] ?? '', HOME: dir };
});
afterAll(async () => {
  for (const log of logs) log.close();
  await rm(dir, { recursive: true });
});

type Edit = (repo: string) => Promise<void>;
const nothing: Edit = () => Promise.resolve();

interface World {
  readonly context: StageContext;
  readonly repo: RecipeRepo;
}

interface Wanted {
  readonly base?: string;
  readonly edit?: Edit;
  readonly abra?: { readonly kind: Abra['kind']; readonly bin: string };
  /** What prepare found. */
  readonly findings?: readonly Finding[];
  readonly upstream?: string;
  readonly ref?: string;
}

const BUILTIN = { kind: 'builtin', bin: join(ROOT, 'bin', 'abra-builtin') } as const;
let worlds = 0;

const untouched = new Map<string, Promise<RecipeRepo>>();

/** Lint changes no repository, so that one which nobody edits serves all. */
async function repoOf(base: string, edit: Edit): Promise<RecipeRepo> {
  const make = (name: string): Promise<RecipeRepo> =>
    makeVariantRepo({ base, name, into: join(dir, 'repos') }, edit);
  if (edit !== nothing) return make(`edited-${worlds}`);
  const made = untouched.get(base) ?? make(base);
  untouched.set(base, made);
  return made;
}

/** Everything as prepare leaves it. */
async function worldOf(wanted: Wanted): Promise<World> {
  const { base = 'custom-html', edit = nothing, abra = BUILTIN, findings = [], upstream } = wanted;
  const uid = `w${++worlds}`;
  const repo = await repoOf(base, edit);
  const commit = repo.tags[wanted.ref ?? ''] ?? repo.head;
  const layout = makeLayout(join(dir, uid));
  const checkout = join(layout.abraDir(uid), 'recipes', base);
  await mkdir(checkout, { recursive: true });
  await cloneAt(repo.path, commit, { folder: checkout, env });
  const stepDir = layout.stepDir(uid, { attempt: 1, step: 'prepare', round: 1 });
  await mkdir(stepDir, { recursive: true });
  const now = new Date().toISOString();
  const deployer = { kind: abra.kind, version: '1', bin: abra.bin };
  await writeResult(stepDir, {
    step: 'prepare',
    outcome: 'passed',
    startedAt: now,
    finishedAt: now,
    message: '',
    tests: [],
    substeps: [],
    resources: null,
    data: {
      commit,
      subject: '',
      version: null,
      previousVersion: null,
      images: [],
      findings: [...findings],
      warnings: [],
      imageChanges: [],
      overlay: null,
      deployer,
    },
  });
  const source = { repo: repo.path, ...(upstream === undefined ? {} : { upstream }) };
  const log = openStageLog(join(layout.runDir(uid), 'log.ndjson'), systemClock);
  logs.push(log);
  const app = appOf(join(dir, uid), {
    request: {
      run: uid,
      uid,
      step: 'lint',
      recipe: base,
      source: { repo: repo.path, ref: 'main' },
      stages: ['lint'],
      earlier: ['prepare'],
    },
    settings: { source },
    config: { ...readConfig(env), dockerHost: 'unix:///nowhere/docker.sock' },
    layout,
    checkout,
    env,
  });
  const tools = toolsOf({ abra: abraOf(abra) });
  return { context: { ...app, ...stepOf({ log }), ...tools }, repo };
}

async function linted(wanted: Wanted): Promise<{ report: StageReport; data: LintData | null; world: World }> {
  const world = await worldOf(wanted);
  const report = await runToReport(
    async () => lint(world.context, await readEarlier(world.context)),
    world.context.log,
  );
  return { report, data: report.data === undefined ? null : LintData.parse(report.data), world };
}

/** An executable that answers `recipe lint` with some shell. */
async function abraThat(name: string, shell: string): Promise<{ kind: 'abra'; bin: string }> {
  const bin = join(dir, name);
  await writeFile(bin, `#!/bin/sh\n${shell}\n`, { mode: 0o755 });
  return { kind: 'abra', bin };
}

const table = (...rows: string[]): string =>
  `cat <<'END'\n| REF | RULE | SEVERITY | SATISFIED | SKIPPED | HOW TO FIX |\n${rows.join('\n')}\nEND`;

describe('lint of a good recipe', () => {
  it.each(['custom-html', 'tiny-web', 'traefik'])('%s has nothing to mend', async (base) => {
    const { report, data } = await linted({ base });
    expect(report.outcome).toBe('passed');
    expect(data?.findings).toEqual([]);
    expect(data?.abra).toMatchObject({ kind: 'builtin', ownRulesJudged: false });
    expect(data?.abra.rules.length).toBeGreaterThan(5);
    expect(report.message).toMatch(/^No errors, no warnings; .*R-rules were not judged/);
  });

  it('compares with what is published, not with the tag of the commit itself', async () => {
    expect((await linted({})).data?.comparedWith).toBe('1.1.0+1.26');
    expect((await linted({ ref: '1.1.0+1.26' })).data?.comparedWith).toBe('1.0.0+1.22');
    const first = await linted({ ref: '1.0.0+1.22' });
    expect(first.data).toMatchObject({ comparedWith: null, notCompared: 'no other version is published' });
  });

  it('leaves the run’s checkout as it was, and nothing of its own', async () => {
    const { world } = await linted({});
    const { checkout, layout, request } = world.context;
    expect(await git(['status', '--porcelain'], { cwd: checkout, env })).toBe('');
    expect(await git(['rev-parse', 'HEAD'], { cwd: checkout, env })).toBe(world.repo.head);
    expect(await readdir(layout.abraDir(request.uid))).toEqual(['recipes']);
  });
});

describe('what operators have to know', () => {
  it.each([
    {
      base: 'custom-html',
      want: ['configVersion: The config `default_conf` is v3 instead of v2: the deploy makes it, and restarts what uses it.'],
    },
    {
      base: 'mediawiki',
      want: ['image: The service `app` runs `ccci/mediawiki:1.43` instead of `ccci/mediawiki:1.39`.'],
    },
    {
      base: 'matrix-synapse',
      want: [
        'configVersion: The config `homeserver_yaml` is v2 instead of v1: the deploy makes it, and restarts what uses it.',
        'image: The service `app` runs `ccci/synapse:v1.155.0` instead of `ccci/synapse:v1.120.2`.',
      ],
    },
    { base: 'traefik', want: [] },
  ])('of $base comes from both versions', async ({ base, want }) => {
    const { data } = await linted({ base });
    expect(data?.operatorNotes.map(({ kind, text }) => `${kind}: ${text}`)).toEqual(want);
  });

  it('is there where lint is red, and known as told where a release note names it', async () => {
    const { report, data } = await linted({
      edit: async (repo) => {
        await replaceIn(repo, 'abra.sh', ['CONF_VERSION=v3', 'CONF_VERSION=v2']);
        await replaceIn(repo, '.env.sample', ['TIMEOUT=', 'SMTP_HOST=\nSMTP_PORT=\nTIMEOUT=']);
        await writeFile(join(repo, 'release', 'next'), 'Set SMTP_HOST.\n');
      },
    });
    expect(report.outcome).toBe('failed');
    expect(data?.operatorNotes).toMatchObject([
      { kind: 'newVariable', subject: 'SMTP_HOST', byHand: true, told: true },
      { kind: 'newVariable', subject: 'SMTP_PORT', byHand: true, told: false },
    ]);
  });
}); // oxfmt-ignore

describe('lint of a recipe with errors', () => {
  /** The head changed default.conf since 1.1.0+1.26, which had v2. */
  const inConf: Edit = (repo) =>
    replaceIn(repo, 'abra.sh', ['DEFAULT_CONF_VERSION=v3', 'DEFAULT_CONF_VERSION=v2']);

  it('is red with the first one as its cause', async () => {
    const { report, data } = await linted({ edit: inConf });
    expect(report.outcome).toBe('failed');
    expect(report.cause).toMatchObject({
      reason: 'ConfigNotVersioned',
      evidence: 'abra.sh:3',
      nextStep: 'Raise it: export DEFAULT_CONF_VERSION=v3',
    });
    expect(report.cause?.message).toContain('"default_conf"');
    expect(data).toMatchObject({ errors: 1, warnings: 0, comparedWith: '1.1.0+1.26' });
  });

  it('counts the others', async () => {
    const { report, data } = await linted({
      edit: async (repo) => {
        await inConf(repo);
        await replaceIn(repo, 'compose.yml', ['    secrets:', '    environment: [A_TOKEN=x9]\n    secrets:']);
      },
    });
    expect(report.cause?.message).toMatch(/\(and 1 more error\)$/);
    expect(data?.findings.map(({ rule }) => rule)).toEqual(['ConfigNotVersioned', 'PlainSecret']);
  });
}); // oxfmt-ignore

describe('what strangers commit', () => {
  it('is never read through a link that leads out', async () => {
    const secret = join(dir, 'host.env');
    await writeFile(secret, 'HOST_PASSWORD=only-this-machine-knows\n');
    const { report, world } = await linted({
      edit: async (repo) => {
        await symlink(secret, join(repo, 'compose.host.yml'));
        await rm(join(repo, 'abra.sh'));
        await symlink(secret, join(repo, 'abra.sh'));
      },
    });
    const log = await readFile(join(world.context.layout.runDir(world.context.request.uid), 'log.ndjson'), 'utf8');
    expect(`${JSON.stringify(report)}${log}`).not.toContain('only-this-machine-knows');
  });

  it('is not read where it is too large', async () => {
    const { data } = await linted({
      edit: (repo) => writeFile(join(repo, 'compose.large.yml'), `services: { db: { image: "${'x'.repeat(2 ** 20)}" } }`),
    });
    expect(data?.findings).toEqual([]);
  });

  it('starts no hook and runs no filter of the recipe', async () => {
    const ran = join(dir, 'ran');
    await linted({
      edit: async (repo) => {
        await writeFile(join(repo, '.gitattributes'), '* filter=evil diff=evil\n');
        await writeFile(join(repo, '.gitconfig'), `[filter "evil"]\n smudge = touch ${ran}\n`);
      },
    });
    expect(existsSync(ran)).toBe(false);
  });
}); // oxfmt-ignore

describe('the table of abra', () => {
  it('is judged by its marks, not by an exit code', async () => {
    const abra = await abraThat(
      'abra-table',
      table(
        '| R003 | images use a tag | error | ✅ | - | - |',
        '| R011 | all images | error | ❌ | - | add images |',
        '| R007 | metadata | warn | ❌ | - | fill in |',
        '| R006 | published | error | - | ✅ | publish |',
      ),
    );
    const { report, data } = await linted({ abra });
    expect(report).toMatchObject({ outcome: 'failed', cause: { reason: 'R011', nextStep: 'add images' } });
    expect(data?.findings.map(({ severity, rule }) => `${severity} ${rule}`)).toEqual(['error R011', 'warning R007']);
    expect(data?.abra).toMatchObject({ kind: 'abra', ownRulesJudged: true });
    expect(report.message).not.toContain('not judged');
  });

  it('is drawn over a pristine clone of the head, with upstream’s tags and no other', async () => {
    const upstream = await makeVariantRepo({ base: 'tiny-web', name: 'upstream', into: join(dir, 'repos') }, nothing);
    await git(['tag', 'v9.0.0+1', 'main'], { cwd: upstream.path, env });
    const abra = await abraThat(
      'abra-looks',
      `cd "$ABRA_DIR/recipes/custom-html" && { pwd; git rev-parse HEAD; git status --porcelain; git tag; git remote get-url origin; } >${dir}/looks\n${table('| R001 | a | warn | ✅ | - | - |')}`,
    );
    const { report, world } = await linted({ abra, upstream: upstream.path });
    expect(report.outcome).toBe('passed');
    const [cwd, head, ...rest] = (await readFile(join(dir, 'looks'), 'utf8')).trim().split('\n');
    expect(cwd).not.toBe(world.context.checkout);
    expect(head).toBe(world.repo.head);
    expect(rest).toEqual(['1.0.0+1.35', '1.1.0+1.37', 'v9.0.0+1', upstream.path]);
  });

  it.each([
    { because: 'abra says what the recipe lacks', shell: 'echo "FATA unable to validate recipe: .env.sample" >&2; exit 1', outcome: 'failed', reason: 'CannotLint' },
    { because: 'abra has no network', shell: 'echo "FATA dial tcp: i/o timeout" >&2; exit 1', outcome: 'errored', reason: 'LintNotRun' },
    { because: 'there is no table', shell: 'echo fine', outcome: 'errored', reason: 'LintNotRun' },
    { because: 'abra linted another commit', shell: `git -C "$ABRA_DIR/recipes/custom-html" checkout -q 1.0.0+1.22\n${table('| R001 | a | warn | ✅ | - | - |')}`, outcome: 'errored', reason: 'LintNotRun' },
  ])('is $outcome where $because', async ({ shell, outcome, reason }) => {
    const { report } = await linted({ abra: await abraThat(`abra-${worlds}`, shell) });
    expect(report).toMatchObject({ outcome, cause: { reason } });
    expect(report.cause?.nextStep).toMatch(/\w{3}/);
  });

  it('is not judged where upstream does not answer', async () => {
    const { report } = await linted({ upstream: join(dir, 'none') });
    expect(report).toMatchObject({ outcome: 'errored', cause: { reason: 'TagsNotFetched' } });
  });
}); // oxfmt-ignore

describe('what prepare said', () => {
  const untagged: Edit = (repo) => replaceIn(repo, 'compose.yml', ['ccci/nginx:1.26', 'ccci/nginx']);

  it('is not said again', async () => {
    const place = { file: 'compose.yml', line: 6 };
    const said = warningFinding({ rule: 'FloatingImage', place, message: 'Another one tomorrow.', fix: 'Pin it.' });
    expect((await linted({ edit: untagged })).data?.findings.map(({ rule }) => rule)).toEqual(['FloatingImage']);
    const { report, data } = await linted({ edit: untagged, findings: [said] });
    expect(data?.findings).toEqual([]);
    expect(report.outcome).toBe('passed');
  });
}); // oxfmt-ignore
