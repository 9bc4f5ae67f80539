import { describe, expect, it } from 'vitest';
import { composeTree } from '../recipe/compose-tree.ts';
import { bytesOf, nanoCpusOf } from '../recipe/sizes.ts';
import type { ServiceSpec } from '../../ports.ts';
import { deployedDifferences, differenceLine } from './deployed-differs.ts';
import { judgedSpecs } from './deployed-spec.ts';

const STACK = 'app_ci_test';
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
  db: {image: "db:2@sha256:aa"}
volumes: {data: {}}
networks: {proxy: {external: true}, inner: {}}
secrets: {pw: {external: true, name: app_ci_test_pw_v1}}
configs: {conf: {file: ./conf, name: app_ci_test_conf_v1}}
`;

describe('what swarm is told of a judged tree', () => {
  it('is what docker makes of it', () => {
    expect(specsOf(FULL)[0]).toMatchObject({
      name: 'app', image: 'web:1', mode: 'Replicated', replicas: 1, command: ['serve', '--port', '80'], environment: ['A'],
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
      labels: { 'traefik.enable': 'true', 'com.docker.stack.namespace': STACK, 'com.docker.stack.image': 'web:1' },
    });
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
  more: { before?: ServiceSpec[]; exposed?: string[] } = {},
) {
  return deployedDifferences({
    stack: STACK,
    judged: specsOf(FULL),
    deployed,
    before: [],
    exposed: [],
    ...more,
  });
}

describe('what is deployed is what was judged', () => {
  const judged = specsOf(FULL);
  const [app] = judged;

  it.each([
    { because: 'it is the same', deployed: judged },
    { because: 'swarm adds the digest of the image that it found', deployed: changed(judged, { image: `web:1@sha256:${'0'.repeat(64)}` }) },
    { because: 'lists come in another order', deployed: changed(judged, { networks: (app?.networks ?? []).toReversed().map(({ name, aliases }) => ({ name, aliases: aliases.toReversed() })) }) },
    { because: 'abra writes its labels to app', deployed: changed(judged, { labels: { ...app?.labels, [`coop-cloud.${STACK}.chaos`]: 'true' } }) },
    { because: 'abra gives the .env to app', deployed: changed(judged, { environment: ['A', 'DOMAIN'] }), more: { exposed: ['DOMAIN'] } },
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
    { because: 'a name in the environment that is not the app’s', change: { environment: ['A', 'LD_PRELOAD'] }, field: 'environment', says: 'LD_PRELOAD' },
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
