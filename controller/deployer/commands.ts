/** The commands of the built-in deployer, with their flags and arguments. */
import type { Command, Flag } from './cli.ts';
import type { Context } from './context.ts';

export type Handler = (context: Context) => Promise<void>;

/** The module is loaded only when its command is called: start time is paid by every call of a run. */
export type BuiltinCommand = Command & { load: () => Promise<Handler> };

const chaos: Flag = { long: 'chaos', short: 'C', help: 'use the recipe checkout as it stands' };
const force: Flag = { long: 'force', short: 'f', help: 'do it although it looks done or unwise' };
const machine: Flag = { long: 'machine', short: 'm', help: 'answer with JSON on stdout' };
const all = (help: string): Flag => ({ long: 'all', short: 'a', help });
const server: Flag = { long: 'server', short: 's', takes: 'server', help: 'name of the server' };
const pass: Flag = { long: 'pass', short: 'p', help: 'accepted for abra; does nothing here' };

const serverCommands: BuiltinCommand[] = [
  {
    words: ['server', 'add|a'], args: '[server]', min: 0, max: 1,
    summary: 'Make a server known (only --local here)',
    flags: [{ long: 'local', short: 'l', help: 'the swarm that DOCKER_HOST points at, as "default"' }],
    load: async () => (await import('./cmd-server.ts')).serverAdd,
  },
  {
    words: ['server', 'ls|list'], args: '', min: 0, max: 0, summary: 'List the servers', flags: [machine],
    load: async () => (await import('./cmd-server.ts')).serverList,
  },
]; // oxfmt-ignore

const recipeCommands: BuiltinCommand[] = [
  {
    words: ['recipe', 'fetch|f'], args: '<recipe>', min: 1, max: 1,
    summary: 'Fetch the tags of a recipe that was cloned', flags: [force],
    load: async () => (await import('./cmd-recipe.ts')).recipeFetch,
  },
  {
    words: ['recipe', 'lint|l'], args: '<recipe>', min: 1, max: 1,
    summary: 'Check a recipe against a modest set of rules', flags: [chaos],
    load: async () => (await import('./cmd-lint.ts')).recipeLint,
  },
]; // oxfmt-ignore

const secretCommands: BuiltinCommand[] = [
  {
    words: ['app', 'secret', 'generate|g'], args: '<domain> [secret] [version] [--all]', min: 1, max: 3,
    summary: 'Make random secrets', flags: [all('every secret that is missing'), machine, chaos, pass],
    load: async () => (await import('./cmd-secret.ts')).secretGenerate,
  },
  {
    words: ['app', 'secret', 'insert|i'], args: '<domain> <secret> <version> [value]', min: 3, max: 4,
    summary: 'Store a secret from a file or a value',
    flags: [{ long: 'file', short: 'f', help: 'the last argument is a file to read' }, { long: 'trim', short: 't', help: 'strip white space around the value' }, chaos, pass],
    load: async () => (await import('./cmd-secret.ts')).secretInsert,
  },
  {
    words: ['app', 'secret', 'ls|list'], args: '<domain>', min: 1, max: 1,
    summary: 'List the secrets the app wants', flags: [machine, chaos],
    load: async () => (await import('./cmd-secret.ts')).secretList,
  },
  {
    words: ['app', 'secret', 'rm|remove'], args: '<domain> [secret] [--all]', min: 1, max: 2,
    summary: 'Remove secrets', flags: [all('every secret of the app'), chaos, pass],
    load: async () => (await import('./cmd-secret.ts')).secretRemove,
  },
]; // oxfmt-ignore

const deployCommands: BuiltinCommand[] = [
  {
    words: ['app', 'new|n'], args: '<recipe> [version]', min: 1, max: 2, summary: 'Make the env file of a new app',
    flags: [{ long: 'domain', short: 'D', takes: 'domain', help: 'domain of the app' }, server, chaos, { long: 'secrets', short: 'S', help: 'also generate secrets' }, pass],
    load: async () => (await import('./cmd-new.ts')).appNew,
  },
  {
    words: ['app', 'deploy|d'], args: '<domain> [version]', min: 1, max: 2, summary: 'Deploy an app and wait until it runs',
    flags: [chaos, force, { long: 'no-converge-checks', short: 'c', help: 'return right after the calls to docker' }, { long: 'no-domain-checks', short: 'D', help: 'do not resolve the domain' }, { long: 'latest', short: 'l', help: 'newest release instead of the pinned one' }],
    load: async () => (await import('./cmd-deploy.ts')).appDeploy,
  },
  {
    words: ['app', 'undeploy|un'], args: '<domain>', min: 1, max: 1,
    summary: 'Stop an app, keeping its volumes, secrets and env file', flags: [{ long: 'prune', short: 'p', help: 'accepted for abra; nothing is ever pruned' }],
    load: async () => (await import('./cmd-undeploy.ts')).appUndeploy,
  },
  {
    words: ['app', 'remove|rm'], args: '<domain>', min: 1, max: 1,
    summary: 'Remove volumes, secrets and env file of an undeployed app', flags: [force],
    load: async () => (await import('./cmd-remove.ts')).appRemove,
  },
]; // oxfmt-ignore

const appCommands: BuiltinCommand[] = [
  {
    words: ['app', 'volume', 'ls|list'], args: '<domain>', min: 1, max: 1, summary: 'List volumes', flags: [machine],
    load: async () => (await import('./cmd-volume.ts')).volumeList,
  },
  {
    words: ['app', 'volume', 'rm|remove'], args: '<domain> [volume]', min: 1, max: 2,
    summary: 'Remove volumes of an undeployed app', flags: [force],
    load: async () => (await import('./cmd-volume.ts')).volumeRemove,
  },
  {
    words: ['app', 'ls|list'], args: '', min: 0, max: 0, summary: 'List apps by server',
    flags: [{ long: 'status', short: 'S', help: 'ask the swarm what is deployed' }, machine, server, { long: 'recipe', short: 'r', takes: 'recipe', help: 'only apps of this recipe' }],
    load: async () => (await import('./cmd-list.ts')).appList,
  },
  {
    words: ['app', 'ps|p'], args: '<domain>', min: 1, max: 1, summary: 'Show the services of an app', flags: [machine, chaos],
    load: async () => (await import('./cmd-ps.ts')).appPs,
  },
  {
    words: ['app', 'run|r'], args: '<domain> <service> -- <command…>', min: 3, max: Infinity,
    summary: 'Run a command inside a container of the app',
    flags: [{ long: 'user', short: 'u', takes: 'user', help: 'user inside the container' }, { long: 'no-tty', short: 't', help: 'without a terminal' }],
    load: async () => (await import('./cmd-run.ts')).appRun,
  },
  {
    words: ['app', 'backup', 'create|c'], args: '<domain>', min: 1, max: 1,
    summary: 'Back up by the backupbot labels, with restic', flags: [chaos],
    load: async () => (await import('./cmd-backup.ts')).backupCreate,
  },
  {
    words: ['app', 'restore|rs'], args: '<domain>', min: 1, max: 1,
    summary: 'Restore from a backup',
    flags: [{ long: 'snapshot', short: 's', takes: 'id', help: 'snapshot to restore (default: the latest)' }, chaos],
    load: async () => (await import('./cmd-backup.ts')).appRestore,
  },
]; // oxfmt-ignore

export const COMMANDS: readonly BuiltinCommand[] = [
  ...serverCommands,
  ...recipeCommands,
  ...deployCommands,
  ...secretCommands,
  ...appCommands,
];
