/** Apps under test at once: neither finds, reaches or names the other, by name, by alias or by address; the same ways lead to what is each one's own. A third has no way out. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeVariantRepo } from '../sandbox/repos.ts';
import { compose, IMAGE, replaceIn, SERVES } from './defects/defect.ts';
import { type Installation, makeInstallation } from './installation.ts';

const RUNS = ['apart-one', 'apart-two', 'apart-closed'] as const;
type Run = (typeof RUNS)[number];
const ON_PROXY = 'networks:\n      - proxy';

/** Both call a service `db`, and both take the alias `shared-name` on the network that their recipe calls `proxy`. */
const BESIDE = (run: Run): string => `  db:
    ${IMAGE}
    init: true
    stop_grace_period: 1s
    networks: { proxy: { aliases: [shared-name] } }
    command: ["sh", "-c", "mkdir /w; echo db of ${run} > /w/index.html; exec httpd -f -p 80 -h /w"]
    healthcheck: { test: ["CMD", "wget", "-q", "-O-", "http://localhost/"], interval: 1s, start_period: 5s }
    deploy: { restart_policy: { condition: on-failure, delay: 1s } }

networks:
  proxy:`;

interface App {
  readonly stack: string;
  readonly app: string;
  readonly db: string;
  /** All addresses of its containers and of its services. */
  readonly addresses: readonly string[];
  readonly network: string;
}

let inst: Installation;
let apps: Readonly<Record<Run, App>>;

async function docker(args: readonly string[]): Promise<string> {
  const env = { ...inst.config.baseEnv, DOCKER_HOST: inst.sandbox.dockerHost };
  return (await promisify(execFile)('docker', [...args], { env })).stdout.trim();
}

/** What is answered to a container by each host, or '' where nobody is; all at once, because silence lasts. */
async function ask(container: string, hosts: readonly string[]): Promise<string[]> {
  const one = `timeout 3 wget -q -O- "http://$host/" 2>/dev/null | tr -d '\\n'`;
  const script = `n=0; for host in "$@"; do n=$((n + 1)); (echo "$n $(${one})") & done; wait`;
  const lines = (await docker(['exec', container, 'sh', '-c', script, 'sh', ...hosts])).split('\n');
  const answers = new Map(lines.map((line) => [Number(line.split(' ', 1)[0]), line.replace(/^\d+ ?/, '')]));
  return hosts.map((_host, index) => answers.get(index + 1) ?? 'not asked');
}

async function enrol(run: Run): Promise<void> {
  const { path } = await makeVariantRepo({ base: 'tiny-web', name: run, into: inst.repos }, async (dir) => {
    await compose('\nnetworks:\n  proxy:', `\n${BESIDE(run)}`)(dir, { registry: '', hostFile: '' });
    await replaceIn(dir, 'compose.yml', [SERVES, `echo held > /content/go; ${SERVES}`]);
    await replaceIn(dir, 'compose.yml', [
      `init: true\n    stop_grace_period: 1s\n    ${ON_PROXY}`,
      'init: true\n    stop_grace_period: 1s\n    networks: { proxy: { aliases: [shared-name-of-app] } }',
    ]);
  });
  await inst.enrol(run, path, {
    health: { path: '/healthz', timeout: '3m' },
    egress: run === 'apart-closed' ? 'none' : 'open',
    readyProbe: { why: 'the test says when', path: '/go', contains: 'go on' },
  });
  await inst.run(run, { recipe: run, source: { ref: 'main' } });
}

/** Once both its containers are healthy, and therefore known by name. */
async function appOf(run: Run): Promise<App> {
  const stack = await inst.until(
    `${run} has begun`,
    async () => (await inst.status(run))?.app?.stack ?? null,
  );
  const container = (service: string): Promise<string> =>
    inst.until(`${run}: ${service} is healthy`, async () => {
      const name = `label=com.docker.swarm.service.name=${stack}_${service}`;
      return (await docker(['ps', '-q', '--filter', name, '--filter', 'health=healthy'])) || null;
    });
  const [app, db] = [await container('app'), await container('db')];
  const read = async (kind: 'container' | 'service', names: readonly string[], format: string) =>
    (await docker([kind, 'inspect', '--format', format, ...names]))
      .split(/\s+/)
      .filter((word) => word !== '');
  const own = await read('container', [app, db], '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}');
  const services = [`${stack}_app`, `${stack}_db`];
  const virtual = await read('service', services, '{{range .Endpoint.VirtualIPs}}{{.Addr}} {{end}}');
  const bridge = await read('container', [app, db], '{{.NetworkSettings.SandboxKey}}');
  const [network = ''] = await read(
    'container',
    [app],
    '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}',
  );
  expect(bridge).toHaveLength(2);
  const gateways = await Promise.all([app, db].map(bridgeAddress));
  const addresses = [...own, ...virtual.map((each) => each.split('/')[0] ?? ''), ...gateways.flat()];
  return { stack, app, db, addresses, network };
}

/** On the bridge by which all containers of swarm reach the world. */
async function bridgeAddress(container: string): Promise<string[]> {
  const text = await docker(['network', 'inspect', 'docker_gwbridge', '--format', '{{json .Containers}}']);
  const seen = Object.values(JSON.parse(text) as Record<string, { Name: string; IPv4Address: string }>);
  const sandbox = await docker(['inspect', '--format', '{{.NetworkSettings.SandboxID}}', container]);
  return seen
    .filter(({ Name }) => Name.includes(sandbox.slice(0, 12)))
    .map(({ IPv4Address }) => IPv4Address.split('/')[0] ?? '');
}

beforeAll(async () => {
  // All wait for their second word as long as we ask them.
  inst = await makeInstallation({ maxTests: RUNS.length, extra: { CCCI_ROUTE_GRACE: '3m' } });
  for (const run of RUNS) await enrol(run);
  void inst.startController();
  const seen = await Promise.all(RUNS.map(async (run) => [run, await appOf(run)] as const));
  apps = Object.fromEntries(seen) as Record<Run, App>;
});

afterAll(() => inst.destroy());

const PAIRS = RUNS.flatMap((own) => RUNS.filter((run) => run !== own).map((other) => ({ own, other })));

describe('of apps under test at once', () => {
  it('each has a network of its own with the proxy', async () => {
    const networks = RUNS.map((run) => apps[run].network.replace(/-closed$/, '')).toSorted();
    expect(networks).toEqual(['ccci-proxy-1', 'ccci-proxy-2', 'ccci-proxy-3']);
    expect(apps['apart-closed'].network).toMatch(/-closed$/);
    for (const { stack, network } of Object.values(apps)) {
      const text = await docker([
        'network',
        'inspect',
        network,
        '--format',
        '{{range .Containers}}{{.Name}} {{end}}',
      ]);
      const names = text.split(/\s+/).filter((name) => name !== '' && !name.endsWith('-endpoint'));
      const others = names.filter((name) => !name.startsWith(`${stack}_`));
      expect(names.length - others.length).toBe(2);
      expect(others).toEqual([expect.stringMatching(/^traefik_ci_test_app\./)]);
    }
  });

  it.each(RUNS)('%s is answered by its own services, by every name and address', async (own) => {
    const { app, stack, addresses } = apps[own];
    const hosts = ['db', 'shared-name', `${stack}_db`, `tasks.${stack}_db`, 'tasks.shared-name'];
    // Where two had the name, every other answer would be the other's.
    const answers = await ask(app, [...hosts, ...hosts, ...hosts, ...hosts]);
    expect(new Set(answers)).toEqual(new Set([`db of ${own}`]));
    // Its container and its service.
    const found = await ask(app, addresses);
    expect(found.filter((answer) => answer === `db of ${own}`).length).toBeGreaterThanOrEqual(2);
  });

  it.each(PAIRS)('$own finds $other by no name, and reaches it at no address', async ({ own, other }) => {
    const { stack, addresses } = apps[other];
    // Two containers and two services in the network, and two containers on the bridge, for who has a way out.
    expect(addresses).toHaveLength(other === 'apart-closed' ? 4 : 6);
    const names = ['app', 'db'].flatMap((service) => [`${stack}_${service}`, `tasks.${stack}_${service}`]);
    const hosts = [...names, ...addresses.filter((address) => !apps[own].addresses.includes(address))];
    const answers = await Promise.all([apps[own].app, apps[own].db].map((each) => ask(each, hosts)));
    expect(answers.flat()).toEqual([...hosts, ...hosts].map(() => ''));
  });

  it('a way out is there for who may have one, and for nobody else', async () => {
    const { registry } = inst.sandbox;
    const containers = RUNS.flatMap((run) => [apps[run].app, apps[run].db]);
    const answers = await Promise.all(containers.map((each) => ask(each, [`${registry}/v2`])));
    expect(answers.flat()).toEqual(['{}', '{}', '{}', '{}', '', '']);
  });

  it('all are green, and keep nothing: the networks are the proxy’s again', async () => {
    for (const run of RUNS) await docker(['exec', apps[run].app, 'sh', '-c', 'echo go on > /content/go']);
    const ends = await Promise.all(RUNS.map((run) => inst.finished(run)));
    expect(ends.map(({ verdict, leftovers, cause }) => ({ verdict, leftovers, cause }))).toEqual(
      RUNS.map(() => ({ verdict: 'Passed', leftovers: [], cause: null })),
    );
    const networks = (await docker(['network', 'ls', '--format', '{{.Name}}'])).split('\n');
    expect(networks.filter((name) => RUNS.some((run) => name.startsWith(apps[run].stack)))).toEqual([]);
    expect(networks).toEqual(expect.arrayContaining(['ccci-proxy-1', 'ccci-proxy-2']));
    const services = await docker(['service', 'ls', '--format', '{{.Name}}']);
    expect(
      services.split('\n').filter((name) => RUNS.some((run) => name.startsWith(apps[run].stack))),
    ).toEqual([]);
  });
});
