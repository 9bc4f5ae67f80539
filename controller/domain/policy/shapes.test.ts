/** Every key and value that real recipes use, each in a small file: what they rightly use stays green, what needs the host is refused. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseEnv, parseAbraSh } from '../recipe/dotenv.ts';
import { composeFacts } from '../recipe/compose-facts.ts';
import { policyFindings } from './policy.ts';
import { DOMAIN, NOTHING, STACK } from './testing.ts';

const FOLDER = join(import.meta.dirname, '../../../tests/fixtures/shapes');

const SHAPES = [
  { shape: 'optional-file', because: 'an optional file adds a service and options', want: null },
  { shape: 'merge-keys', because: 'anchors and merge keys', want: null },
  { shape: 'environment-list', because: 'environment as a list, with a name that is passed through', want: null },
  { shape: 'environment-map', because: 'environment as a map, with numbers, texts and nothing', want: null },
  { shape: 'environment-boolean', because: 'a boolean where docker wants a text', want: { rule: 'ComposeInvalid', line: 6 } },
  { shape: 'compose-only-key', because: 'a key of docker compose that docker stack refuses', want: { rule: 'ComposeInvalid', line: 5 } },
  { shape: 'typed-variable', because: 'a variable in a switch, which abra checks before it fills it in', want: { rule: 'TypedVariable', line: 4 } },
  { shape: 'old-extension-field', because: 'an extension field in a version that has none', want: { rule: 'ComposeInvalid', line: 2 } },
  { shape: 'date', because: 'a date where docker wants a text', want: { rule: 'ComposeInvalid', line: 5 } },
  { shape: 'nested-default', because: 'a variable in a default, which is odd and no error', want: null },
  { shape: 'labels-list', because: 'labels as a list', want: null },
  { shape: 'labels-map', because: 'labels as a map that make no route', want: null },
  { shape: 'octal-mode', because: 'a legacy octal mode', want: null },
  { shape: 'dollars-in-health-check', because: 'two dollars in a health check', want: null },
  { shape: 'dollars-in-label', because: 'two dollars in the regular expression of a middleware', want: null },
  { shape: 'old-version-label', because: 'the version label of the early recipes', want: null },
  { shape: 'tcp-router', because: 'a TCP router for the own domain', want: null },
  { shape: 'extra-domains', because: 'further domains that are not set', want: null },
  { shape: 'path-route', because: 'a path of the own domain, with priority', want: null },
  { shape: 'sub-domain-route', because: 'a name below the own domain', want: null },
  { shape: 'security-headers', because: 'headers, compression, sticky cookies and limits', want: null },
  { shape: 'forward-auth', because: 'a question to the app itself who may pass', want: null },
  { shape: 'service-labels', because: 'labels of the container', want: null },
  { shape: 'config-file', because: 'a config of a file', want: null },
  { shape: 'config-template', because: 'a config that is a template', want: null },
  { shape: 'secret-external', because: 'a secret that abra makes', want: null },
  { shape: 'secret-file', because: 'a secret of a file', want: null },
  { shape: 'deploy-global', because: 'one a node', want: null },
  { shape: 'deploy-updates', because: 'how it is updated and restarted', want: null },
  { shape: 'deploy-none', because: 'none of it for now', want: null },
  { shape: 'deploy-resources', because: 'resources as numbers and as texts', want: null },
  { shape: 'replicated-job', because: 'a job', want: null },
  { shape: 'log-size', because: 'logs of a bounded size', want: null },
  { shape: 'log-local', because: 'logs in the local format', want: null },
  { shape: 'network-external', because: 'the shared network and one of the app', want: null },
  { shape: 'network-name', because: 'networks with a name and options', want: null },
  { shape: 'network-default', because: 'the default network, encrypted', want: null },
  { shape: 'network-alias', because: 'aliases on a network of the app', want: null },
  { shape: 'network-own-alias', because: 'an own alias on the shared network', want: null },
  { shape: 'network-old-external', because: 'the early form of an external network', want: null },
  { shape: 'command-text', because: 'a command and an entry point as texts', want: null },
  { shape: 'command-list', because: 'a command and an entry point as lists', want: null },
  { shape: 'depends-on', because: 'what it depends on, and links', want: null },
  { shape: 'hostname', because: 'a host name, also by a template', want: null },
  { shape: 'user', because: 'a user, and signals', want: null },
  { shape: 'extra-hosts', because: 'further hosts', want: null },
  { shape: 'capabilities', because: 'capabilities that containers have anyway, or that only slow themselves', want: null },
  { shape: 'tmpfs', because: 'memory for temporary files', want: null },
  { shape: 'build', because: 'a build that swarm ignores', want: null },
  { shape: 'ulimits', because: 'open files within the limit', want: null },
  { shape: 'port-picked', because: 'a port that swarm picks', want: null },
  { shape: 'volume-plain', because: 'volumes short and long, and the clock', want: null },
  { shape: 'volume-driver', because: 'a volume of the local driver, with a name and labels', want: null },
  { shape: 'volume-tmpfs', because: 'a volume in memory', want: null },
  { shape: 'host-volume-bind', because: 'a volume that is a folder of the host', want: { rule: 'HostBind', line: 7 } },
  { shape: 'host-volume-nfs', because: 'a volume on a file server', want: { rule: 'VolumeDriver', line: 7 } },
  { shape: 'host-volume-external', because: 'a volume that was there before', want: { rule: 'ForeignName', line: 7 } },
  { shape: 'host-socket', because: 'an agent with the Docker socket', want: { rule: 'DockerSocket', line: 5 } },
  { shape: 'host-folders', because: 'an exporter that reads the host', want: { rule: 'HostBind', line: 5 } },
  { shape: 'host-ports', because: 'a fixed port', want: { rule: 'PublishedPort', line: 6 } },
  { shape: 'host-network', because: 'the host’s network', want: { rule: 'HostNamespace', line: 5 } },
  { shape: 'host-users', because: 'the host’s users', want: { rule: 'HostNamespace', line: 5 } },
  { shape: 'host-devices', because: 'a device', want: { rule: 'Device', line: 5 } },
  { shape: 'host-security', because: 'a loosened security option', want: { rule: 'SecurityOption', line: 5 } },
  { shape: 'host-capability', because: 'a capability that leads out', want: { rule: 'Capability', line: 5 } },
  { shape: 'host-log', because: 'logs to a server', want: { rule: 'LogDriver', line: 5 } },
  { shape: 'host-env-file', because: 'settings from beside the recipe', want: { rule: 'PathOutside', line: 5 } },
  { shape: 'host-middleware', because: 'a middleware of the operator’s', want: { rule: 'ForeignRoute', line: 7 } },
  { shape: 'host-foreign-network', because: 'the network of another stack', want: { rule: 'ForeignName', line: 7 } },
]; // oxfmt-ignore

/** `x.yml`, and where there is one `x.extra.yml` after it, as COMPOSE_FILE would name them. */
function filesOf(shape: string): { path: string; text: string }[] {
  const names = globSync([`${shape}.yml`, `${shape}.extra.yml`], { cwd: FOLDER }).sort();
  return names.toReversed().map((path) => ({ path, text: readFileSync(join(FOLDER, path), 'utf8') }));
}

describe('what real recipes use', () => {
  it.each(SHAPES)('$because', ({ shape, want }) => {
    const facts = composeFacts({
      files: filesOf(shape),
      env: { STACK_NAME: STACK, DOMAIN, SMTP_HOST: 'x' },
      stack: STACK,
    });
    const names = { domain: DOMAIN, stack: STACK, documented: [] };
    const errors = policyFindings(facts, NOTHING, names).filter(({ severity }) => severity === 'error');
    expect(facts.services.length).toBeGreaterThan(0);
    if (want === null) expect(errors).toEqual([]);
    else expect(errors).toMatchObject([{ ...want, file: `${shape}.yml` }]);
  });

  it('is in a file each, and no file is forgotten', () => {
    const found = globSync('*.yml', { cwd: FOLDER }).map((path) =>
      basename(path, '.yml').replace(/\.extra$/, ''),
    );
    expect([...new Set(found)].sort()).toEqual(SHAPES.map(({ shape }) => shape).sort());
  });
});

describe('the fixture recipes', () => {
  const RECIPES = join(import.meta.dirname, '../../../tests/fixtures/recipes');
  const folders = globSync('*/*/compose.yml', { cwd: RECIPES })
    .map((path) => path.replace('/compose.yml', ''))
    .filter((path) => !path.startsWith('traefik/'));

  it.each(folders)('%s may be deployed', (folder) => {
    const read = (file: string): string => readFileSync(join(RECIPES, folder, file), 'utf8');
    const env = {
      ...parseEnv(read('.env.sample')).env,
      ...parseAbraSh(read('abra.sh')),
      STACK_NAME: STACK,
      DOMAIN,
    };
    const facts = composeFacts({
      files: [{ path: 'compose.yml', text: read('compose.yml') }],
      env,
      stack: STACK,
    });
    const findings = policyFindings(facts, NOTHING, {
      domain: DOMAIN,
      stack: STACK,
      documented: ['EXTRA_DOMAINS', 'TIMEOUT'],
    });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});
