/** The real entry point, as a shell starts it. */
import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, ROOT } from '../config.ts';
import { EXIT } from './terminal/exit.ts';
import { Fixture } from './testing.ts';

const LAUNCHER = join(ROOT, 'bin', 'ccci-ctl');
let fixture: Fixture;

beforeEach(async () => {
  fixture = await Fixture.make();
});

afterEach(() => fixture.remove());

async function start(
  file: string,
  ...words: string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = {
    PATH: readConfig().baseEnv['PATH'],
    CCCI_STATE_DIR: fixture.layout.root,
    CCCI_RECIPES_DIR: fixture.recipes,
    CCCI_DOCKER_HOST: `unix://${fixture.root}/none.sock`,
    LANG: 'C.UTF-8',
  };
  try {
    return { code: 0, ...(await promisify(execFile)(file, words, { env, cwd: fixture.root })) };
  } catch (error) {
    return error as { code: unknown; stdout: string; stderr: string };
  }
}

async function git(folder: string, ...words: string[]): Promise<string> {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'init.defaultBranch=main'];
  const { stdout } = await promisify(execFile)('git', [...identity, ...words], { cwd: folder });
  return stdout.trim();
}

describe('bin/ccci-ctl', () => {
  it('works through symbolic links, from any folder', async () => {
    await symlink(LAUNCHER, join(fixture.root, 'one'));
    await symlink('one', join(fixture.root, 'two'));
    expect(await start(join(fixture.root, 'two'), 'get', 'runs')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'No runs found.\n',
    });
  });

  it('says exactly what to run where node_modules is missing', async () => {
    await mkdir(join(fixture.root, 'clone/bin'), { recursive: true });
    await cp(LAUNCHER, join(fixture.root, 'clone/bin/ccci-ctl'));
    const { code, stderr } = await start(join(fixture.root, 'clone/bin/ccci-ctl'), 'get', 'runs');
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(`next: run \`npm ci\` in ${join(fixture.root, 'clone')}`);
  });

  it('hands on the exit code', async () => {
    expect((await start(LAUNCHER, 'describe', 'run/nobody')).code).toBe(EXIT.notFound);
  });

  it('runs a folder at its commit, or at any that git understands', async () => {
    const folder = join(fixture.root, 'ghost');
    await fixture.recipe('ghost');
    await fixture.write(join(folder, 'compose.yml'), 'services: {}\n');
    await git(folder, 'init', '--quiet');
    await git(folder, 'add', '.');
    await git(folder, 'commit', '--quiet', '-m', 'one');
    const first = await git(folder, 'rev-parse', 'HEAD');
    await git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'two');
    await fixture.write(join(folder, 'compose.yml'), 'services: { a: {} }\n');
    const { code, stdout, stderr } = await start(LAUNCHER, 'run', './ghost', '--ref', 'HEAD~1', '-o', 'json');
    expect(code).toBe(0);
    expect(stderr).toContain('1 changed file in');
    expect(JSON.parse(stdout)).toMatchObject({
      spec: { recipe: 'ghost', source: { repo: folder, ref: first } },
    });
  });

  it('says what is wrong with a folder that is no repository', async () => {
    await fixture.recipe('ghost');
    await mkdir(join(fixture.root, 'ghost'));
    const { code, stderr } = await start(LAUNCHER, 'run', './ghost');
    expect(code).toBe(EXIT.notFound);
    expect(stderr).toContain('/ghost is not a git repository.');
  });

  it('says that Docker does not answer', async () => {
    const { code, stderr } = await start(LAUNCHER, 'get', 'apps');
    expect(code).toBe(EXIT.unreachable);
    expect(stderr).toContain('CCCI_DOCKER_HOST');
  });
});
