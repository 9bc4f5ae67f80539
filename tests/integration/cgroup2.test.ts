/**
 * The sandbox of a recipe's own tests on cgroup v2, also where this machine has v1: its unit tests, under a kernel that
 * is a program (User-mode Linux).
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { ensurePackages } from '../sandbox/packages.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const INIT = join(import.meta.dirname, 'uml-init.sh');
/** Where the init mounts the checkout, and the folder that is shared. */
const CHECKOUT = '/media';
const SHARED = '/mnt';
const NODE = join(CHECKOUT, relative(ROOT, process.execPath));
const VITEST = join(CHECKOUT, 'node_modules/vitest/vitest.mjs');
const MINUTE_MS = 60_000;

async function underAnotherKernel(command: readonly string[], shared: string): Promise<string> {
  const kernel = [
    'mem=2G',
    'root=/dev/root',
    'rootfstype=hostfs',
    'ro',
    'con0=fd:0,fd:1',
    'con=null',
    `uml_dir=${shared}/`,
  ];
  const { stdout } = await execa('linux.uml', [...kernel, `init=${INIT}`, '--', ROOT, shared, ...command], {
    env: { PATH: '/usr/bin:/bin' },
    extendEnv: false,
    stdin: 'ignore',
    timeout: 9 * MINUTE_MS,
  });
  return stdout;
}

const isOn = process.env['E2E_ALL'] === '1';

it.runIf(isOn)('a sandbox is bounded on cgroup v2 too', { timeout: 10 * MINUTE_MS }, async () => {
  await ensurePackages(['kernel']);
  const shared = await mkdtemp(join(tmpdir(), 'ccci-uml-'));
  try {
    const asked = [
      'run',
      '--project=unit',
      '--configLoader=native',
      '--testTimeout=120000',
      'controller/stages/sandbox/sandbox.test.ts',
    ];
    const told = ['--reporter=json', `--outputFile=${SHARED}/report.json`, `--root=${CHECKOUT}`];
    const said = await underAnotherKernel([NODE, VITEST, ...asked, ...told], shared);
    expect(said).toContain('ended with 0');
    const report: unknown = JSON.parse(await readFile(join(shared, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ numFailedTests: 0, numPendingTests: 0, success: true });
  } finally {
    await rm(shared, { recursive: true, force: true });
  }
});
