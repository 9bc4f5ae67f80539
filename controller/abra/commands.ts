/** Every abra command and flag that cc-ci uses. The argv of docs/abra.md, 12; `doctor` probes all of it. */

export type Flag = '--chaos' | '--no-input' | '--machine' | '--server' | '--domain' | '--all' | '--file' | '--local'
  | '--no-converge-checks' | '--no-domain-checks' | '--force' | '--status' | '--snapshot' | '--version'; // oxfmt-ignore

export type AbraCommand<A> = {
  /** Subcommand words; also what `--help` is asked for. */
  words: readonly string[];
  /** Every flag that `argv` may use. */
  flags: readonly Flag[];
  argv(args: A): string[];
  /** abra wants a terminal for everything that draws (contract 2.0); machine calls get none. */
  pty: boolean;
  machine: boolean;
  timeoutMs: number;
  /** Its stdout holds secret values: it is parsed, and neither streamed nor quoted. */
  secretOutput?: boolean;
};

const SECOND = 1_000;
const MINUTE = 60_000;

export type AppNewArgs = { recipe: string; domain: string; chaos: boolean; server?: string };
export type DomainArgs = { domain: string };
export type ChaosArgs = DomainArgs & { chaos: boolean };
export type InsertArgs = ChaosArgs & { name: string; version: string; file: string };
export type DeployArgs = ChaosArgs & {
  version?: string;
  force?: boolean;
  noConverge?: boolean;
  noDomainChecks?: boolean;
};
export type RestoreArgs = DomainArgs & { snapshot?: string };
export type RunArgs = DomainArgs & { service: string; command: readonly string[] };

/** Positionals come from recipes and comments: none of them may be taken for a flag. */
function plain(value: string): string {
  if (value === '' || value.startsWith('-')) throw new TypeError(`"${value}" cannot be an argument of abra`);
  return value;
}

function when(condition: boolean | undefined, ...words: string[]): string[] {
  return condition ? words : [];
}

type Shape<A> = Omit<AbraCommand<A>, 'pty' | 'machine'>;

const onTerminal = <A>(shape: Shape<A>): AbraCommand<A> => ({ ...shape, pty: true, machine: false });
const plainly = <A>(shape: Shape<A>): AbraCommand<A> => ({ ...shape, pty: false, machine: false });
const asMachine = <A>(shape: Shape<A>): AbraCommand<A> => ({ ...shape, pty: false, machine: true });

const looks = {
  version: asMachine<void>({
    words: [],
    flags: ['--version'],
    argv: () => ['--version'],
    timeoutMs: 20 * SECOND,
  }),
  serverList: asMachine<void>({
    words: ['server', 'ls'],
    flags: ['--machine'],
    argv: () => ['server', 'ls', '--machine'],
    timeoutMs: 30 * SECOND,
  }),
  appList: asMachine<void>({
    words: ['app', 'ls'],
    flags: ['--status', '--machine'],
    argv: () => ['app', 'ls', '--status', '--machine'],
    timeoutMs: 2 * MINUTE,
  }),
  appPs: asMachine<DomainArgs>({
    words: ['app', 'ps'],
    flags: ['--machine'],
    argv: ({ domain }) => ['app', 'ps', plain(domain), '--machine'],
    timeoutMs: MINUTE,
  }),
  /** Without --chaos it goes to upstream's newest commit first (contract 2.2), and lints that. */
  lint: onTerminal<{ recipe: string; chaos: boolean }>({
    words: ['recipe', 'lint'],
    flags: ['--no-input', '--chaos'],
    argv: ({ recipe, chaos }) => ['recipe', 'lint', '--no-input', ...when(chaos, '--chaos'), plain(recipe)],
    timeoutMs: 2 * MINUTE,
  }),
};

/** Every one with a timeout: generate, insert and remove-all were seen to hang. */
const secrets = {
  secretGenerate: asMachine<ChaosArgs>({
    words: ['app', 'secret', 'generate'],
    flags: ['--all', '--no-input', '--machine', '--chaos'],
    argv: ({ domain, chaos }) =>
      ['app', 'secret', 'generate', plain(domain), '--all', '--no-input', '--machine', ...when(chaos, '--chaos')],
    timeoutMs: 2 * MINUTE,
    secretOutput: true,
  }),
  secretInsert: onTerminal<InsertArgs>({
    words: ['app', 'secret', 'insert'],
    flags: ['--file', '--no-input', '--chaos'],
    argv: ({ domain, name, version, file, chaos }) =>
      ['app', 'secret', 'insert', plain(domain), plain(name), plain(version), '--file', plain(file), '--no-input', ...when(chaos, '--chaos')],
    timeoutMs: MINUTE,
  }),
  secretList: asMachine<ChaosArgs>({
    words: ['app', 'secret', 'ls'],
    flags: ['--machine', '--chaos'],
    argv: ({ domain, chaos }) => ['app', 'secret', 'ls', plain(domain), '--machine', ...when(chaos, '--chaos')],
    timeoutMs: MINUTE,
  }),
  secretRemoveAll: onTerminal<ChaosArgs>({
    words: ['app', 'secret', 'rm'],
    flags: ['--all', '--no-input', '--chaos'],
    argv: ({ domain, chaos }) => ['app', 'secret', 'rm', plain(domain), '--all', '--no-input', ...when(chaos, '--chaos')],
    timeoutMs: 2 * MINUTE,
  }),
}; // oxfmt-ignore

const lifecycle = {
  serverAddLocal: onTerminal<void>({
    words: ['server', 'add'],
    flags: ['--local'],
    argv: () => ['server', 'add', '--local'],
    timeoutMs: MINUTE,
  }),
  appNew: onTerminal<AppNewArgs>({
    words: ['app', 'new'],
    flags: ['--no-input', '--server', '--domain', '--chaos'],
    argv: ({ recipe, domain, chaos, server }) => {
      const where = [`--server=${server ?? 'default'}`, `--domain=${plain(domain)}`];
      return ['app', 'new', plain(recipe), '--no-input', ...where, ...when(chaos, '--chaos')];
    },
    timeoutMs: MINUTE,
  }),
  deploy: onTerminal<DeployArgs>({
    words: ['app', 'deploy'],
    flags: ['--no-input', '--chaos', '--force', '--no-converge-checks', '--no-domain-checks'],
    argv: ({ domain, version, ...args }) => [
      'app',
      'deploy',
      plain(domain),
      ...(version === undefined ? [] : [plain(version)]),
      '--no-input',
      ...when(args.chaos, '--chaos'),
      ...when(args.force, '--force'),
      ...when(args.noConverge, '--no-converge-checks'),
      ...when(args.noDomainChecks, '--no-domain-checks'),
    ],
    timeoutMs: 30 * MINUTE,
  }),
  /** Takes no --chaos: the flag is unknown there, and the call would fail (docs/abra.md, 11). */
  undeploy: onTerminal<DomainArgs>({
    words: ['app', 'undeploy'],
    flags: ['--no-input'],
    argv: ({ domain }) => ['app', 'undeploy', plain(domain), '--no-input'],
    timeoutMs: 5 * MINUTE,
  }),
  /** Takes no --chaos either. */
  volumeRemove: onTerminal<DomainArgs>({
    words: ['app', 'volume', 'rm'],
    flags: ['--no-input', '--force'],
    argv: ({ domain }) => ['app', 'volume', 'rm', plain(domain), '--no-input', '--force'],
    timeoutMs: 2 * MINUTE,
  }),
  appRemove: onTerminal<DomainArgs>({
    words: ['app', 'remove'],
    flags: ['--no-input'],
    argv: ({ domain }) => ['app', 'remove', plain(domain), '--no-input'],
    timeoutMs: 3 * MINUTE,
  }),
};

const data = {
  backupCreate: onTerminal<DomainArgs>({
    words: ['app', 'backup', 'create'],
    flags: ['--no-input'],
    argv: ({ domain }) => ['app', 'backup', 'create', plain(domain), '--no-input'],
    timeoutMs: 30 * MINUTE,
  }),
  restore: onTerminal<RestoreArgs>({
    words: ['app', 'restore'],
    flags: ['--no-input', '--snapshot'],
    argv: ({ domain, snapshot }) =>
      ['app', 'restore', plain(domain), '--no-input', ...(snapshot === undefined ? [] : [`--snapshot=${plain(snapshot)}`])],
    timeoutMs: 30 * MINUTE,
  }),
  /** Without a terminal: its output is read by programs. Where abra insists on one, the call is repeated with one. */
  run: plainly<RunArgs>({
    words: ['app', 'run'],
    flags: [],
    argv: ({ domain, service, command }) => ['app', 'run', plain(domain), plain(service), '--', ...command],
    timeoutMs: 10 * MINUTE,
  }),
}; // oxfmt-ignore

export const COMMANDS = { ...looks, ...secrets, ...lifecycle, ...data };

export type CommandName = keyof typeof COMMANDS;
export type ArgsOf<N extends CommandName> = Parameters<(typeof COMMANDS)[N]['argv']>[0];
