/** Keys of a service with which it would leave its container: powers, namespaces, ports, limits, logs. Pure. */
import { isTree, textOf, type Tree } from '../recipe/compose-parse.ts';
import type { Finding, Rule } from './finding.ts';
import {
  anything,
  isAtMost,
  child,
  each,
  entries,
  isOn,
  keys,
  maybeScalar,
  oneOf,
  optional,
  ownerOf,
  refused,
  shown,
  warned,
  when,
  whole,
  wrong,
  type Check,
  type Spot,
} from './spot.ts';

const ASK = 'Do without it, or let the operator set allow.privileged in the RecipeSpec.';

/** What `allow.privileged` lifts. */
function power(spot: Spot, rule: Rule, message: string): Finding[] {
  return spot.scene.allow.privileged ? [] : refused(spot, rule, [`${ownerOf(spot)} ${message}.`, ASK]);
}

export const privileged: Check = (spot) =>
  isOn(spot.value)
    ? power(spot, 'Privileged', 'is privileged')
    : when((value) => typeof value === 'boolean' || typeof value === 'string', 'true or false')(spot);

/** What docker gives every container anyway, and what only slows or locks the container’s own processes. */
const CAPABILITIES = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT IPC_LOCK SYS_NICE'.split(
    ' ',
  ),
);

/** As docker reads it: blanks go, case does not count, and `CAP_` may stand before it. */
const capabilityOf = (value: unknown): string => textOf(value).trim().toUpperCase().replace(/^CAP_/, '');

export const capAdd: Check = each((spot) => {
  const name = capabilityOf(spot.value);
  const { allow } = spot.scene;
  if (CAPABILITIES.has(name) || allow.capabilities.includes(name) || allow.privileged) return [];
  return refused(spot, 'Capability', [
    `${ownerOf(spot)} adds the capability ${shown(textOf(spot.value).trim())}.`,
    `Do without it, or let the operator add "${shown(name)}" to allow.capabilities of the RecipeSpec.`,
  ]);
});

export const capDrop: Check = each(
  when((value) => /^[A-Z_]{2,40}$/.test(capabilityOf(value)), 'a capability such as NET_RAW, or ALL'),
);

export const devices: Check = each((spot) =>
  power(spot, 'Device', `takes the host’s device ${shown(spot.value)}`),
);

export const securityOpt: Check = each((spot) =>
  /^no-new-privileges(?:[:=](?:true|false))?$/.test(textOf(spot.value))
    ? []
    : power(spot, 'SecurityOption', `sets the security option ${shown(spot.value)}`),
);

/** `network_mode`, `pid` and their like: the container’s own namespace, or that of the host or of another. */
export const namespace =
  (...own: readonly string[]): Check =>
  (spot) => {
    if (spot.value === null || own.includes(textOf(spot.value))) return [];
    const key = String(spot.path.at(-1));
    if (textOf(spot.value) === 'host')
      return power(spot, 'HostNamespace', `shares the host’s namespace (${key}: host)`);
    return power(spot, 'HostNamespace', `takes part in a foreign namespace (${key}: ${shown(spot.value)})`);
  };

const PORT_FIX =
  'Traefik reaches the app over the "proxy" network without it; else the operator adds the port to allow.ports.';

interface Published {
  readonly from: number;
  readonly to: number;
}

/** `[ip:]published[-last]:target[/protocol]`, or the target alone; undefined for what is none. */
function publishedOf(text: string): Published | null | undefined {
  if (text.length > 100) return undefined;
  const match =
    /^(?:(?:[\d.]+|\[?[0-9a-f:]+\]?):)??(?:(\d{0,5})(?:-(\d{1,5}))?:)?(\d{1,5})(?:-(\d{1,5}))?(?:\/(?:tcp|udp|sctp))?$/i.exec(
      text,
    );
  if (match === null) return undefined;
  const [, first, last = first] = match;
  if (first === undefined || first === '' || Number(first) === 0) return null;
  const [from, to] = [Number(first), Number(last)];
  return to < from || to > 65_535 ? undefined : { from, to };
}

function portFindings(spot: Spot, text: string): Finding[] {
  const published = publishedOf(text);
  if (published === undefined) return wrong(spot, 'published:target, with numbers', 'PublishedPort');
  if (published === null)
    return warned(spot, 'PublishedPort', [
      `${ownerOf(spot)} publishes ${shown(text)} on a port of the host that swarm picks.`,
      PORT_FIX,
    ]);
  const { from, to } = published;
  const allowed = new Set(spot.scene.allow.ports);
  const free = Array.from(
    { length: Math.min(to - from + 1, allowed.size + 1) },
    (_none, index) => from + index,
  );
  if (free.every((port) => allowed.has(port))) return [];
  const ports = from === to ? `port ${from}` : `the ports ${from} to ${to}`;
  return refused(spot, 'PublishedPort', [
    `${ownerOf(spot)} publishes ${ports} of the host (${shown(text)}).`,
    PORT_FIX,
  ]);
}

const LONG_PORT = keys({
  mode: oneOf('ingress', 'host'),
  target: whole(1, 65_535, 'PublishedPort'),
  published: whole(0, 65_535, 'PublishedPort'),
  protocol: oneOf('tcp', 'udp', 'sctp'),
  name: maybeScalar,
  app_protocol: maybeScalar,
});

function longPort(spot: Spot): Finding[] {
  const port = spot.value as Tree;
  const bad = LONG_PORT(spot);
  if (bad.length > 0) return [...bad];
  return portFindings(spot, `${textOf(port['published'] ?? '')}:${textOf(port['target'] ?? '')}`);
}

export const ports: Check = each((spot) =>
  isTree(spot.value) ? longPort(spot) : portFindings(spot, textOf(spot.value)),
);

const MAX_LOG = '1g';
const LOG_OPTIONS = keys({
  'max-size': when((value) => isAtMost(value, MAX_LOG), `a size of at most ${MAX_LOG}`, 'OverLimit'),
  'max-file': whole(1, 100),
  compress: maybeScalar,
  labels: maybeScalar,
  env: maybeScalar,
  tag: maybeScalar,
  mode: oneOf('blocking', 'non-blocking'),
  'max-buffer-size': when((value) => isAtMost(value, '64m'), 'a size of at most 64m', 'OverLimit'),
});

/** Other drivers connect from the host, and their options say whereto. */
export const logging: Check = (spot) => {
  const driver = isTree(spot.value) ? (spot.value['driver'] ?? '') : '';
  if (!['', 'json-file', 'local'].includes(textOf(driver)))
    return wrong(child(spot, 'driver'), 'json-file or local', 'LogDriver');
  return keys({ driver: anything, options: optional(LOG_OPTIONS) })(spot).map((finding) =>
    finding.rule === 'UnknownKey' ? { ...finding, rule: 'LogDriver' as const } : finding,
  );
};

/** -1 is "no limit", which only the container’s memory bounds. */
const ULIMITS: Readonly<Record<string, readonly [number, number]>> = {
  nofile: [1, 1_048_576],
  nproc: [1, 65_536],
  memlock: [-1, Number.MAX_SAFE_INTEGER],
  stack: [1, 1_073_741_824],
  core: [0, 0],
};

export const ulimits: Check = entries((spot) => {
  const limits = ULIMITS[String(spot.path.at(-1))];
  if (limits === undefined) return wrong(spot, `one of ${Object.keys(ULIMITS).join(', ')}`, 'OverLimit');
  const number = whole(...limits);
  return isTree(spot.value) ? keys({ soft: number, hard: number })(spot) : number(spot);
}, /^[a-z]{1,20}$/);
