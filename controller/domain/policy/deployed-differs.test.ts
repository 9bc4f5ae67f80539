import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { composeTree } from '../recipe/compose-tree.ts';
import { bytesOf, nanoCpusOf } from '../recipe/sizes.ts';
import type { NetworkSpec, ServiceSpec } from '../../ports.ts';
import { deployedDifferences, differenceLine } from './deployed-differs.ts';
import { judgedNetworks, networkDifferences } from './deployed-networks.ts';
import { digestsOf, judgedSpecs } from './deployed-spec.ts';

const STACK = 'app_ci_test';
const digestOf = (value: string): string => createHash('sha256').update(value).digest('hex');
const specsOf = (text: string): ServiceSpec[] => {
  const read = composeTree({ files: [{ path: 'compose.yml', text }], env: {} });
  if (!read.ok) throw new Error(read.problem);
  return judgedSpecs(read.tree, STACK);
};

const FULL = `
services:
  app:
    image: web:1
    command: serve --port 80
    environment: [A=1]
    volumes: ["data:/data", {type: tmpfs, target: /t, tmpfs: {size: 1048576}}]
    networks: {proxy: {aliases: [shop]}, inner: null}
    cap_add: [" net_bind_service"]
    cap_drop: [ALL]
    ports: ["8080:80"]
    secrets: [{source: pw, target: /run/pw, mode: 0400}]
    configs: [conf]
    logging: {driver: local, options: {max-size: 1m}}
    extra_hosts: ["a:1.2.3.4"]
    healthcheck: {test: curl localhost}
    deploy:
      labels: [traefik.enable=true]
      resources: {limits: {memory: 64M, cpus: "0.5", pids: 99}}
      restart_policy: {condition: on-failure, delay: 1500ms, max_attempts: 3}
      update_config: {order: start-first, failure_action: rollback, parallelism: 2}
      rollback_config: {monitor: 1m30s}
  db: {image: "db:2@sha256:aa"}
volumes: {data: {}}
networks: {proxy: {external: true}, inner: {}}
secrets: {pw: {external: true, name: app_ci_test_pw_v1}}
configs: {conf: {file: ./conf, name: app_ci_test_conf_v1}}
`;

describe('what swarm is told of a judged tree', () => {
  it('is what docker makes of it', () => {
    expect(specsOf(FULL)[0]).toMatchObject({
      name: 'app', image: 'web:1', mode: 'Replicated', replicas: 1, command: ['serve', '--port', '80'], environment: { A: digestOf('1') },
      mounts: [
        { type: 'volume', source: 'app_ci_test_data', target: '/data', readOnly: false },
        { type: 'tmpfs', source: '', target: '/t', tmpfsBytes: 1_048_576 },
      ],
      networks: [{ name: 'proxy', aliases: ['shop', 'app'] }, { name: 'app_ci_test_inner', aliases: ['app'] }],
      capAdd: ['CAP_NET_BIND_SERVICE'], capDrop: ['ALL'],
      ports: [{ published: 8080, target: 80, protocol: 'tcp', mode: 'ingress' }],
      secrets: [{ name: 'app_ci_test_pw_v1', file: '/run/pw', uid: '0', gid: '0', mode: 256 }],
      configs: [{ name: 'app_ci_test_conf_v1', file: 'conf', mode: 292 }],
      logDriver: 'local', logOptions: { 'max-size': '1m' },
      limits: { memoryBytes: 67_108_864, nanoCpus: 500_000_000, pids: 99 },
      hosts: ['1.2.3.4 a'], healthcheck: ['CMD-SHELL', 'curl localhost'], privileges: [],
      restart: { condition: 'on-failure', delay: 1_500_000_000, maxAttempts: 3, window: 0 },
      update: { order: 'start-first', failureAction: 'rollback', parallelism: 2, delay: 0, monitor: 5e9, maxFailureRatio: 0 },
      rollback: { order: 'stop-first', failureAction: 'pause', parallelism: 1, delay: 0, monitor: 90e9, maxFailureRatio: 0 },
      labels: { 'traefik.enable': 'true', 'com.docker.stack.namespace': STACK, 'com.docker.stack.image': 'web:1' },
    });
  }); // oxfmt-ignore

  it.each([
    { because: 'nobody says anything', service: {}, want: { condition: 'any', delay: 5e9 } },
    { because: 'the old form says always', service: { restart: 'unless-stopped' }, want: { condition: 'any' } },
    { because: 'the old form says how often', service: { restart: 'on-failure:4' }, want: { condition: 'on-failure', maxAttempts: 4 } },
    { because: 'the new form goes before the old one', service: { restart: 'always', deploy: { restart_policy: { condition: 'none' } } }, want: { condition: 'none' } },
    { because: 'a pause of nothing is one that was said', service: { deploy: { restart_policy: { delay: '0s' } } }, want: { condition: 'any', delay: 0 } },
  ])('when it is started again: $because', ({ service, want }) => {
    expect(judgedSpecs({ services: { app: { image: 'a', ...service } } }, STACK)[0]?.restart).toMatchObject(want);
  }); // oxfmt-ignore

  it.each([
    ['64M', 67_108_864], ['1.5g', 1_610_612_736], ['10 KiB', 10_240], [1000, 1000], ['1000', 1000], ['x', null], [-1, null],
  ])('%j is %j bytes', (text, want) => expect(bytesOf(text)).toBe(want)); // oxfmt-ignore
  it.each([
    ['0.5', 500_000_000],
    ['2', 2_000_000_000],
    [1.5, 1_500_000_000],
    ['x', null],
    ['', null],
  ])('%j processors are %j', (text, want) => expect(nanoCpusOf(text)).toBe(want));
});

type Change = Partial<ServiceSpec> & { readonly of?: string };
const changed = (specs: readonly ServiceSpec[], { of = 'app', ...change }: Change): ServiceSpec[] =>
  specs.map((spec) => (spec.name === of ? { ...spec, ...change } : spec));

function compared(
  deployed: readonly ServiceSpec[],
  more: { before?: ServiceSpec[]; exposed?: Record<string, string> } = {},
) {
  return deployedDifferences({
    stack: STACK,
    judged: specsOf(FULL),
    deployed,
    before: [],
    exposed: {},
    ...more,
  });
}

describe('what is deployed is what was judged', () => {
  const judged = specsOf(FULL);
  const [app] = judged;
  const ENV = { A: digestOf('1') };

  it.each([
    { because: 'it is the same', deployed: judged },
    { because: 'swarm adds the digest of the image that it found', deployed: changed(judged, { image: `web:1@sha256:${'0'.repeat(64)}` }) },
    { because: 'lists come in another order', deployed: changed(judged, { networks: (app?.networks ?? []).toReversed().map(({ name, aliases }) => ({ name, aliases: aliases.toReversed() })) }) },
    { because: 'abra writes its labels to app', deployed: changed(judged, { labels: { ...app?.labels, [`coop-cloud.${STACK}.chaos`]: 'true' } }) },
    { because: 'abra gives the .env to app', deployed: changed(judged, { environment: { ...ENV, DOMAIN: digestOf('a.test') } }), more: { exposed: digestsOf({ DOMAIN: 'a.test' }) } },
    { because: 'abra says in it which version it deployed', deployed: changed(judged, { environment: { ...ENV, TYPE: digestOf('web:1.0.0') } }), more: { exposed: digestsOf({ TYPE: 'web' }) } },
    { because: 'a service that the new version lacks stays as it was', deployed: [...judged, { ...judged[1]!, name: 'old' }], more: { before: [{ ...judged[1]!, name: 'old' }] } },
  ])('$because', ({ deployed, more }) => expect(compared(deployed, more)).toEqual([])); // oxfmt-ignore

  it.each([
    { because: 'a bind instead of a volume', change: { mounts: [{ type: 'bind', source: '/', target: '/data', readOnly: false, driver: '', options: {}, tmpfsBytes: 0 }] }, field: 'mounts', says: 'source / target /data' },
    { because: 'a volume with options', change: { mounts: [{ ...app!.mounts[0]!, options: { type: 'overlay' } }, app!.mounts[1]!] }, field: 'mounts', says: 'type overlay' },
    { because: 'one more network', change: { networks: [...app!.networks, { name: 'host', aliases: [] }] }, field: 'networks', says: 'name host' },
    { because: 'another alias', change: { networks: [{ name: 'proxy', aliases: ['db', 'app'] }, app!.networks[1]!] }, field: 'networks', says: 'db' },
    { because: 'a capability', change: { capAdd: ['CAP_NET_BIND_SERVICE', 'CAP_SYS_ADMIN'] }, field: 'capAdd', says: 'CAP_SYS_ADMIN' },
    { because: 'a capability that is not dropped', change: { capDrop: [] }, field: 'capDrop', says: 'deployed nothing' },
    { because: 'a port', change: { ports: [{ published: 22, target: 80, protocol: 'tcp', mode: 'host' }] }, field: 'ports', says: 'published 22' },
    { because: 'another secret', change: { secrets: [{ ...app!.secrets[0]!, name: 'other_pw' }] }, field: 'secrets', says: 'other_pw' },
    { because: 'a config elsewhere', change: { configs: [{ ...app!.configs[0]!, file: '/x' }] }, field: 'configs', says: 'file /x' },
    { because: 'another log driver', change: { logDriver: 'syslog', logOptions: {} }, field: 'logDriver', says: 'syslog' },
    { because: 'no limit', change: { limits: { memoryBytes: 0, nanoCpus: 500_000_000, pids: 99 } }, field: 'limits', says: 'memoryBytes=67108864' },
    { because: 'a label that abra does not write', change: { labels: { ...app!.labels, 'traefik.http.routers.x.rule': 'y' } }, field: 'labels', says: 'routers.x.rule=y' },
    { because: 'another value of a label', change: { labels: { ...app!.labels, 'traefik.enable': 'false' } }, field: 'labels', says: 'traefik.enable=false' },
    { because: 'another image', change: { image: 'web:2' }, field: 'image', says: 'web:2' },
    { because: 'a name in the environment that is not the app’s', change: { environment: { ...ENV, LD_PRELOAD: digestOf('/x.so') } }, field: 'environment', says: 'deployed "LD_PRELOAD"' },
    { because: 'another value in the environment', change: { environment: { A: digestOf('2') } }, field: 'environment', says: 'judged "A with one value", deployed "A with another value"' },
    { because: 'a variable that is not there', change: { environment: {} }, field: 'environment', says: 'judged "A", deployed nothing' },
    { because: 'a task that is not started again', change: { restart: { ...app!.restart, condition: 'none' } }, field: 'restart', says: 'judged "condition=on-failure", deployed "condition=none"' },
    { because: 'another number of attempts', change: { restart: { ...app!.restart, maxAttempts: 0 } }, field: 'restart', says: 'maxAttempts=3' },
    { because: 'another pause between attempts', change: { restart: { ...app!.restart, delay: 5e9 } }, field: 'restart', says: 'delay=5000000000' },
    { because: 'an update that goes on when it fails', change: { update: { ...app!.update, failureAction: 'continue' } }, field: 'update', says: 'failureAction=continue' },
    { because: 'another order of an update', change: { update: { ...app!.update, order: 'stop-first' } }, field: 'update', says: 'order=start-first' },
    { because: 'more at a time', change: { of: 'db', update: { ...judged[1]!.update, parallelism: 0 } }, field: 'update', says: 'judged "parallelism=1"' },
    { because: 'another rollback', change: { rollback: { ...app!.rollback, monitor: 1e9 } }, field: 'rollback', says: 'monitor=1000000000' },
    { because: 'another user', change: { user: 'root' }, field: 'user', says: 'root' },
    { because: 'no health check', change: { healthcheck: ['NONE'] }, field: 'healthcheck', says: 'NONE' },
    { because: 'another order of a command', change: { command: ['--port', 'serve', '80'] }, field: 'command', says: 'serve' },
    { because: 'more replicas', change: { replicas: 5000 }, field: 'replicas', says: '5000' },
    { because: 'a global service', change: { mode: 'Global', replicas: 0 }, field: 'mode', says: 'Global' },
    { because: 'a sysctl', change: { sysctls: { 'net.x': '1' } }, field: 'sysctls', says: 'net.x=1' },
    { because: 'a protection that is off', change: { privileges: ['Seccomp {"Mode":"unconfined"}'] }, field: 'privileges', says: 'unconfined' },
    { because: 'a digest that was not asked for', change: { of: 'db', image: 'db:2@sha256:bb' }, field: 'image', says: 'sha256:bb' },
    { because: 'abra’s label on another service', change: { of: 'db', labels: { ...judged[1]!.labels, [`coop-cloud.${STACK}.x`]: '' } }, field: 'labels', says: 'coop-cloud' },
    { because: 'an old service that was changed', change: { of: 'db', user: '5' }, field: 'user', says: '"5"' },
  ] as { because: string; change: Change; field: string; says: string }[])('$because is seen', ({ change, field, says }) => {
    const found = compared(changed(judged, change));
    expect(found.map((difference) => difference.field)).toContain(field);
    expect(found.map(differenceLine).join('\n')).toContain(says);
  }); // oxfmt-ignore

  it('a service on one side only is seen', () => {
    expect(compared([...judged, { ...judged[1]!, name: 'miner' }]).map(differenceLine)).toEqual([
      'miner: service: judged nothing, deployed "miner"',
    ]);
    expect(compared(judged.slice(0, 1)).map(differenceLine)).toEqual([
      'db: service: judged "db", deployed nothing',
    ]);
  });
});

describe('networks are as they were judged', () => {
  const TREE = {
    services: {
      app: { image: 'a', networks: { inner: null, proxy: null } },
      db: { image: 'b' },
      other: { image: 'c', networks: { named: null } },
    },
    networks: {
      inner: { internal: true, driver_opts: { encrypted: '' }, labels: { a: 1 } },
      named: { name: `${STACK}_x`, attachable: true },
      proxy: { external: true },
      nobody: null,
    },
  };
  const judged = judgedNetworks(TREE, STACK);
  const byName = (name: string) => judged.find((network) => network.name === `${STACK}_${name}`)!;
  const NAMESPACE = { 'com.docker.stack.namespace': STACK };
  const PLAIN = { driver: 'overlay', internal: false, attachable: false, ipv6: false, ingress: false, options: {}, ipam: [] };

  it('docker makes those that are joined and not external', () => {
    expect(judged).toEqual([
      { ...PLAIN, name: `${STACK}_default`, labels: NAMESPACE },
      { ...PLAIN, name: `${STACK}_inner`, internal: true, options: { encrypted: '' }, labels: { a: '1', ...NAMESPACE } },
      { ...PLAIN, name: `${STACK}_x`, attachable: true, labels: NAMESPACE },
    ]);
    expect(networkDifferences({ judged, deployed: judged.toReversed(), before: [] })).toEqual([]);
  });

  it.each([
    { because: 'another driver', change: { driver: 'macvlan' }, says: 'driver: judged "overlay", deployed "macvlan"' },
    { because: 'a way out', change: { internal: false }, says: 'internal: judged "true", deployed nothing' },
    { because: 'whoever likes may join', change: { attachable: true }, says: 'attachable: judged nothing, deployed "true"' },
    { because: 'a network of the mesh', change: { ingress: true }, says: 'ingress' },
    { because: 'addresses of another kind', change: { ipv6: true }, says: 'ipv6' },
    { because: 'another option', change: { options: { encrypted: '', parent: 'eth0' } }, says: 'options: judged nothing, deployed "parent=eth0"' },
    { because: 'a missing option', change: { options: {} }, says: 'options: judged "encrypted=", deployed nothing' },
    { because: 'addresses of its own', change: { ipam: ['subnet 203.0.113.0/24'] }, says: 'ipam: judged nothing, deployed "subnet 203.0.113.0/24"' },
    { because: 'another label', change: { labels: { ...NAMESPACE, a: '2' } }, says: 'labels: judged "a=1", deployed "a=2"' },
  ] as { because: string; change: Partial<NetworkSpec>; says: string }[])('$because is seen', ({ change, says }) => {
    const deployed = judged.map((network) => (network === byName('inner') ? { ...network, ...change } : network));
    const found = networkDifferences({ judged, deployed, before: [] }).map(differenceLine);
    expect(found).toEqual([expect.stringContaining(`${STACK}_inner: ${says}`)]);
    // Docker leaves a network that was there as it was.
    expect(networkDifferences({ judged, deployed, before: deployed })).toEqual([]);
  });

  it('one on one side only is seen, unless it was there before', () => {
    const more = { ...byName('default'), name: `${STACK}_spy` };
    expect(networkDifferences({ judged, deployed: [...judged, more], before: [] }).map(differenceLine)).toEqual([
      `${STACK}_spy: network: judged nothing, deployed "${STACK}_spy"`,
    ]);
    expect(networkDifferences({ judged, deployed: [...judged, more], before: [more] })).toEqual([]);
    expect(networkDifferences({ judged, deployed: judged.slice(1), before: [] }).map(differenceLine)).toEqual([
      `${STACK}_default: network: judged "${STACK}_default", deployed nothing`,
    ]);
  });
}); // oxfmt-ignore
