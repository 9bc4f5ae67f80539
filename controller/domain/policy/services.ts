/** Every key of a service, with the values that it may have. Pure. */
import { textOf } from '../recipe/compose-parse.ts';
import {
  capAdd,
  capDrop,
  devices,
  logging,
  namespace,
  ports,
  privileged,
  securityOpt,
  ulimits,
} from './host.ts';
import { image } from './images.ts';
import { envFiles, mounts, tmpfs } from './mounts.ts';
import { isOwnHost, isOwnName, routeLabels } from './routes.ts';
import {
  anything,
  both,
  duration,
  each,
  either,
  entries,
  flag,
  keys,
  listOrMapping,
  matching,
  maybeScalar,
  never,
  oneOf,
  optional,
  ownerOf,
  ratio,
  refused,
  scalar,
  shown,
  size,
  text,
  textOrList,
  warned,
  whole,
  wrong,
  type Check,
  type Spot,
} from './spot.ts';
import { plainLabels } from './things.ts';

/** What one app needs; a run is no load test. */
const MAX_REPLICAS = 10;
const MAX_MEMORY = '64g';

const command = either({ scalar: text, list: each(scalar) });
const labels = both(plainLabels, routeLabels);
const host = (why: string): Check => never('HostSetting', why);

const health = keys({
  test: command,
  interval: duration('1h'),
  timeout: duration('1h'),
  start_period: duration('1h'),
  start_interval: duration('1h'),
  retries: whole(0, 1000),
  disable: flag,
});

const update = keys({
  parallelism: whole(0, 100),
  delay: duration('1h'),
  failure_action: oneOf('continue', 'pause', 'rollback'),
  monitor: duration('1h'),
  max_failure_ratio: ratio,
  order: oneOf('start-first', 'stop-first'),
});

const amount = {
  cpus: matching(/^\d{1,3}(?:\.\d{1,9})?$/, 'a number of processors', 'OverLimit'),
  memory: size(MAX_MEMORY),
};

const CONSTRAINT =
  /^ ?(?:node\.(?:id|hostname|role|ip|platform\.(?:os|arch))|(?:node|engine)\.labels\.[\w.-]{1,100}) ?(?:==|!=) ?[\w.:/-]{1,100} ?$/;

const deploy = keys({
  mode: oneOf('replicated', 'global', 'replicated-job', 'global-job'),
  endpoint_mode: oneOf('vip', 'dnsrr'),
  replicas: whole(0, MAX_REPLICAS),
  labels,
  update_config: optional(update),
  rollback_config: optional(update),
  resources: optional(
    keys({
      limits: optional(keys({ ...amount, pids: whole(0, 100_000) })),
      reservations: optional(
        keys({
          ...amount,
          generic_resources: never('Device', 'take devices of the host'),
          devices: never('Device', 'take devices of the host'),
        }),
      ),
    }),
  ),
  restart_policy: optional(
    keys({
      condition: oneOf('none', 'on-failure', 'any'),
      delay: duration('1h'),
      max_attempts: whole(0, 1000),
      window: duration('24h'),
    }),
  ),
  placement: optional(
    keys({
      constraints: optional(each(matching(CONSTRAINT, 'a constraint such as node.role == manager'))),
      preferences: optional(
        each(keys({ spread: matching(/^(?:node|engine)\.labels\.[\w.-]{1,100}$/, 'node.labels.<name>') })),
      ),
      max_replicas_per_node: whole(0, 100),
    }),
  ),
});

const HOST_NAME = /^[A-Za-z0-9_](?:[\w.-]{0,252})$/;

/** On the network that all apps share, a name that is not the app's own could be another's. */
const alias: Check = (spot) => {
  const name = textOf(spot.value);
  const { stack, domain, allow, alone, shared } = spot.scene;
  if (!HOST_NAME.test(name)) return wrong(spot, 'a host name');
  const own = isOwnHost(name, domain) || isOwnName(name, stack);
  if (!shared.includes(String(spot.path[3])) || own || allow.aliases.includes(name)) return [];
  return (alone ? warned : refused)(spot, 'ForeignAlias', [
    `${ownerOf(spot)} calls itself "${shown(name)}" on the network "proxy", where other apps may look for that name.`,
    `Put the alias on a network of the app, begin it with \${STACK_NAME}_, or let the operator add "${shown(name)}" to allow.aliases of the RecipeSpec.`,
  ]);
};

const networks = either({
  list: each(text),
  mapping: entries(
    optional(
      keys({
        aliases: optional(each(alias)),
        driver_opts: never('NetworkDriver', 'reach into the host’s network'),
        ipv4_address: never('NetworkDriver', 'take an address'),
        ipv6_address: never('NetworkDriver', 'take an address'),
      }),
    ),
  ),
});

/** A key of a section, or more words about it. */
const reference = either({
  scalar: text,
  mapping: keys({
    source: text,
    target: text,
    uid: scalar,
    gid: scalar,
    mode: whole(0, 0o7777, 'WrongValue'),
  }),
});

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f:]{2,45}\]?)$/i;
/** The container’s own loopback, and the addresses at which clouds answer about their machines. */
const LOCAL_ADDRESS = /^(?:127\.|0\.|169\.254\.|\[?(?:::1|fe80:|fd00:ec2:))/i;
const address = (spot: Spot, said: string): ReturnType<Check> =>
  ADDRESS.test(said) && !LOCAL_ADDRESS.test(said)
    ? []
    : wrong(spot, 'an address that is not the machine’s own', 'HostSetting');

const extraHosts = either({
  list: each((spot) => {
    const said = textOf(spot.value);
    const cut = said.search(/[=:]/);
    return cut < 0 ? wrong(spot, 'host:address') : hostLine(spot, [said.slice(0, cut), said.slice(cut + 1)]);
  }),
  mapping: entries((spot) => hostLine(spot, [String(spot.path.at(-1)), textOf(spot.value)])),
});

function hostLine(spot: Spot, [name, said]: readonly [string, string]): ReturnType<Check> {
  if (!HOST_NAME.test(name.trim())) return wrong(spot, 'host:address');
  return /^127\.0\.0\.1$|^::1$/.test(said.trim()) ? [] : address(spot, said.trim());
}

const service = keys({
  // What runs.
  image: optional(image),
  command: optional(command),
  entrypoint: optional(command),
  environment: listOrMapping(maybeScalar),
  env_file: optional(envFiles),
  user: matching(/^[\w.-]{1,64}(?::[\w.-]{1,64})?$/, 'a user, or user:group'),
  group_add: each(matching(/^[a-z0-9_-]{1,32}$/, 'a group')),
  working_dir: text,
  init: flag,
  read_only: flag,
  stdin_open: flag,
  tty: flag,
  stop_grace_period: duration('15m'),
  stop_signal: matching(/^(?:SIG)?[A-Z0-9+-]{1,12}$/, 'a signal such as SIGTERM'),
  healthcheck: optional(health),
  deploy: optional(deploy),
  labels,
  // What it has.
  configs: optional(each(reference)),
  secrets: optional(each(reference)),
  volumes: optional(mounts),
  tmpfs: optional(tmpfs),
  shm_size: size('1g'),
  logging: optional(logging),
  ulimits: optional(ulimits),
  // Whom it reaches, and who reaches it.
  networks: optional(networks),
  ports: optional(ports),
  expose: each(matching(/^\d{1,5}(?:-\d{1,5})?(?:\/\w{3,4})?$/, 'a port')),
  hostname: matching(
    /^(?:[\w-]|\.|\{\{ ?\.(?:Node|Service|Task)\.[A-Z]\w{1,20} ?\}\}){1,253}$/,
    'a host name',
  ),
  domainname: matching(HOST_NAME, 'a host name'),
  dns: optional(
    either({
      scalar: (spot) => address(spot, textOf(spot.value)),
      list: each((spot) => address(spot, textOf(spot.value))),
    }),
  ),
  dns_search: optional(textOrList),
  extra_hosts: optional(extraHosts),
  links: each(text),
  // What swarm ignores, and what therefore does no harm.
  build: either({ scalar: text, mapping: anything }),
  container_name: text,
  depends_on: either({ list: each(text), mapping: anything }),
  restart: text,
  platform: matching(/^[\w/.-]{1,64}$/, 'a platform such as linux/amd64'),
  pull_policy: matching(/^[a-z_]{1,20}$/, 'a policy such as always'),
  profiles: each(text),
  // What reaches the host.
  privileged,
  cap_add: optional(capAdd),
  cap_drop: optional(capDrop),
  devices: optional(devices),
  security_opt: optional(securityOpt),
  network_mode: namespace('bridge', 'none', 'default'),
  pid: namespace('private'),
  ipc: namespace('private', 'shareable', 'none'),
  userns_mode: namespace('private'),
  uts: namespace('private'),
  cgroup: namespace('private'),
  cgroupns_mode: namespace('private'),
  cgroup_parent: host('leave its cgroup'),
  credential_spec: host('take credentials of the host'),
  isolation: host('choose how it is kept apart'),
  runtime: host('choose the program that runs it'),
  sysctls: host('change the kernel’s settings'),
  mac_address: host('take an address of the host’s network'),
  oom_score_adj: whole(0, 1000, 'HostSetting'),
  external_links: never('ForeignName', 'link to containers of others'),
  extends: (spot) =>
    refused(spot, 'UnknownKey', [
      `${ownerOf(spot)} extends another, which swarm does not know.`,
      'Write it out, or use an anchor.',
    ]),
});

export const services = entries(service);
