/** abra's commands as functions: argv from the table, output parsed, a failure as a result. */
import { COMMANDS, type AbraCommand, type ArgsOf, type CommandName } from './commands.ts';
import { failureOf, unreadable, type AbraFailure } from './failure.ts';
import { parseLint, type LintRule } from './parse-lint.ts';
import * as parse from './parse.ts';
import { runAbra, type RunResult, type Stream } from './run.ts';

export type AbraKind = 'abra' | 'builtin';

/**
 * What a deployer reads: the tree that was judged, or the recipe's files once more with a parser of its own.
 * Where it reads the files, only the swarm can say afterwards whether it read the same.
 */
export type Takes = 'tree' | 'files';

/** A judged tree, in a file; a deployer that takes it deploys that and nothing else. */
export type JudgedTree = { readonly file: string; readonly sha256: string };

/** What abra answered. That abra refuses is a result, not an exception. */
export type AbraResult<T> = { ok: true; command: string; value: T; run: RunResult } | AbraFailure;

export type CallOptions = {
  /** Besides the one the driver was made with. */
  signal?: AbortSignal;
  timeoutMs?: number;
  onLine?: (stream: Stream, line: string) => void;
};

/** The app's secrets follow the checkout as it stands unless `chaos` is false (contract 6.3). */
export type SecretOptions = CallOptions & { chaos?: boolean };

export type Backup = { snapshot: string | null };

export type Abra = {
  readonly bin: string;
  readonly kind: AbraKind;
  readonly takes: Takes;
  /** Throws when the executable cannot be run at all: then there is nothing to report about a recipe. */
  version(options?: CallOptions): Promise<string>;
  addLocalServer(options?: CallOptions): Promise<AbraResult<void>>;
  serverList(options?: CallOptions): Promise<AbraResult<parse.ServerRow[]>>;
  appNew(args: ArgsOf<'appNew'> & CallOptions): Promise<AbraResult<void>>;
  /** The values are in the result and nowhere else: register them for redaction before anything is logged. */
  secretGenerate(domain: string, options?: SecretOptions): Promise<AbraResult<parse.GeneratedSecret[]>>;
  secretInsert(args: Omit<ArgsOf<'secretInsert'>, 'chaos'> & SecretOptions): Promise<AbraResult<void>>;
  secretList(domain: string, options?: SecretOptions): Promise<AbraResult<parse.SecretRow[]>>;
  secretRemoveAll(domain: string, options?: SecretOptions): Promise<AbraResult<void>>;
  deploy(args: ArgsOf<'deploy'> & CallOptions & { tree?: JudgedTree }): Promise<AbraResult<void>>;
  undeploy(domain: string, options?: CallOptions): Promise<AbraResult<void>>;
  volumeRemove(domain: string, options?: CallOptions): Promise<AbraResult<void>>;
  appRemove(domain: string, options?: CallOptions): Promise<AbraResult<void>>;
  appList(options?: CallOptions): Promise<AbraResult<parse.AppRow[]>>;
  appPs(domain: string, options?: CallOptions): Promise<AbraResult<parse.PsRow[]>>;
  /** Of the checkout as it stands, where this abra can; else who calls has to look whether it was moved. */
  lint(recipe: string, options?: CallOptions): Promise<AbraResult<LintRule[]>>;
  backupCreate(domain: string, options?: CallOptions): Promise<AbraResult<Backup>>;
  restore(args: ArgsOf<'restore'> & CallOptions): Promise<AbraResult<void>>;
  /** A command inside a container; its output is the value. */
  run(args: ArgsOf<'run'> & CallOptions): Promise<AbraResult<string>>;
};

export type AbraDeps = {
  bin: string;
  kind: AbraKind;
  /** `files` makes the built-in deployer read the recipe's files too, as abra does. */
  takes?: Takes;
  /** The run's own: `recipes/` and `servers/` lie in it. */
  abraDir: string;
  dockerHost: string;
  /** Added to and overridden by the variables the driver sets; nothing of our own process is inherited. */
  env: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  onLine?: (stream: Stream, line: string) => void;
};

/** What abra is given besides the caller's: no colours, no pager, no editor, a terminal it knows. */
function childEnv(deps: AbraDeps): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: deps.abraDir,
    ...deps.env,
    ABRA_DIR: deps.abraDir,
    DOCKER_HOST: deps.dockerHost,
    TERM: 'xterm-256color',
    NO_COLOR: '1',
    EDITOR: 'true',
    PAGER: 'cat',
  };
}

function bothSignals(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a && b ? AbortSignal.any([a, b]) : (a ?? b);
}

type Call = <N extends CommandName>(
  name: N,
  args: ArgsOf<N>,
  options: CallOptions & { env?: Readonly<Record<string, string>> },
) => Promise<AbraResult<RunResult>>;

/** Words that say that abra misses a terminal (contract 2.0). */
const NEEDS_TERMINAL = /inappropriate ioctl|not a (?:tty|terminal)/i;

function makeCall(deps: AbraDeps): Call {
  const env = childEnv(deps);
  return async (name, args, options) => {
    const command = COMMANDS[name] as AbraCommand<typeof args>;
    const secret = command.secretOutput === true;
    const sink = options.onLine ?? deps.onLine;
    const start = (pty: boolean): Promise<RunResult> => runAbra({
      bin: deps.bin,
      argv: command.argv(args),
      env: { ...env, ...options.env },
      pty,
      timeoutMs: options.timeoutMs ?? command.timeoutMs,
      signal: bothSignals(deps.signal, options.signal),
      onLine: (stream, line) => {
        if (!secret || stream === 'stderr') sink?.(stream, line);
      },
    }); // oxfmt-ignore
    const label = command.words.join(' ') || '--version';
    const run = await start(command.pty);
    const failure = failureOf({ command: label, run, secret });
    // A second try would lose the values of secrets that the first one made.
    if (!failure || command.pty || secret || !NEEDS_TERMINAL.test(failure.message)) {
      return failure ?? { ok: true, command: label, value: run, run };
    }
    const again = await start(true);
    return (
      failureOf({ command: label, run: again, secret }) ?? {
        ok: true,
        command: label,
        value: again,
        run: again,
      }
    );
  };
}

/** Reads a good answer; one that cannot be read is a failure of the machine, not of the recipe. */
function read<T>(
  result: AbraResult<RunResult>,
  parser: (run: RunResult) => T,
  secret = false,
): AbraResult<T> {
  if (!result.ok) return result;
  try {
    return { ...result, value: parser(result.run) };
  } catch (error) {
    if (!(error instanceof parse.ParseError)) throw error;
    return unreadable({ command: result.command, run: result.run, secret }, error.message);
  }
}

const nothing = (result: AbraResult<RunResult>): AbraResult<void> =>
  result.ok ? { ...result, value: undefined } : result;

/** abra exits 1 when there was nothing to generate, because all secrets exist or there are none. */
function emptyIsFine(result: AbraResult<RunResult>): AbraResult<RunResult> {
  if (result.ok || result.why !== 'fatal' || !/no secrets generated/i.test(result.run.stderr)) return result;
  return {
    ok: true,
    command: result.command,
    value: { ...result.run, stdout: '[]' },
    run: { ...result.run, stdout: '[]' },
  };
}

/** `server add --local` of a server that is there is not an error worth telling. */
function alreadyIsFine(result: AbraResult<RunResult>): AbraResult<void> {
  const known =
    !result.ok &&
    result.why === 'fatal' &&
    /already (?:exists|added|present)|exists already/i.test(result.message);
  return known ? { ok: true, command: result.command, value: undefined, run: result.run } : nothing(result);
}

/** That `recipe lint` takes --chaos is not certain (contract 2.2). */
function isUnknownChaos(result: AbraResult<RunResult>): boolean {
  return !result.ok && /unknown (?:shorthand )?flag: .*chaos/i.test(result.message);
}

async function readVersion(call: Call, options: CallOptions): Promise<string> {
  const result = await call('version', undefined, options);
  if (!result.ok) throw new Error(`abra --version: ${result.message}`);
  return (
    `${result.run.stdout}\n${result.run.stderr}`
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

type SecretMethods = Pick<Abra, 'secretGenerate' | 'secretInsert' | 'secretList' | 'secretRemoveAll'>;

function secretMethods(call: Call): SecretMethods {
  return {
    secretGenerate: async (domain, options = {}) => {
      const result = await call('secretGenerate', { domain, chaos: options.chaos ?? true }, options);
      return read(emptyIsFine(result), (run) => parse.parseGenerated(run.stdout), true);
    },
    secretInsert: async ({ domain, name, version, file, chaos, ...options }) =>
      nothing(await call('secretInsert', { domain, name, version, file, chaos: chaos ?? true }, options)),
    secretList: async (domain, options = {}) =>
      read(await call('secretList', { domain, chaos: options.chaos ?? true }, options), (run) =>
        parse.parseSecretList(run.stdout),
      ),
    secretRemoveAll: async (domain, options = {}) =>
      nothing(await call('secretRemoveAll', { domain, chaos: options.chaos ?? true }, options)),
  };
}

type DataMethods = Pick<Abra, 'backupCreate' | 'restore' | 'run'>;

function dataMethods(call: Call): DataMethods {
  return {
    backupCreate: async (domain, options = {}) =>
      read(await call('backupCreate', { domain }, options), (run) => ({
        snapshot: parse.parseSnapshotId(run.stdout) ?? null,
      })),
    restore: async ({ domain, snapshot, ...options }) =>
      nothing(await call('restore', { domain, snapshot }, options)),
    run: async ({ domain, service, command, ...options }) =>
      read(await call('run', { domain, service, command }, options), (run) => run.stdout),
  };
}

/** Beside the command line, which is abra's own. */
function treeEnv(takes: Takes, tree: JudgedTree | undefined): Record<string, string> {
  if (tree === undefined || takes === 'files') return {};
  return { CCCI_DEPLOY_TREE: tree.file, CCCI_DEPLOY_TREE_SHA256: tree.sha256 };
}

/** Drives one executable with abra's command line. It cannot tell which one it got; `kind` only says. */
export function makeAbra(deps: AbraDeps): Abra {
  const call = makeCall(deps);
  const takes = deps.kind === 'builtin' ? (deps.takes ?? 'tree') : 'files';
  return {
    bin: deps.bin,
    kind: deps.kind,
    takes,
    ...secretMethods(call),
    ...dataMethods(call),
    version: (options = {}) => readVersion(call, options),
    addLocalServer: async (options = {}) => alreadyIsFine(await call('serverAddLocal', undefined, options)),
    serverList: async (options = {}) =>
      read(await call('serverList', undefined, options), (run) => parse.parseServerList(run.stdout)),
    appNew: async ({ recipe, domain, chaos, server, ...options }) =>
      nothing(await call('appNew', { recipe, domain, chaos, server }, options)),
    deploy: async ({ signal, timeoutMs, onLine, tree, ...args }) =>
      nothing(await call('deploy', args, { signal, timeoutMs, onLine, env: treeEnv(takes, tree) })),
    undeploy: async (domain, options = {}) => nothing(await call('undeploy', { domain }, options)),
    volumeRemove: async (domain, options = {}) => nothing(await call('volumeRemove', { domain }, options)),
    appRemove: async (domain, options = {}) => nothing(await call('appRemove', { domain }, options)),
    appList: async (options = {}) =>
      read(await call('appList', undefined, options), (run) => parse.parseAppList(run.stdout)),
    appPs: async (domain, options = {}) =>
      read(await call('appPs', { domain }, options), (run) => parse.parseAppPs(run.stdout)),
    lint: async (recipe, options = {}) => {
      const asItStands = await call('lint', { recipe, chaos: true }, options);
      const result = isUnknownChaos(asItStands)
        ? await call('lint', { recipe, chaos: false }, options)
        : asItStands;
      return read(result, (run) => parseLint(run.stdout));
    },
  };
}
