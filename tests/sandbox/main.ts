/** The command line of the test sandbox: `node tests/sandbox/main.ts up`. */
import { parseArgs } from 'node:util';
import { type Sandbox, ensureSandbox, inspectSandbox, removeSandbox } from './sandbox.ts';
import { say } from './log.ts';

const HELP = `node tests/sandbox/main.ts COMMAND [--name NAME]

A private Docker Swarm for tests and demos: own dockerd, own network, own ports, nothing of the host's.

Commands
  up       start it, or mend it; does nothing where it runs (needs root)
  down     remove it and everything that belongs to it
  reset    down and up: an empty swarm with the same images
  status   say what there is; exits 0 only where it is up
  env      lines for a shell: eval "$(node tests/sandbox/main.ts env)"

Options
  --name NAME   another sandbox than the one of this checkout (a letter, then up to nine letters or digits)
  --help        this text

Environment
  CCCI_CACHE         where built images are kept (~/.cache/cc-ci)
  CCCI_DOCKER_HOST   use this Docker instead; CCCI_PROXY_ADDRESS says where its ports 80 and 443 answer
`;

function shellLines(sandbox: Sandbox): string {
  const variables = {
    DOCKER_HOST: sandbox.dockerHost,
    CCCI_SANDBOX: sandbox.name,
    CCCI_SANDBOX_DIR: sandbox.dir,
    CCCI_SANDBOX_ADDRESS: sandbox.address,
    CCCI_SANDBOX_GATEWAY: sandbox.gateway,
    CCCI_SANDBOX_ZONE: sandbox.zone,
    CCCI_SANDBOX_CA: sandbox.caFile,
    CCCI_SANDBOX_REGISTRY: sandbox.registry,
  };
  const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  return Object.entries(variables)
    .map(([key, value]) => `export ${key}=${quote(value)}\n`)
    .join('');
}

async function up(name?: string): Promise<void> {
  process.stdout.write(`${JSON.stringify(await ensureSandbox({ name }), null, 2)}\n`);
}

async function down(name?: string): Promise<void> {
  if (process.env['CCCI_DOCKER_HOST']) return say('CCCI_DOCKER_HOST is set: that Docker is left as it is');
  await removeSandbox({ name });
  say('removed');
}

async function status(name?: string): Promise<void> {
  const seen = await inspectSandbox({ name });
  process.stdout.write(`${JSON.stringify(seen, null, 2)}\n`);
  if (seen.state !== 'up') process.exitCode = 1;
}

async function env(name?: string): Promise<void> {
  const { state, sandbox } = await inspectSandbox({ name });
  if (!sandbox) throw new Error(`The sandbox is ${state}: run \`node tests/sandbox/main.ts up\` first.`);
  process.stdout.write(shellLines(sandbox));
}

const COMMANDS: Record<string, (name?: string) => Promise<void>> = {
  up,
  down,
  status,
  env,
  reset: async (name) => {
    await down(name);
    await up(name);
  },
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  const run = COMMANDS[positionals[0] ?? ''];
  if (values.help) return void process.stdout.write(HELP);
  if (!run || positionals.length > 1) {
    process.stderr.write(HELP);
    process.exitCode = 2;
    return;
  }
  await run(values.name);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
