/** Attacks on the machine, on other runs and on the operator: each is refused by name, at its line. */
import { describe, expect, it } from 'vitest';
import type { Rule } from './policy.ts';
import { app, errorsOf, findingsOf } from './testing.ts';

interface Row {
  readonly because: string;
  readonly rule: Rule;
  /** Lines of the service `app`. */
  readonly service?: string;
  /** What stands beside `services`. */
  readonly rest?: string;
  readonly env?: Record<string, string>;
  readonly line?: number;
}

const label = (text: string): string => `deploy: { labels: ['${text.replaceAll("'", "''")}'] }`;
const router = (rule: string, field = 'rule'): string =>
  label(`traefik.http.routers.\${STACK_NAME}.${field}=${rule}`);

const MOUNTS: readonly Row[] = [
  { because: 'the root of the host', rule: 'HostBind', service: 'volumes: ["/:/host"]' },
  { because: 'a default that is a path', rule: 'HostBind', service: 'volumes: ["${X:-/etc}:/x"]' },
  { because: 'a default in a default, which docker does not fill in', rule: 'WrongValue', service: 'volumes: ["${X:-${Y:-/etc}}:/x"]' },
  { because: 'a variable that is a path', rule: 'HostBind', service: 'volumes: ["${B:-data}:/x"]', env: { B: '/srv/planted' } },
  { because: 'a path above', rule: 'HostBind', service: 'volumes: ["../../../etc:/x"]' },
  { because: 'a home folder', rule: 'HostBind', service: 'volumes: ["~root:/x"]' },
  { because: 'a drive of another system', rule: 'WrongValue', service: 'volumes: ["C:/x:/x"]' },
  { because: 'a name that a reader of JSON could take for another', rule: 'WrongValue', service: "labels: {'a\\': x}" },
  { because: 'the same name in a list', rule: 'WrongValue', service: "environment: ['a\\=x']" },
  { because: 'a named pipe of another system', rule: 'HostBind', service: "volumes: ['\\\\.\\pipe\\docker:/x']" },
  { because: 'a bind without its type', rule: 'HostBind', service: 'volumes: [{ source: /etc, target: /x }]' },
  { because: 'a bind that calls itself a volume', rule: 'HostBind', service: 'volumes: [{ type: volume, source: /etc, target: /x }]' },
  { because: 'a bind that shares its mounts', rule: 'HostBind', service: 'volumes: ["/srv:/x:rshared"]' },
  { because: 'a volume’s path that leads on', rule: 'WrongValue', service: 'volumes: ["data/../../etc:/x"]' },
  { because: 'a volume of the cluster', rule: 'WrongValue', service: 'volumes: [{ type: cluster, source: a, target: /x }]' },
  { because: 'the socket under another target', rule: 'DockerSocket', service: 'volumes: ["/var/run/docker.sock:/x"]' },
  { because: 'a pipe as a mount', rule: 'WrongValue', service: 'volumes: [{ type: npipe, source: a, target: /x }]' },
  { because: 'an overlay of the host’s folders', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: overlay, device: overlay, o: "lowerdir=/srv/planted:/etc" } }\n', line: 5 },
  { because: 'an overlay that writes them', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: overlay, device: overlay, o: "lowerdir=/a,upperdir=/etc,workdir=/b" } }\n', line: 5 },
  { because: 'the host’s processes', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: proc, device: proc } }\n', line: 5 },
  { because: 'the root disk', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: ext4, device: "../../../../../../dev/vda" } }\n', line: 5 },
  { because: 'a file server on the loopback', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: nfs, device: ":/", o: "addr=127.0.0.1" } }\n', line: 5 },
  { because: 'a share of Windows', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: cifs, device: "//127.0.0.1/c", o: "user=a" } }\n', line: 5 },
  { because: 'a bind with one more option', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: none, o: "bind,suid", device: /etc } }\n', line: 5 },
  { because: 'a recursive bind', rule: 'HostBind', rest: 'volumes:\n  data: { driver_opts: { type: none, o: rbind, device: /etc } }\n', line: 5 },
  { because: 'memory without bound', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=900g" } }\n', line: 5 },
  { because: 'a driver that connects somewhere', rule: 'VolumeDriver', rest: 'volumes:\n  data: { driver: rclone }\n', line: 5 },
  { because: 'an external volume, though its name is ours', rule: 'ForeignName', rest: 'volumes:\n  data: { external: true, name: "${STACK_NAME}_data" }\n', line: 5 },
  { because: 'a key of the newest docker', rule: 'UnknownKey', rest: 'volumes:\n  data: { type: bind }\n', line: 5 },
  { because: 'a config that a program writes', rule: 'UnknownKey', rest: 'configs:\n  a: { content: x }\n', line: 5 },
  { because: 'a secret of the deployer’s environment', rule: 'UnknownKey', rest: 'secrets:\n  a: { environment: HOME }\n', line: 5 },
  { because: 'a file that a default leads out to', rule: 'PathOutside', rest: 'secrets:\n  a: { file: "${F:-/etc/shadow}" }\n', line: 5 },
  { because: 'an env file in a mapping', rule: 'PathOutside', service: 'env_file: [{ path: /etc/shadow }]' },
]; // oxfmt-ignore

const POWERS: readonly Row[] = [
  { because: 'blanks around a capability', rule: 'Capability', service: 'cap_add: [" SYS_ADMIN"]' },
  { because: 'a prefix and a blank', rule: 'Capability', service: 'cap_add: ["CAP_NET_ADMIN "]' },
  { because: 'small letters', rule: 'Capability', service: 'cap_add: [cap_sys_module]' },
  { because: 'all of them', rule: 'Capability', service: 'cap_add: [all]' },
  { because: 'files that nobody can remove', rule: 'Capability', service: 'cap_add: [LINUX_IMMUTABLE]' },
  { because: 'one that is not known yet', rule: 'Capability', service: 'cap_add: [CHECKPOINT_RESTORE]' },
  { because: 'a tab before it', rule: 'Capability', service: 'cap_add: ["\\tSYS_PTRACE"]' },
  { because: 'privileged by a text', rule: 'Privileged', service: 'privileged: "yes"' },
  { because: 'privileged by a variable', rule: 'Privileged', service: 'privileged: "${P:-true}"' },
  { because: 'another container’s network', rule: 'HostNamespace', service: 'network_mode: "container:traefik"' },
  { because: 'another service’s processes', rule: 'HostNamespace', service: 'pid: "service:db"' },
  { because: 'the host’s users', rule: 'HostNamespace', service: 'userns_mode: host' },
  { because: 'the host’s cgroups', rule: 'HostNamespace', service: 'cgroup: host' },
  { because: 'a device by its class', rule: 'UnknownKey', service: 'device_cgroup_rules: ["c 1:1 rwm"]' },
  { because: 'a GPU', rule: 'UnknownKey', service: 'gpus: all' },
  { because: 'another runtime', rule: 'HostSetting', service: 'runtime: runc-debug' },
  { because: 'a setting of the kernel', rule: 'HostSetting', service: 'sysctls: ["kernel.shmmax=1"]' },
  { because: 'a seccomp profile of its own', rule: 'SecurityOption', service: 'security_opt: ["seccomp=./profile.json"]' },
  { because: 'an SELinux label', rule: 'SecurityOption', service: 'security_opt: ["label=type:spc_t"]' },
  { because: 'others die of memory first', rule: 'HostSetting', service: 'oom_score_adj: -999' },
  { because: 'a log to a listener on the host', rule: 'LogDriver', service: 'logging: { driver: syslog, options: { syslog-address: "tcp://127.0.0.1:7980" } }' },
  { because: 'its option alone, for the daemon’s driver', rule: 'LogDriver', service: 'logging: { options: { gelf-address: "udp://127.0.0.1:1" } }' },
  { because: 'logs that fill the disk', rule: 'OverLimit', service: 'logging: { options: { max-size: 900g } }' },
  { because: 'five thousand of them', rule: 'OverLimit', service: 'deploy: { replicas: 5000 }' },
  { because: 'five thousand by a default', rule: 'OverLimit', service: 'deploy: { replicas: 5_000 }' },
  { because: 'a stop that takes a week', rule: 'OverLimit', service: 'stop_grace_period: 168h' },
  { because: 'a tmpfs without bound', rule: 'WrongValue', service: 'tmpfs: ["/x:size=900g"]' },
  { because: 'a pair of options of the mount', rule: 'WrongValue', service: 'tmpfs: "/x:size=1m,huge=always"' },
  { because: 'open files without end', rule: 'OverLimit', service: 'ulimits: { nofile: { soft: 1, hard: 99999999 } }' },
  { because: 'a limit that nobody needs', rule: 'OverLimit', service: 'ulimits: { rtprio: 99 }' },
  { because: 'an image of the host’s own registry', rule: 'PrivateRegistry', service: 'image: 127.0.0.1:5000/x:1', line: 4 },
  { because: 'an image by a short address', rule: 'PrivateRegistry', service: 'image: 127.1:5000/x:1', line: 4 },
  { because: 'an image by a number', rule: 'PrivateRegistry', service: 'image: 2130706433:5000/x:1', line: 4 },
  { because: 'an image of the clouds’ metadata', rule: 'PrivateRegistry', service: 'image: 169.254.169.254/x:1', line: 4 },
  { because: 'an image of the LAN', rule: 'PrivateRegistry', service: 'image: 192.168.1.2/x:1', line: 4 },
  { because: 'an image by IPv6', rule: 'PrivateRegistry', service: 'image: "[::1]:5000/x:1"', line: 4 },
  { because: 'an image by a name of this network', rule: 'PrivateRegistry', service: 'image: registry:5000/x:1', line: 4 },
]; // oxfmt-ignore

const NETWORKS: readonly Row[] = [
  { because: 'the host’s network as the default one', rule: 'ForeignName', rest: 'networks:\n  default: { external: true, name: host }\n', line: 5 },
  { because: 'another stack’s network as the default one', rule: 'ForeignName', rest: 'networks: { default: { external: { name: other_ci_test_internal } } }\n', line: 4 },
  { because: 'external by a text', rule: 'ForeignName', rest: 'networks:\n  a: { external: "yes", name: host }\n', line: 5 },
  { because: 'external by a variable', rule: 'ForeignName', rest: 'networks:\n  host: { external: "${X:-true}" }\n', line: 5 },
  { because: 'another name for the shared one, made anew', rule: 'ForeignName', rest: 'networks:\n  a: { name: proxy }\n', line: 5 },
  { because: 'a stack whose name begins like ours', rule: 'ForeignName', rest: 'networks:\n  a: { external: true, name: "${STACK_NAME}" }\n', line: 5 },
  { because: 'an external network, though its name is ours', rule: 'ForeignName', rest: 'networks:\n  a: { external: true, name: "${STACK_NAME}_a" }\n', line: 5 },
  { because: 'a route of the host', rule: 'NetworkDriver', rest: 'networks:\n  a: { driver: bridge, ipam: { config: [{ subnet: "203.0.113.0/24" }] } }\n', line: 5 },
  { because: 'a network on the host’s card', rule: 'NetworkDriver', rest: 'networks:\n  a: { driver: ipvlan, driver_opts: { parent: eth0 } }\n', line: 5 },
  { because: 'an option of the bridge', rule: 'NetworkDriver', rest: 'networks:\n  a: { driver_opts: { com.docker.network.bridge.name: docker0 } }\n', line: 5 },
  { because: 'an alias that others ask for', rule: 'ForeignAlias', service: 'networks: { proxy: { aliases: [db, redis] } }' },
  { because: 'an alias that is another’s domain', rule: 'ForeignAlias', service: 'networks: { proxy: { aliases: [other.ci.test] } }' },
  { because: 'a secret of another app, which nobody uses', rule: 'ForeignName', rest: 'secrets:\n  a: { external: true, name: other_ci_test_a_v1 }\n', line: 5 },
  { because: 'a secret that is external by a variable', rule: 'ForeignName', rest: 'secrets:\n  other_ci_test_a_v1: { external: "${X:-true}" }\n', line: 5 },
  { because: 'a config of another app', rule: 'ForeignName', rest: 'configs:\n  a: { external: { name: traefik_conf_v1 } }\n', line: 5 },
  { because: 'a volume of another app', rule: 'ForeignName', rest: 'volumes:\n  a: { name: other_ci_test_a }\n', line: 5 },
  { because: 'docker’s own label', rule: 'ForeignName', service: label('com.docker.stack.namespace=other_ci_test') },
  { because: 'a port written with an underscore', rule: 'PublishedPort', service: 'ports: [{ target: 80, published: "8_080", mode: host }]' },
  { because: 'a port on one address', rule: 'PublishedPort', service: 'ports: ["[::1]:8080:80"]' },
  { because: 'a port by a variable', rule: 'PublishedPort', service: 'ports: ["${P:-8080}:80"]' },
  { because: 'a name server on the loopback', rule: 'HostSetting', service: 'dns: 127.0.0.53' },
  { because: 'a name server that is the clouds’ metadata', rule: 'HostSetting', service: 'dns: ["169.254.169.254"]' },
  { because: 'the host by a name', rule: 'HostSetting', service: 'extra_hosts: ["host.docker.internal:host-gateway"]' },
  { because: 'a stack of another name', rule: 'ForeignName', rest: 'name: other_ci_test\n' },
  { because: 'files of others', rule: 'UnknownKey', rest: 'include: [other.yml]\n' },
]; // oxfmt-ignore

const ROUTES: readonly Row[] = [
  { because: 'every host', rule: 'ForeignRoute', service: router('HostRegexp(`.+`)') },
  { because: 'every path', rule: 'ForeignRoute', service: router('PathPrefix(`/`)') },
  { because: 'another host', rule: 'ForeignRoute', service: router('Host(`other.ci.test`)') },
  { because: 'another host as an alternative', rule: 'ForeignRoute', service: router('Host(`${DOMAIN}`) || Host(`other.ci.test`)') },
  { because: 'another host beside it, in the old form', rule: 'ForeignRoute', service: router('Host(`${DOMAIN}`, `other.ci.test`)') },
  { because: 'every host but ours', rule: 'ForeignRoute', service: router('!Host(`${DOMAIN}`)') },
  { because: 'a negation of an alternative', rule: 'ForeignRoute', service: router('!(Host(`a`) && Host(`${DOMAIN}`))') },
  { because: 'an alternative in parentheses', rule: 'ForeignRoute', service: router('(Host(`${DOMAIN}`) || Path(`/x`)) && Method(`GET`)') },
  { because: 'a name that only ends like ours', rule: 'ForeignRoute', service: router('Host(`evil${DOMAIN}`)') },
  { because: 'a name that only begins like ours', rule: 'ForeignRoute', service: router('Host(`${DOMAIN}.evil.test`)') },
  { because: 'no host at all', rule: 'ForeignRoute', service: router('Host()') },
  { because: 'a rule that is no rule', rule: 'ForeignRoute', service: router('Host(`${DOMAIN}`) Host(`b`)') },
  { because: 'a comment of Go', rule: 'ForeignRoute', service: router('Host(`${DOMAIN}`) /* || Path(`/`) */') },
  { because: 'a header instead of the host', rule: 'ForeignRoute', service: router('Header(`Host`, `${DOMAIN}`)') },
  { because: 'a template', rule: 'ForeignRoute', service: router('Host(`{{ .Name }}`)') },
  { because: 'capital letters', rule: 'ForeignRoute', service: label('Traefik.HTTP.Routers.${STACK_NAME}.Rule=PathPrefix(`/`)') },
  { because: 'a blank before it', rule: 'ForeignRoute', service: label(' traefik.http.routers.${STACK_NAME}.rule=PathPrefix(`/`)') },
  { because: 'a label of the container', rule: 'ForeignRoute', service: "labels: ['traefik.http.routers.${STACK_NAME}.rule=PathPrefix(`/`)']" },
  { because: 'a router of another app', rule: 'ForeignRoute', service: label('traefik.http.routers.other_ci_test.rule=Host(`${DOMAIN}`)') },
  { because: 'a router that only begins like ours', rule: 'ForeignRoute', service: label('traefik.http.routers.${STACK_NAME}2.rule=Host(`${DOMAIN}`)') },
  { because: 'a name that docker does not fill in', rule: 'ForeignRoute', service: 'deploy: { labels: { "traefik.http.routers.${STACK_NAME}.rule": "Host(`${DOMAIN}`)" } }' },
  { because: 'a service of another app', rule: 'ForeignRoute', service: label('traefik.http.services.other_ci_test.loadbalancer.server.port=80') },
  { because: 'a middleware of another app', rule: 'ForeignRoute', service: label('traefik.http.middlewares.security.headers.stsseconds=0') },
  { because: 'Traefik’s own pages', rule: 'ForeignRoute', service: router('api@internal', 'service') },
  { because: 'another app’s service', rule: 'ForeignRoute', service: router('other_ci_test@swarm', 'service') },
  { because: 'a service under a name like ours elsewhere', rule: 'ForeignRoute', service: router('${STACK_NAME}@file', 'service') },
  { because: 'a middleware of the operator’s', rule: 'ForeignRoute', service: router('auth@file', 'middlewares') },
  { because: 'a middleware of the operator’s as the second', rule: 'ForeignRoute', service: router('${STACK_NAME}-a, auth@file', 'middlewares') },
  { because: 'a middleware of another app, by a chain', rule: 'ForeignRoute', service: label('traefik.http.middlewares.${STACK_NAME}-a.chain.middlewares=auth@file') },
  { because: 'a server of its own choice', rule: 'ForeignRoute', service: label('traefik.http.services.${STACK_NAME}.loadbalancer.server.url=http://127.0.0.1:7979') },
  { because: 'a TCP server of its own choice', rule: 'ForeignRoute', service: label('traefik.tcp.services.${STACK_NAME}.loadbalancer.server.address=127.0.0.1:22') },
  { because: 'weights between services', rule: 'ForeignRoute', service: label('traefik.http.services.${STACK_NAME}.weighted.services[0].name=api@internal') },
  { because: 'mirrors to another', rule: 'ForeignRoute', service: label('traefik.http.services.${STACK_NAME}.mirroring.service=api@internal') },
  { because: 'a certificate store', rule: 'ForeignRoute', service: label('traefik.tls.stores.default.defaultgeneratedcert.resolver=x') },
  { because: 'TLS options for all', rule: 'ForeignRoute', service: label('traefik.tls.options.default.minversion=VersionTLS10') },
  { because: 'TLS options of another', rule: 'ForeignRoute', service: router('modern@file', 'tls.options') },
  { because: 'a certificate for the zone', rule: 'ForeignRoute', service: router('*.ci.test', 'tls.domains[0].main') },
  { because: 'a certificate for another as well', rule: 'ForeignRoute', service: router('${DOMAIN},other.ci.test', 'tls.domains[0].sans') },
  { because: 'every name by TCP', rule: 'ForeignRoute', service: label('traefik.tcp.routers.${STACK_NAME}.rule=HostSNI(`*`)') },
  { because: 'another name by TCP', rule: 'ForeignRoute', service: label('traefik.tcp.routers.${STACK_NAME}.rule=HostSNI(`other.ci.test`)') },
  { because: 'a whole entry point by UDP', rule: 'ForeignRoute', service: label('traefik.udp.routers.${STACK_NAME}.entrypoints=dns') },
  { because: 'a question that Traefik asks the host', rule: 'ForeignRoute', service: label('traefik.http.middlewares.${STACK_NAME}-a.forwardauth.address=http://127.0.0.1:7979/') },
  { because: 'a question that hides its host', rule: 'ForeignRoute', service: label('traefik.http.middlewares.${STACK_NAME}-a.forwardauth.address=http://${STACK_NAME}_app@169.254.169.254/') },
  { because: 'a file of Traefik’s', rule: 'ForeignRoute', service: label('traefik.http.middlewares.${STACK_NAME}-a.basicauth.usersfile=/etc/traefik/users') },
  { because: 'an error page by another’s service', rule: 'ForeignRoute', service: label('traefik.http.middlewares.${STACK_NAME}-a.errors.service=api@internal') },
  { because: 'a plugin', rule: 'ForeignRoute', service: label('traefik.http.middlewares.${STACK_NAME}-a.plugin.x.y=z') },
  { because: 'a database that Traefik connects to', rule: 'ForeignRoute', service: label('traefik.http.middlewares.${STACK_NAME}-a.ratelimit.redis.endpoints=127.0.0.1:6379') },
  { because: 'another app’s network', rule: 'ForeignRoute', service: label('traefik.docker.network=other_ci_test_internal') },
  { because: 'the first Traefik’s labels', rule: 'ForeignRoute', service: label('traefik.frontend.rule=HostRegexp:{a:.*}') },
]; // oxfmt-ignore

const ALL = [...MOUNTS, ...POWERS, ...NETWORKS, ...ROUTES];

describe('a recipe that wants', () => {
  it.each(ALL)('$because is refused', ({ rule, service = '', rest, env, line }) => {
    const text = app(service, rest).replace(/^ {4}image: nginx:1\.27\.0\n(?= {4}image)/m, '    init: true\n');
    const errors = errorsOf(text, {}, env);
    expect(errors).toContainEqual(expect.objectContaining({ rule, file: 'compose.yml', line: line ?? 4 }));
    for (const { message, fix } of errors) expect(`${message} ${fix}`).toMatch(/^\S.*\.$/s);
  });

  it('has more than sixty ways to ask', () => {
    expect(new Set(ALL.map(({ service, rest, env }) => JSON.stringify([service, rest, env]))).size).toBe(
      ALL.length,
    );
    expect(ALL.length).toBeGreaterThan(100);
  });

  it('a home folder by a default has a volume of that name instead', () => {
    expect(errorsOf(app('volumes: ["${HOME:-data}:/x"]'))).toEqual([]);
  });

  it('ports without end is told so once a line', () => {
    const lines = Array.from({ length: 40 }, () => '1-65535:1-65535');
    expect(errorsOf(app(`ports: ${JSON.stringify(lines)}`))).toHaveLength(40);
  });

  it('all kinds of wrong things is told of the first two hundred', () => {
    const text = app(
      `cap_add: ${JSON.stringify(Array.from({ length: 5000 }, (_none, index) => `X${index}`))}`,
    );
    expect(findingsOf(text).filter(({ rule }) => rule === 'Capability')).toHaveLength(200);
  });
});

describe('what the operator allows by value', () => {
  it.each([
    { allow: { capabilities: ['NET_ADMIN'] }, service: 'cap_add: [CAP_NET_ADMIN]' },
    { allow: { aliases: ['db'] }, service: 'networks: { proxy: { aliases: [db] } }' },
    { allow: { registries: ['127.0.0.1:5000'] }, service: 'image: 127.0.0.1:5000/x:1' },
    { allow: { middlewares: ['auth@file'] }, service: router('auth@file', 'middlewares') },
    { allow: { entrypoints: ['dns'] }, service: label('traefik.udp.routers.${STACK_NAME}.entrypoints=dns') },
    {
      allow: { entrypoints: ['ssh'] },
      service:
        'deploy: { labels: ["traefik.tcp.routers.${STACK_NAME}.rule=HostSNI(`*`)", "traefik.tcp.routers.${STACK_NAME}.entrypoints=ssh"] }',
    },
    {
      allow: { binds: ['/srv/data'] },
      service: '',
      rest: 'volumes:\n  data: { driver_opts: { type: none, o: bind, device: /srv/data/x } }\n',
    },
  ])('is that alone: $allow', ({ allow, service, rest }) => {
    const text = app(service, rest).replace(/^ {4}image: nginx:1\.27\.0\n(?= {4}image)/m, '');
    expect(errorsOf(text)).not.toEqual([]);
    expect(errorsOf(text, allow)).toEqual([]);
    expect(errorsOf(text, { privileged: true }).length).toBe(service.startsWith('cap_add') ? 0 : 1);
  });

  it('does not stretch to the next entry point', () => {
    const both = 'traefik.tcp.routers.${STACK_NAME}.entrypoints=ssh,web';
    const text = app(
      `deploy: { labels: ["traefik.tcp.routers.\${STACK_NAME}.rule=HostSNI(\`*\`)", "${both}"] }`,
    );
    expect(errorsOf(text, { entrypoints: ['ssh'] })).toMatchObject([{ rule: 'ForeignRoute' }]);
  });
});
