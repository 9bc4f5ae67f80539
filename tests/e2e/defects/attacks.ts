/** What a pull request might try to do to the machine, to other runs or to the operator: each is refused before anything of it is deployed. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compose, type Defect, replaceIn, type Want } from './defect.ts';

const VOLUME = '- "content:/content"';
const VOLUMES = 'volumes:\n  content:';
const ON_PROXY = 'networks:\n      - proxy';
const RULE = '"traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`${EXTRA_DOMAINS})"';
const LABELS = '- "traefik.enable=true"';

const refused = (reason: string, message: RegExp, evidence: RegExp = /^compose\.yml:\d+$/): Want => ({
  verdict: 'Failed',
  stage: 'prepare',
  reason,
  message,
  evidence,
});

const label = (...lines: string[]): Defect['edit'] =>
  compose(LABELS, [LABELS, ...lines.map((line) => `        - '${line}'`)].join('\n'));
const service = (text: string): Defect['edit'] => compose(ON_PROXY, `${text}\n    ${ON_PROXY}`);
const volumeOf = (options: string): Defect['edit'] =>
  compose(VOLUMES, `${VOLUMES}\n    driver_opts: ${options}`);
const abraSh =
  (text: string): Defect['edit'] =>
  (dir) =>
    appendFile(join(dir, 'abra.sh'), text);

/** Name, what it would do, the change of a good recipe, and what is said of it. */
const ROWS: readonly (readonly [string, string, Defect['edit'], Want])[] = [
  [
    'overlay-of-host',
    'a local volume reads the host’s files by the options of an overlay',
    volumeOf('{ type: overlay, device: overlay, o: "lowerdir=/etc:/usr" }'),
    refused('VolumeDriver', /content/),
  ],
  [
    'proc-of-host',
    'a local volume is the host’s /proc',
    volumeOf('{ type: proc, device: proc }'),
    refused('VolumeDriver', /content/),
  ],
  [
    'disk-of-host',
    'a local volume is the host’s disk',
    volumeOf('{ type: ext4, device: "../../../../../../dev/vda" }'),
    refused('VolumeDriver', /content/),
  ],
  [
    'nfs-of-host',
    'a local volume makes the host mount from the network',
    volumeOf('{ type: nfs, device: ":/", o: "addr=127.0.0.1" }'),
    refused('VolumeDriver', /content/),
  ],
  [
    'network-of-host',
    'the default network is the host’s',
    compose('networks:\n  proxy:', 'networks:\n  default: { external: true, name: host }\n  proxy:'),
    refused('ForeignName', /host/),
  ],
  [
    'capability-with-space',
    'docker trims the name of a capability',
    service('cap_add: [" SYS_ADMIN", "CAP_NET_ADMIN "]'),
    refused('Capability', /SYS_ADMIN/),
  ],
  [
    'capability-immutable',
    'a file that nothing can remove keeps the teardown for ever',
    service('cap_add: [LINUX_IMMUTABLE]'),
    refused('Capability', /LINUX_IMMUTABLE/),
  ],
  [
    'binary-tag',
    'a tag makes another text of a scalar',
    compose(VOLUME, `${VOLUME}\n      - !!binary "L2V0YzovaG9zdA=="`),
    refused('ComposeInvalid', /the tag \S+binary/),
  ],
  [
    'hidden-line',
    'what one parser takes for a comment is a line for another',
    compose(VOLUME, `# x\r      - /:/host\n      ${VOLUME}`),
    refused('UnsafeText', /U\+000D/),
  ],
  [
    'any-route',
    'a route for every host of the zone',
    compose(RULE, '"traefik.http.routers.${STACK_NAME}.rule=HostRegexp(`.+`)"'),
    refused('ForeignRoute', /HostRegexp/),
  ],
  [
    'other-route',
    'a second branch of the rule is somebody else’s host',
    compose(
      RULE,
      '"traefik.http.routers.${STACK_NAME}.rule=Host(`${DOMAIN}`) || Host(`dashboard.example.org`)"',
    ),
    refused('ForeignRoute', /dashboard\.example\.org/),
  ],
  [
    'api-of-proxy',
    'the proxy’s own API under the own domain',
    label('traefik.http.routers.${STACK_NAME}.service=api@internal'),
    refused('ForeignRoute', /api@internal/),
  ],
  [
    'middleware-of-operator',
    'a middleware of the operator’s file provider',
    label('traefik.http.routers.${STACK_NAME}.middlewares=auth@file'),
    refused('ForeignRoute', /auth@file/),
  ],
  [
    'log-to-network',
    'dockerd connects to an address of the recipe’s choice',
    service('logging: { driver: syslog, options: { syslog-address: "tcp://127.0.0.1:7980" } }'),
    refused('LogDriver', /syslog/),
  ],
  [
    'replicas-without-end',
    'five thousand containers',
    compose('deploy:\n', 'deploy:\n      replicas: 5000\n'),
    refused('OverLimit', /5000/),
  ],
  [
    'route-of-host',
    'a network takes a range of addresses from the host',
    compose(
      'networks:\n  proxy:',
      'networks:\n  own: { driver: bridge, ipam: { config: [{ subnet: "203.0.113.0/24" }] } }\n  proxy:',
    ),
    refused('NetworkDriver', /own/),
  ],
  [
    'registry-of-loopback',
    'dockerd pulls from a service of the host’s loopback',
    compose('image: ccci/busybox:1.37', 'image: 127.0.0.1:5000/x:1'),
    refused('PrivateRegistry', /127\.0\.0\.1:5000/),
  ],
  [
    'second-document',
    'a second document in the file is read by one parser and not by the other',
    (dir) => appendFile(join(dir, 'compose.yml'), '---\nservices: { app: { privileged: true } }\n'),
    refused('ComposeInvalid', /second document/),
  ],
  [
    'own-domain-by-script',
    'abra.sh gives the app another domain',
    abraSh('\nexport DOMAIN=dashboard.example.org\n'),
    refused('ReservedVariable', /DOMAIN/, /^abra\.sh:\d+$/),
  ],
  [
    'own-files-by-script',
    'abra.sh drops what the operator adds',
    abraSh('\nexport COMPOSE_FILE=compose.yml\n'),
    refused('ReservedVariable', /COMPOSE_FILE/, /^abra\.sh:\d+$/),
  ],
  [
    'value-of-lines',
    'a quoted value over several lines hides another variable',
    async (dir) => {
      await replaceIn(dir, 'compose.yml', [VOLUME, '- "${B:-content}:/content"']);
      await appendFile(join(dir, '.env.sample'), '\nA="\nTYPE=q"\nV="safe\nB="/srv/planted"\nTYPE=atk-env\n');
    },
    refused('UnsafeText', /several lines/, /^\.env\.sample:\d+$/),
  ],
];

export const ATTACKS: readonly Defect[] = ROWS.map(([name, because, edit, want]) => ({
  name,
  because,
  edit,
  want,
}));
