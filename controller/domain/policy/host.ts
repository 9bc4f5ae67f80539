/** The rules that keep a recipe off the host and off other apps. Pure. */
import { posix } from 'node:path';
import type {
  Bind,
  ComposeFacts,
  NamedThing,
  PathFact,
  Place,
  ServiceFacts,
} from '../recipe/compose-facts.ts';
import type { Allow, Finding, Rule } from './finding.ts';

interface Blame {
  readonly rule: Rule;
  readonly place: Place;
  readonly message: string;
  readonly fix: string;
}

const error = ({ rule, place, message, fix }: Blame): Finding => ({
  rule,
  severity: 'error',
  file: place.file,
  line: place.line,
  message,
  fix,
});

export function hostFindings(facts: ComposeFacts, allow: Allow): Finding[] {
  return [
    ...facts.services.flatMap((service) => [
      ...service.binds.flatMap((bind) => bindFindings(service, bind, allow)),
      ...service.ports.flatMap((port) => portFindings(service, port, allow)),
      ...(allow.privileged ? [] : powerFindings(service)),
    ]),
    ...facts.volumes.flatMap((volume) => deviceFindings(volume, allow)),
    ...facts.paths.flatMap(pathFindings),
    ...foreignFindings(facts),
  ];
}

const SOCKETS = ['/var/run/docker.sock', '/run/docker.sock'];
/** So common, and so harmless to read, that a run would teach nobody anything. */
const READABLE = ['/etc/localtime', '/etc/timezone'];

function bindFindings(service: ServiceFacts, bind: Bind, allow: Allow): Finding[] {
  const source = posix.normalize(bind.source);
  if (isSocket(source, bind.target)) return socketFindings(service, bind, allow);
  if (isAllowedPath(source, allow) || (bind.readOnly && READABLE.includes(source))) return [];
  return [
    error({
      rule: 'HostBind',
      place: bind.place,
      message: `Service "${service.name}" mounts ${bind.source} of the host.`,
      fix: source.startsWith('/')
        ? `Use a named volume, or let the operator add "${source}" to allow.binds of the RecipeSpec.`
        : 'Use a config (for files of the recipe) or a named volume (for data): a swarm has many hosts.',
    }),
  ];
}

/** Docker may listen elsewhere; where the container expects it tells as well. */
function isSocket(source: string, target: string): boolean {
  return posix.basename(source) === 'docker.sock' || SOCKETS.includes(posix.normalize(target));
}

/** The socket is the host: it has to be named itself, a folder around it is not enough. */
function socketFindings(service: ServiceFacts, bind: Bind, allow: Allow): Finding[] {
  const names = [
    ...(SOCKETS.includes(posix.normalize(bind.source)) ? SOCKETS : []),
    posix.normalize(bind.source),
  ];
  if (allow.binds.some((path) => names.includes(posix.normalize(path)))) return [];
  return [
    error({
      rule: 'DockerSocket',
      place: bind.place,
      message: `Service "${service.name}" mounts the Docker socket (${bind.source}), which makes it root on the host.`,
      fix: 'Do without it, use a socket proxy, or let the operator add "/var/run/docker.sock" to allow.binds of the RecipeSpec.',
    }),
  ];
}

function isAllowedPath(source: string, allow: Allow): boolean {
  return allow.binds.some((path) => {
    const allowed = posix.normalize(path).replace(/\/+$/, '') || '/';
    return source === allowed || (allowed !== '/' && source.startsWith(`${allowed}/`));
  });
}

function portFindings(service: ServiceFacts, port: ServiceFacts['ports'][number], allow: Allow): Finding[] {
  const fix =
    'Traefik reaches the app over the "proxy" network without it; else the operator adds the port to allow.ports.';
  if (port.published === null)
    return [
      {
        ...error({ rule: 'PublishedPort', place: port.place, message: '', fix }),
        severity: 'warning',
        message: `Service "${service.name}" publishes ${port.text} on a port of the host that swarm picks.`,
      },
    ];
  if (allow.ports.includes(port.published)) return [];
  const message = `Service "${service.name}" publishes port ${port.published} of the host (${port.text}).`;
  return [error({ rule: 'PublishedPort', place: port.place, message, fix })];
}

/** Those with which a container can leave its walls, or change the host's clock, network or kernel. */
const CAPABILITIES = new Set(
  'ALL SYS_ADMIN SYS_MODULE SYS_PTRACE SYS_RAWIO SYS_BOOT SYS_TIME SYSLOG NET_ADMIN DAC_READ_SEARCH BPF PERFMON MAC_ADMIN MAC_OVERRIDE'.split(
    ' ',
  ),
);
const ASK = 'Do without it, or let the operator set allow.privileged in the RecipeSpec.';

function powerFindings(service: ServiceFacts): Finding[] {
  const who = `Service "${service.name}"`;
  const blame = (rule: Rule, place: Place, message: string): Finding =>
    error({ rule, place, message, fix: ASK });
  const capabilities = service.capAdd.filter(({ value }) =>
    CAPABILITIES.has(value.toUpperCase().replace(/^CAP_/, '')),
  );
  const loosened = service.securityOpt.filter(({ value }) =>
    /unconfined|label[:=]disable|systempaths/.test(value),
  );
  const modes = Object.entries(service.modes).filter(([, { value }]) => value === 'host');
  return [
    ...(service.privileged ? [blame('Privileged', service.privileged, `${who} is privileged.`)] : []),
    ...capabilities.map(({ value, place }) =>
      blame('Capability', place, `${who} adds the capability ${value}.`),
    ),
    ...service.devices.map(({ value, place }) =>
      blame('Device', place, `${who} takes the host’s device ${value}.`),
    ),
    ...loosened.map(({ value, place }) =>
      blame('SecurityOption', place, `${who} sets the security option ${value}.`),
    ),
    ...modes.map(([key, { place }]) =>
      blame('HostNamespace', place, `${who} shares the host’s namespace (${key}: host).`),
    ),
  ];
}

function deviceFindings(volume: NamedThing, allow: Allow): Finding[] {
  if (volume.device === null || isAllowedPath(posix.normalize(volume.device), allow)) return [];
  const message = `Volume "${volume.key}" is a bind mount of ${volume.device} by its driver_opts.`;
  const fix = 'Leave driver_opts out, or let the operator add the path to allow.binds of the RecipeSpec.';
  return [error({ rule: 'HostBind', place: volume.place, message, fix })];
}

/** By its text alone; where links lead only the checkout can say. */
export function leadsOutside(path: string): boolean {
  const plain = posix.normalize(path);
  return (
    posix.isAbsolute(plain) || plain.startsWith('~') || ['..', '.git'].includes(plain.split('/')[0] ?? '')
  );
}

/** Docker reads these on the machine that deploys, as us. */
function pathFindings({ kind, path, place }: PathFact): Finding[] {
  if (!leadsOutside(path)) return [];
  const message = `The ${kind} file ${path} is outside the recipe’s own folder.`;
  return [
    error({
      rule: 'PathOutside',
      place,
      message,
      fix: 'Keep the file in the recipe and name it relative to it.',
    }),
  ];
}

/** What bears another stack’s name belongs to another app. */
function foreignFindings(facts: ComposeFacts): Finding[] {
  const own = (thing: NamedThing): boolean => thing.name.startsWith(`${facts.stack}_`);
  const foreign = (kind: string, things: readonly NamedThing[]): Finding[] =>
    things
      .filter((thing) => !own(thing) && (thing.used || !thing.external))
      .map((thing) => foreignFinding(kind, thing));
  const named = facts.networks.filter((network) => network.name !== 'proxy');
  return [
    ...foreign('secret', facts.secrets),
    ...foreign('config', facts.configs),
    ...foreign('volume', facts.volumes),
    ...foreign('network', named),
  ];
}

function foreignFinding(kind: string, thing: NamedThing): Finding {
  const message = `The ${kind} "${thing.key}" is called "${thing.name}", which is not a name of this app.`;
  const fix =
    kind === 'network'
      ? 'Only the network "proxy" is shared here; other networks must belong to the app.'
      : `Begin its name with \${STACK_NAME}_, as in "\${STACK_NAME}_${thing.key}_v1": the app must not touch what is another’s.`;
  return error({ rule: 'ForeignName', place: thing.place, message, fix });
}
