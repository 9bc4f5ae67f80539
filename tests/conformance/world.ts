import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { makeAbra, type Abra, type AbraKind } from '../../controller/abra/driver.ts';
import { runAbra, type RunResult } from '../../controller/abra/run.ts';
import {
  ABRA_SH,
  COMPOSE,
  COMPOSE_SIDE,
  ENV_SAMPLE,
  HEAD_LABEL,
  README,
  RECIPE,
  RELEASES,
} from './recipe.ts';

export type WorldOptions = {
  bin: string;
  kind: AbraKind;
  dockerHost: string;
  image: string;
  path: string;
  resolveImage: 'always' | 'never';
  /** Shows abra's output as it comes. */
  verbose: (line: string) => void;
};

/** Everything a check needs: the executable, the swarm by docker's own CLI, and a recipe of its own. */
export type World = {
  abra: Abra;
  image: string;
  domain: string;
  stack: string;
  abraDir: string;
  recipeDir: string;
  envFile: string;
  /** The values that `secret generate` answered with. */
  secrets: Map<string, string>;
  raw: (argv: readonly string[]) => Promise<RunResult>;
  docker: (...args: string[]) => Promise<string>;
  git: (...args: string[]) => Promise<string>;
  head: () => Promise<string>;
  write: (name: string, text: string) => Promise<void>;
  readEnv: () => Promise<string>;
  /** Labels, env and image of a service, or undefined. */
  service: (name: string) => Promise<ServiceFacts | undefined>;
  /** Back to the recipe's head with a clean tree and the usual tags. */
  resetRecipe: () => Promise<void>;
  close: () => Promise<void>;
};

export type ServiceFacts = {
  labels: Record<string, string>;
  env: string[];
  configs: string[];
  updateState: string;
};

async function findProgram(name: string, path: string): Promise<string> {
  for (const dir of path.split(delimiter)) {
    const file = join(dir, name);
    if (await access(file).then(() => true, () => false)) return file; // oxfmt-ignore
  }
  throw new Error(`${name} is not on the PATH`);
}

const PROGRAM_TIMEOUT_MS = 120_000;

function makeProgram(
  bin: string,
  env: Record<string, string>,
  cwd: string,
): (...args: string[]) => Promise<string> {
  return async (...argv) => {
    const run = await runAbra({ bin, argv, env, cwd, pty: false, timeoutMs: PROGRAM_TIMEOUT_MS });
    if (run.exitCode !== 0) throw new Error(`${argv.slice(0, 3).join(' ')}: ${run.stderr || run.stdout}`);
    return run.stdout.trim();
  };
}

type Write = (name: string, text: string) => Promise<void>;

async function makeRecipe(git: World['git'], write: Write, image: string): Promise<void> {
  await git('init', '-q', '-b', 'main', '.');
  await write('.env.sample', ENV_SAMPLE);
  await write('abra.sh', ABRA_SH);
  await write('README.md', README);
  await write('page.txt', 'hello\n');
  await write('compose.side.yml', COMPOSE_SIDE(image));
  for (const release of RELEASES) {
    await write('compose.yml', COMPOSE(image, release, `release-${release}`));
    await git('add', '.');
    await git('commit', '-qm', `chore: publish ${release} release`);
    await git('tag', '-a', release, '-m', release);
  }
  await git('tag', '-a', 'not-a-version', '-m', 'skipped');
  await write('compose.yml', COMPOSE(image, HEAD_LABEL, 'head'));
  await git('commit', '-qam', 'head');
  await git('tag', '-a', 'conf-head', '-m', 'where main is');
}

function factsOf(text: string): ServiceFacts {
  type Seen = {
    Spec: {
      Labels: Record<string, string>;
      TaskTemplate: { ContainerSpec: { Env?: string[]; Configs?: { ConfigName: string }[] } };
    };
    UpdateStatus?: { State?: string };
  };
  const [seen] = JSON.parse(text) as [Seen];
  const container = seen.Spec.TaskTemplate.ContainerSpec;
  return {
    labels: seen.Spec.Labels,
    env: container.Env ?? [],
    configs: (container.Configs ?? []).map((config) => config.ConfigName),
    updateState: seen.UpdateStatus?.State ?? '',
  };
}

async function removeStack(docker: World['docker'], stack: string): Promise<void> {
  await docker('stack', 'rm', stack).catch(() => '');
  const left = async (kind: string[]): Promise<string[]> =>
    (await docker(...kind)).split('\n').filter(Boolean);
  const filter = ['--filter', `label=com.docker.stack.namespace=${stack}`];
  for (let look = 0; look < 100 && (await left(['ps', '-aq', ...filter])).length > 0; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  for (const volume of await left(['volume', 'ls', '-q', ...filter]))
    await docker('volume', 'rm', volume).catch(() => '');
  for (const secret of await left(['secret', 'ls', '-q', '--filter', `name=${stack}_`]))
    await docker('secret', 'rm', secret).catch(() => '');
}

export async function makeWorld(options: WorldOptions): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'abra-conformance-'));
  const abraDir = join(root, 'abra');
  const recipeDir = join(abraDir, 'recipes', RECIPE);
  await mkdir(recipeDir, { recursive: true });
  const who = {
    GIT_AUTHOR_NAME: 'conf',
    GIT_AUTHOR_EMAIL: 'conf@ci.test',
    GIT_COMMITTER_NAME: 'conf',
    GIT_COMMITTER_EMAIL: 'conf@ci.test',
  };
  const env = {
    PATH: options.path,
    HOME: root,
    DOCKER_HOST: options.dockerHost,
    CCCI_RESOLVE_IMAGE: options.resolveImage,
  };
  const docker = makeProgram(await findProgram('docker', options.path), env, root);
  const git = makeProgram(await findProgram('git', options.path), { ...env, ...who }, recipeDir);
  const write: Write = (name, text) => writeFile(join(recipeDir, name), text);
  await makeRecipe(git, write, options.image);
  // Short, so that no name comes near Docker's 64 characters; unique, so that suites can share a swarm.
  const domain = `conf-${process.pid.toString(36)}.ci.test`;
  const stack = domain.replaceAll('.', '_');
  const envFile = join(abraDir, 'servers', 'default', `${domain}.env`);
  const onLine = (_stream: string, line: string): void => options.verbose(line);
  const { bin, kind, dockerHost } = options;
  return {
    abra: makeAbra({ bin, kind, abraDir, dockerHost, env, onLine }),
    image: options.image,
    domain,
    stack,
    abraDir,
    recipeDir,
    envFile,
    secrets: new Map(),
    raw: (argv) =>
      runAbra({
        bin,
        argv,
        env: { ...env, ABRA_DIR: abraDir, NO_COLOR: '1' },
        pty: true,
        timeoutMs: PROGRAM_TIMEOUT_MS,
        onLine,
      }),
    docker,
    git,
    head: () => git('rev-parse', 'HEAD'),
    write,
    readEnv: () => readFile(envFile, 'utf8'),
    service: async (name) => docker('service', 'inspect', `${stack}_${name}`).then(factsOf, () => undefined),
    resetRecipe: async () => {
      await git('clean', '-qfd');
      await git('checkout', '-qf', 'main');
      await git('reset', '-q', '--hard', 'conf-head');
    },
    close: async () => {
      await removeStack(docker, stack);
      await rm(root, { recursive: true, force: true });
    },
  };
}
