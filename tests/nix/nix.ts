/** Evaluates the flake as it is with Debian's nix, which needs no daemon and no /nix; nixpkgs and sops-nix are the stand-ins beside this file. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ROOT } from '../../controller/config.ts';
import { commandPath } from '../sandbox/packages.ts';

const CONF = `experimental-features = nix-command flakes
build-users-group =
substituters =
flake-registry =
warn-dirty = false
`;

/** Why these tests cannot be run here, or null where they can. */
export const WITHOUT_NIX =
  commandPath('nix') === undefined ? 'there is no nix: `apt-get install nix-bin`' : null;

export interface Tree {
  readonly dir: string;
  /** What `apply`, a Nix function, makes of an attribute of the flake; refusals come back as their text. */
  eval(
    attribute: string,
    apply?: string,
  ): Promise<{ ok: true; value: unknown } | { ok: false; text: string }>;
}

export interface Nix {
  /** A copy of what git knows of the flake, with files put in. */
  tree(files?: Readonly<Record<string, string>>): Promise<Tree>;
  hash(folder: string): Promise<string>;
  remove(): Promise<void>;
}

export async function makeNix(): Promise<Nix> {
  const home = await mkdtemp(join(tmpdir(), 'ccci-nix-'));
  for (const folder of ['etc', 'store', 'var', 'cache']) await mkdir(join(home, folder));
  await writeFile(join(home, 'etc', 'nix.conf'), CONF);
  const env = {
    NIX_STORE_DIR: join(home, 'store'),
    NIX_STATE_DIR: join(home, 'var'),
    NIX_LOCALSTATE_DIR: join(home, 'var'),
    NIX_LOG_DIR: join(home, 'var', 'log'),
    NIX_CONF_DIR: join(home, 'etc'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'etc'),
    XDG_DATA_HOME: join(home, 'cache'),
  };
  let trees = 0;
  return {
    tree: async (files = {}) => {
      const dir = join(home, `tree-${trees++}`);
      await copyTo(dir);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(dir, path)), { recursive: true });
        await writeFile(join(dir, path), text);
      }
      return { dir, eval: (attribute, apply) => evaluate({ dir, env }, attribute, apply) };
    },
    hash: async (folder) => (await execa('nix', ['hash', 'path', folder], { env })).stdout.trim(),
    remove: async () => {
      await execa('chmod', ['-R', 'u+w', home]);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What the flake reads; `path:` takes all of a folder, and a whole project at each question would take the most time. */
const READ_BY_NIX =
  'flake.nix flake.lock modules secrets package.json package-lock.json .npmrc tests/nix/full.nix';

async function copyTo(dir: string): Promise<void> {
  await mkdir(dir);
  const paths = READ_BY_NIX.split(' ');
  const known = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...paths];
  const { stdout: names } = await execa('git', known, { cwd: ROOT });
  const packed = execa('tar', ['c', '--null', '-T', '-'], {
    cwd: ROOT,
    input: names,
    encoding: 'buffer',
  });
  await execa('tar', ['x', '-C', dir], { input: (await packed).stdout });
}

async function evaluate(
  { dir, env }: { dir: string; env: Readonly<Record<string, string>> },
  attribute: string,
  apply?: string,
): ReturnType<Tree['eval']> {
  const stub = (name: string): string[] => [
    '--override-input',
    name,
    `path:${join(ROOT, 'tests', 'nix', 'stub', name)}`,
  ];
  const argv = [
    'eval',
    '--impure',
    '--json',
    '--no-write-lock-file',
    ...stub('nixpkgs'),
    ...stub('sops-nix'),
  ];
  const wanted = [`path:${dir}#${attribute}`, ...(apply === undefined ? [] : ['--apply', apply])];
  const result = await execa('nix', [...argv, ...wanted], { env, reject: false });
  return result.exitCode === 0
    ? { ok: true, value: JSON.parse(result.stdout) as unknown }
    : { ok: false, text: result.stderr.slice(Math.max(0, result.stderr.indexOf('error:'))) };
}

/** The machine with one more module, as Nix reads it. */
export const machineWith = (module: string, what = 'config.system.build.toplevel.drvPath'): string =>
  `machine: (machine.extendModules { modules = [ (${module}) ]; }).${what}`;

export const MACHINE = 'nixosConfigurations.cc-ci';

const ENCRYPTED = 'ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]';
const sopsFile = (names: readonly string[]): string =>
  `${names.map((name) => `${name}: ${ENCRYPTED}\n`).join('')}sops:\n    version: 3.9.0\n`;

const SECRETS = [
  'drone_gitea_client_id',
  'drone_gitea_client_secret',
  'drone_rpc_secret',
  'drone_token',
  'gitea_token',
  'hook_secret',
];

/** What an operator brings, as sops leaves it: names in plain, values that nobody reads here. */
export const INPUTS = {
  'secrets/secrets.yaml': sopsFile(SECRETS),
  'secrets/cc-ci-secrets/certificate.yaml': sopsFile(['fullchain', 'privkey']),
  'secrets/too-little.yaml': sopsFile(['gitea_token', 'privkey']),
} as const;
