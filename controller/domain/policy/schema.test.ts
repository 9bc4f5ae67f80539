/** Walks docker's own schema of compose files: every key is given a hostile value, and is refused or known to be harmless. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import { DOMAIN, NOTHING, STACK } from './testing.ts';

interface Schema {
  readonly $ref?: string;
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

const file = join(import.meta.dirname, '../../../tests/fixtures/compose-schema/config_schema_v3.13.json');
const root = JSON.parse(readFileSync(file, 'utf8')) as Schema & { definitions: Record<string, Schema> };

/** The paths of all keys; `*` is a name of somebody's choice, `[]` an item of a list. */
function pathsOf(schema: Schema, path = ''): string[] {
  const at = (step: string): string => (path === '' ? step : `${path}.${step}`);
  const inner = schema.$ref === undefined ? schema : root.definitions[schema.$ref.split('/').at(-1) ?? ''];
  if (inner === undefined) throw new Error(`${path}: ${schema.$ref} leads nowhere`);
  const named = Object.entries(inner.patternProperties ?? {}).filter(([pattern]) => pattern !== '^x-');
  return [
    ...Object.entries(inner.properties ?? {}).flatMap(([key, value]) => [
      at(key),
      ...pathsOf(value, at(key)),
    ]),
    ...named.flatMap(([, value]) => pathsOf(value, at('*'))),
    ...(inner.oneOf ?? []).flatMap((one) => pathsOf(one, path)),
    ...(inner.items === undefined ? [] : pathsOf(inner.items, `${path}[]`)),
  ];
}

const paths = [...new Set(pathsOf(root))];

/** What is put there does nothing but to the container itself, or nothing at all on a swarm. */
interface Harmless {
  readonly harmless: unknown;
}
const harmless = (value: unknown): Harmless => ({ harmless: value });
const INSIDE = harmless(['sh', '-c', 'rm -rf /']);
const HUGE = 10 ** 9;
const FILE = '../../etc/shadow';
const LABELS = { 'traefik.http.routers.other.rule': 'HostRegexp(`.+`)' };

/** The hostile value for each key of a service. */
const SERVICE: Readonly<Record<string, unknown>> = {
  deploy: 'host',
  'deploy.mode': 'everywhere',
  'deploy.endpoint_mode': 'host',
  'deploy.replicas': 5000,
  'deploy.labels': LABELS,
  'deploy.rollback_config': 'host',
  'deploy.rollback_config.parallelism': HUGE,
  'deploy.rollback_config.delay': '9000h',
  'deploy.rollback_config.failure_action': 'host',
  'deploy.rollback_config.monitor': '9000h',
  'deploy.rollback_config.max_failure_ratio': 1000,
  'deploy.rollback_config.order': 'host',
  'deploy.update_config': 'host',
  'deploy.update_config.parallelism': HUGE,
  'deploy.update_config.delay': '9000h',
  'deploy.update_config.failure_action': 'host',
  'deploy.update_config.monitor': '9000h',
  'deploy.update_config.max_failure_ratio': 1000,
  'deploy.update_config.order': 'host',
  'deploy.resources': 'all',
  'deploy.resources.limits': 'none',
  'deploy.resources.limits.cpus': '100000',
  'deploy.resources.limits.memory': '900t',
  'deploy.resources.limits.pids': HUGE,
  'deploy.resources.reservations': 'all',
  'deploy.resources.reservations.cpus': '100000',
  'deploy.resources.reservations.memory': '900t',
  'deploy.resources.reservations.generic_resources': [{ discrete_resource_spec: { kind: 'gpu', value: 1 } }],
  'deploy.resources.reservations.generic_resources[].discrete_resource_spec': { kind: 'gpu', value: 1 },
  'deploy.resources.reservations.generic_resources[].discrete_resource_spec.kind': 'gpu',
  'deploy.resources.reservations.generic_resources[].discrete_resource_spec.value': HUGE,
  'deploy.restart_policy': 'host',
  'deploy.restart_policy.condition': 'host',
  'deploy.restart_policy.delay': '9000h',
  'deploy.restart_policy.max_attempts': HUGE,
  'deploy.restart_policy.window': '9000h',
  'deploy.placement': 'host',
  'deploy.placement.constraints': ['node.labels.x == $(id)'],
  'deploy.placement.preferences': ['host'],
  'deploy.placement.preferences[].spread': 'task.host',
  'deploy.placement.max_replicas_per_node': HUGE,
  build: harmless('/'),
  'build.context': harmless('/'),
  'build.dockerfile': harmless(FILE),
  'build.args': harmless({ A: 'b' }),
  'build.labels': harmless({ A: 'b' }),
  'build.cache_from': harmless(['127.0.0.1:5000/x']),
  'build.network': harmless('host'),
  'build.target': harmless('x'),
  'build.shm_size': harmless(HUGE),
  'build.extra_hosts': harmless({ a: '127.0.0.1' }),
  cap_add: ['ALL'],
  cap_drop: ['/etc'],
  cgroupns_mode: 'host',
  cgroup_parent: '/system.slice',
  command: INSIDE,
  configs: [{ source: 'a', driver: '/bin/sh' }],
  'configs[].source': ['host'],
  'configs[].target': ['host'],
  'configs[].uid': ['host'],
  'configs[].gid': ['host'],
  'configs[].mode': HUGE,
  container_name: harmless('other_app'),
  credential_spec: { file: 'x' },
  'credential_spec.config': 'x',
  'credential_spec.file': FILE,
  'credential_spec.registry': 'x',
  depends_on: harmless(['other']),
  devices: ['/dev/kvm:/dev/kvm'],
  dns: ['127.0.0.1'],
  dns_search: harmless(['ci.test']),
  domainname: '/etc',
  entrypoint: INSIDE,
  env_file: FILE,
  environment: harmless({ LD_PRELOAD: '/x.so', DOCKER_HOST: 'tcp://127.0.0.1' }),
  expose: ['/etc'],
  external_links: ['other:db'],
  extra_hosts: { metadata: '169.254.169.254' },
  healthcheck: 'host',
  'healthcheck.disable': 'host',
  'healthcheck.interval': '9000h',
  'healthcheck.retries': HUGE,
  'healthcheck.test': INSIDE,
  'healthcheck.timeout': '9000h',
  'healthcheck.start_period': '9000h',
  'healthcheck.start_interval': '9000h',
  hostname: '../x',
  image: '127.0.0.1:5000/x:1',
  init: 'host',
  ipc: 'host',
  isolation: 'process',
  labels: LABELS,
  links: harmless(['other:db']),
  logging: 'syslog',
  'logging.driver': 'syslog',
  'logging.options': { 'syslog-address': 'tcp://127.0.0.1:7980' },
  mac_address: '02:42:ac:11:00:02',
  network_mode: 'host',
  networks: { proxy: { aliases: ['db'] } },
  'networks.*.aliases': ['db'],
  'networks.*.driver_opts': { 'com.docker.network.endpoint.ifname': 'eth0' },
  'networks.*.ipv4_address': '10.0.0.1',
  'networks.*.ipv6_address': 'fd00::1',
  pid: 'host',
  ports: ['22:22'],
  'ports[].mode': 'nat',
  'ports[].target': HUGE,
  'ports[].published': 22,
  'ports[].protocol': 'icmp',
  privileged: true,
  read_only: 'host',
  restart: harmless('always'),
  security_opt: ['seccomp:unconfined'],
  shm_size: '900g',
  secrets: [{ source: 'a', driver: '/bin/sh' }],
  'secrets[].source': ['host'],
  'secrets[].target': ['host'],
  'secrets[].uid': ['host'],
  'secrets[].gid': ['host'],
  'secrets[].mode': HUGE,
  sysctls: { 'kernel.core_pattern': '|/x' },
  stdin_open: 'host',
  stop_grace_period: '9000h',
  stop_signal: '$(id)',
  tmpfs: ['/x:size=900g'],
  tty: 'host',
  ulimits: { nofile: HUGE },
  'ulimits.*.hard': HUGE,
  'ulimits.*.soft': HUGE,
  oom_score_adj: -1000,
  user: '$(id)',
  userns_mode: 'host',
  volumes: ['/:/host'],
  'volumes[].type': 'cluster',
  'volumes[].source': '/etc',
  'volumes[].target': 'etc',
  'volumes[].read_only': 'host',
  'volumes[].consistency': 'host',
  'volumes[].bind': 'rshared',
  'volumes[].bind.propagation': 'host',
  'volumes[].volume': 'host',
  'volumes[].volume.nocopy': 'host',
  'volumes[].tmpfs': 'host',
  'volumes[].tmpfs.size': 900 * 2 ** 30,
  working_dir: ['/'],
};

/** Those of the sections beside the services. */
const THINGS: Readonly<Record<string, unknown>> = {
  version: '$(id)',
  services: ['host'],
  networks: ['host'],
  'networks.*.name': 'host',
  'networks.*.driver': 'macvlan',
  'networks.*.driver_opts': { parent: 'eth0' },
  'networks.*.ipam': { config: [{ subnet: '203.0.113.0/24' }] },
  'networks.*.ipam.driver': 'host',
  'networks.*.ipam.config': [{ subnet: '203.0.113.0/24' }],
  'networks.*.ipam.config[].subnet': '203.0.113.0/24',
  'networks.*.external': true,
  'networks.*.external.name': 'host',
  'networks.*.internal': 'host',
  'networks.*.attachable': 'host',
  'networks.*.labels': { 'com.docker.stack.namespace': 'other' },
  volumes: ['host'],
  'volumes.*.name': 'other_data',
  'volumes.*.driver': 'nfs',
  'volumes.*.driver_opts': { type: 'overlay', device: 'overlay', o: 'lowerdir=/srv/planted:/etc' },
  'volumes.*.external': true,
  'volumes.*.external.name': 'other_data',
  'volumes.*.labels': { 'com.docker.stack.namespace': 'other' },
  'volumes.*.x-cluster-spec': { group: 'x' },
  secrets: ['host'],
  'secrets.*.name': 'other_secret',
  'secrets.*.file': '/etc/shadow',
  'secrets.*.external': true,
  'secrets.*.external.name': 'other_secret',
  'secrets.*.labels': { 'com.docker.stack.namespace': 'other' },
  'secrets.*.driver': 'vault',
  'secrets.*.driver_opts': { a: 'b' },
  'secrets.*.template_driver': 'sh',
  configs: ['host'],
  'configs.*.name': 'other_config',
  'configs.*.file': '/etc/shadow',
  'configs.*.external': true,
  'configs.*.external.name': 'other_config',
  'configs.*.labels': { 'com.docker.stack.namespace': 'other' },
  'configs.*.template_driver': 'sh',
};

/** All keys below one that is refused as a whole. */
const BELOW = 'volumes.*.x-cluster-spec.';

/** The value of the table; undefined for a key that nobody thought of. */
function rowOf(path: string): unknown {
  if (path.startsWith(BELOW)) return 'host';
  return path.startsWith('services.*.') ? SERVICE[path.slice('services.*.'.length)] : THINGS[path];
}

/** The smallest tree that has the value at the path. */
function treeWith(path: string, value: unknown): unknown {
  const steps = path.replaceAll('[]', '.[]').split('.');
  const names: Readonly<Record<string, string>> = { networks: 'proxy', ulimits: 'nofile' };
  return steps.reduceRight((inner: unknown, step, index) => {
    if (step === '[]') return [inner];
    return {
      [step === '*' ? (index === 1 ? 'app' : (names[steps[index - 1] ?? ''] ?? 'app')) : step]: inner,
    };
  }, value);
}

const errorsWith = (path: string, value: unknown) =>
  judge(treeWith(path, value) as never, { stack: STACK, domain: DOMAIN, allow: NOTHING }).filter(
    ({ severity }) => severity === 'error',
  );

describe('docker’s schema of compose files', () => {
  it('has no key that the policy’s tests do not know', () => {
    expect(paths.length).toBeGreaterThan(200);
    expect(paths.filter((path) => rowOf(path) === undefined)).toEqual([]);
  });

  it('has every key that the tables name', () => {
    const tabled = [...Object.keys(SERVICE).map((key) => `services.*.${key}`), ...Object.keys(THINGS)];
    expect(tabled.filter((path) => !paths.includes(path))).toEqual([]);
  });

  const rows = paths.map((path) => ({ path, row: rowOf(path) }));
  const isHarmless = (row: unknown): row is Harmless =>
    typeof row === 'object' && row !== null && Object.hasOwn(row, 'harmless');

  it.each(rows.filter(({ row }) => !isHarmless(row)))('$path is refused with a hostile value', ({ path, row }) => {
    expect(errorsWith(path, row)).not.toEqual([]);
  });

  it.each(rows.filter(({ row }) => isHarmless(row)))('$path does no harm, whatever it holds', ({ path, row }) => {
    expect(errorsWith(path, (row as Harmless).harmless)).toEqual([]);
  });

  it.each([
    'annotations', 'attach', 'blkio_config', 'configs_driver', 'cpu_count', 'cpu_rt_runtime', 'cpuset', 'develop',
    'device_cgroup_rules', 'extends', 'gpus', 'mem_swappiness', 'models', 'oom_kill_disable', 'pids_limit',
    'post_start', 'pre_stop', 'provider', 'runtime', 'scale', 'secrets_driver', 'storage_opt', 'use_api_socket',
    'volumes_from', 'volume_driver', 'Privileged', 'cap_Add', '__proto__', 'constructor', '<<',
  ])('a key that the schema does not have is refused: %s', (key) => {
    const tree = { services: { app: JSON.parse(`{ "${key}": "host" }`) as unknown } };
    expect(judge(tree, { stack: STACK, domain: DOMAIN, allow: NOTHING })).toMatchObject([{ severity: 'error' }]);
  });
}); // oxfmt-ignore
