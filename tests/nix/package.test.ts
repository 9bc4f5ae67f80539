/** What the package of cc-ci is made of: the npm packages that the lock file names, and scripts that a shell reads as they are meant. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../controller/config.ts';
import { commandPath } from '../sandbox/packages.ts';
import { makeNix, type Nix, WITHOUT_NIX } from './nix.ts';

/** What tools leave in node_modules while they work, and npm's note of what it installed. */
const LEFT = ['.package-lock.json', '.vite', '.vite-temp', '.vitest-cache', '.cache'];

describe.skipIf(WITHOUT_NIX !== null || process.arch !== 'x64')('the npm packages', () => {
  let nix: Nix;
  let copy: string;
  beforeAll(async () => {
    nix = await makeNix();
    // Beside node_modules, because links cannot lead to another file system.
    await mkdir(join(ROOT, '.ccci'), { recursive: true });
    copy = await mkdtemp(join(ROOT, '.ccci', 'node-modules-'));
  });
  afterAll(async () => {
    await nix.remove();
    await rm(copy, { recursive: true, force: true });
  });

  it('are those of the hash in modules/package.nix', async () => {
    await execa('cp', ['-al', join(ROOT, 'node_modules'), copy]);
    for (const name of LEFT) await rm(join(copy, 'node_modules', name), { recursive: true, force: true });
    const [, said] =
      /outputHash = "(.*)";/.exec(await readFile(join(ROOT, 'modules', 'package.nix'), 'utf8')) ?? [];
    expect(await nix.hash(join(copy, 'node_modules'))).toBe(said);
  });
});

describe.skipIf(commandPath('shellcheck') === undefined)('shellcheck', () => {
  it('finds nothing in the programs that units and people call', async () => {
    const names = await readdir(join(ROOT, 'bin'));
    const files = names.map((name) => join(ROOT, 'bin', name));
    // `-nt` is in every sh that a Linux has.
    const { stdout } = await execa(
      'shellcheck',
      ['-s', 'sh', '-x', '-P', 'SCRIPTDIR', '-e', 'SC3013', ...files],
      { reject: false, cwd: ROOT },
    );
    expect(stdout).toBe('');
  });
});
