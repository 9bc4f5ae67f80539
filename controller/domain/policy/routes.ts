/** Whose routes a recipe's Traefik labels make: each leads from the app's own domain to the app's own containers. Pure. */
import { pairsOf } from '../recipe/compose-parse.ts';
import type { Finding } from './finding.ts';
import { child, ownerOf, refused, shown, type Check, type Scene, type Spot } from './spot.ts';
import { asksOnlyFor, readRule } from './traefik-rule.ts';

/** The app's domain, or a name below it. */
export function isOwnHost(host: string, domain: string): boolean {
  const name = host.toLowerCase();
  return /^[a-z0-9.*-]+$/.test(name) && (name === domain || name.endsWith(`.${domain}`));
}

/** The stack's name, or what begins with it. */
export function isOwnName(name: string, stack: string): boolean {
  const said = name.toLowerCase();
  return said === stack || (said.startsWith(stack) && /^[_-][\w-]*$/.test(said.slice(stack.length)));
}

interface Said {
  readonly spot: Spot;
  readonly key: string;
  readonly value: string;
  readonly scene: Scene;
}

/** One label: `traefik.http.routers.<name>.<field>`, cut at its dots; the field in small letters. */
interface Label extends Said {
  /** The router's, service's or middleware's. */
  readonly name: string;
  /** `http`, `tcp` or `udp`. */
  readonly protocol: string;
  readonly field: string;
  /** All labels of the service, by their keys in small letters. */
  readonly siblings: ReadonlyMap<string, string>;
}

const blame = ({ spot, key }: Said, what: string, fix: string): Finding[] =>
  refused(spot, 'ForeignRoute', [`${ownerOf(spot)} ${what} (${shown(key)}).`, fix]);

const USE_OWN = 'Use Host(`${DOMAIN}`), or names below it, in every alternative of the rule.';

export const routeLabels: Check = (spot) => {
  const all = pairsOf(spot.value).map(({ key, value, step }) => ({
    spot: child(spot, step),
    key: key.trim(),
    value: (value ?? '').trim(),
    scene: spot.scene,
  }));
  const siblings = new Map(all.map(({ key, value }) => [key.toLowerCase(), value]));
  return all
    .filter(({ key }) => /^traefik(?:\.|$)/i.test(key))
    .flatMap((label) => labelFindings(label, siblings));
};

function labelFindings(said: Said, siblings: Label['siblings']): Finding[] {
  const key = said.key.toLowerCase();
  const general = GENERAL.get(key);
  if (general !== undefined) return general(said);
  const [, protocol, kind] = /^traefik\.(http|tcp|udp)\.(routers|services|middlewares)\./.exec(key) ?? [];
  const judge = KINDS.get(kind ?? '');
  if (protocol === undefined || judge === undefined) return unknown(said);
  const [name = '', ...rest] = said.key.split('.').slice(3);
  const label = { ...said, name, siblings, protocol, field: rest.join('.').toLowerCase() };
  return isOwnName(name, said.scene.stack) ? judge(label) : foreignName(label);
}

type General = (label: Said) => Finding[];

const network: General = (label) => {
  const { stack } = label.scene;
  if (label.value === 'proxy' || label.value === '' || label.value.startsWith(`${stack}_`)) return [];
  return blame(
    label,
    `lets Traefik look for it on the network "${shown(label.value)}"`,
    'Use the network "proxy".',
  );
};
const nothing: General = () => [];

const GENERAL: ReadonlyMap<string, General> = new Map(
  Object.entries({
    'traefik.enable': nothing,
    'traefik.docker.lbswarm': nothing,
    'traefik.swarm.lbswarm': nothing,
    'traefik.constraint-label': nothing,
    'traefik.tags': nothing,
    'traefik.docker.network': network,
    'traefik.swarm.network': network,
  }),
);

const unknown = (label: Said): Finding[] =>
  blame(label, 'sets a label of Traefik that an app does not need', 'Leave it out.');

function foreignName(label: Said & Pick<Label, 'name'>): Finding[] {
  const what = `makes a route under the name "${shown(label.name)}", which is not the app’s`;
  const fix = label.name.includes('$')
    ? 'Docker does not fill in the keys of a mapping: write the labels as a list.'
    : 'Begin the name with ${STACK_NAME}, in labels that are a list.';
  return blame(label, what, fix);
}

/** `name@provider` of a service or middleware; the providers of other things than labels are the operator’s. */
function referenceFindings(label: Label, name: string): Finding[] {
  const [own = '', provider, ...more] = name.split('@');
  const { stack, allow } = label.scene;
  const here = provider === undefined || ['docker', 'swarm'].includes(provider.toLowerCase());
  if (more.length === 0 && here && isOwnName(own, stack)) return [];
  if (allow.middlewares.includes(name)) return [];
  const what = `uses "${shown(name)}", which is not the app’s`;
  if (label.field.endsWith('middlewares'))
    return blame(
      label,
      what,
      `Use one of the app’s own, or let the operator add "${shown(name)}" to allow.middlewares of the RecipeSpec.`,
    );
  return blame(label, what, 'Use a service of the app, under a name that begins with ${STACK_NAME}.');
}

const listOf = (value: string): string[] =>
  value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
const references = (label: Label): Finding[] =>
  listOf(label.value).flatMap((name) => referenceFindings(label, name));

function routerFindings(label: Label): Finding[] {
  const { field, protocol } = label;
  if (field === 'rule') return ruleFindings(label);
  if (field === 'service' || field === 'middlewares') return references(label);
  if (field === 'entrypoints') return protocol === 'udp' ? entrypoints(label) : [];
  if (/^tls\.domains\[\d{1,3}\]\.(?:main|sans)$/.test(field)) return domainFindings(label);
  return ROUTER.test(field) ? [] : unknown(label);
}

const ROUTER =
  /^(?:priority|rulesyntax|tls|tls\.certresolver|tls\.passthrough|observability(?:\.(?:accesslogs|metrics|tracing|traceverbosity))?)$/;

/** UDP has no names: who takes an entry point takes all of it. */
function entrypoints(label: Label): Finding[] {
  return listOf(label.value).flatMap((name) =>
    label.scene.allow.entrypoints.includes(name)
      ? []
      : blame(
          label,
          `takes the whole entry point "${shown(name)}"`,
          `Do without it, or let the operator add "${shown(name)}" to allow.entrypoints of the RecipeSpec.`,
        ),
  );
}

function ruleFindings(label: Label): Finding[] {
  const read = readRule(label.value);
  if (!read.ok)
    return blame(
      label,
      `has a rule that cannot be read, because ${read.problem}`,
      'Write it as Host(`${DOMAIN}`).',
    );
  const { domain } = label.scene;
  if (asksOnlyFor(read.rule, (host) => isOwnHost(host, domain))) return [];
  if (label.protocol === 'tcp' && /^hostsni\(`\*`\)$/i.test(label.value) && takesEntrypoints(label))
    return [];
  return blame(label, `takes requests for other hosts than ${domain}: ${shown(label.value)}`, USE_OWN);
}

/** A TCP router for every name takes its entry points whole, and may where the operator says so of each. */
function takesEntrypoints({ key, scene, siblings }: Label): boolean {
  const names = listOf(siblings.get(key.toLowerCase().replace(/\.rule$/, '.entrypoints')) ?? '');
  return names.length > 0 && names.every((name) => scene.allow.entrypoints.includes(name));
}

function domainFindings(label: Label): Finding[] {
  const foreign = listOf(label.value).find((host) => !isOwnHost(host, label.scene.domain));
  return foreign === undefined
    ? []
    : blame(label, `asks for a certificate for ${shown(foreign)}`, 'Ask for ${DOMAIN} alone.');
}

const SERVICE =
  /^loadbalancer(?:\.(?:passhostheader|strategy|terminationdelay|proxyprotocol(?:\.version)?|responseforwarding\.flushinterval|server(?:\.(?:port|scheme|weight|preservepath|tls))?|(?:passive)?healthcheck(?:\.(?:path|scheme|mode|status|port|interval|unhealthyinterval|timeout|hostname|followredirects|method|failurewindow|maxfailedattempts|headers\.[\w-]+))?|sticky(?:\.cookie(?:\.(?:name|secure|httponly|samesite|maxage|path|domain))?)?))?$/;

function serviceFindings(label: Label): Finding[] {
  const { field } = label;
  if (field === 'loadbalancer.server.url' || field === 'loadbalancer.server.address')
    return blame(
      label,
      'names a server of its own choice',
      'Leave it out: Traefik asks the app’s own containers.',
    );
  if (field === 'loadbalancer.server.port' && !/^\d{1,5}$/.test(label.value))
    return blame(label, `has "${shown(label.value)}" for a port`, 'Write the port that the app listens on.');
  return SERVICE.test(field) ? [] : unknown(label);
}

/** Kinds that only change what passes. */
const MIDDLEWARE =
  /^(?:addprefix|buffering|circuitbreaker|compress|contenttype|encodedcharacters|grpcweb|headers|inflightconn|inflightreq|ipallowlist|ipwhitelist|passtlsclientcert|redirectregex|redirectscheme|replacepath|replacepathregex|retry|stripprefix|stripprefixregex)(?:\.|$)/;
/** Their other options read files of Traefik’s, or connect to somewhere. */
const SOME =
  /^(?:basicauth|digestauth)\.(?:users|realm|removeheader|headerfield)$|^ratelimit(?:\.(?:average|burst|period|sourcecriterion\..*))?$|^errors\.(?:status|query|statusrewrites\..*)$|^forwardauth\.(?:trustforwardheader|authresponseheaders|authresponseheadersregex|authrequestheaders|addauthcookiestoresponse|headerfield|forwardbody|maxbodysize|maxresponsebodysize|preservelocationheader|preserverequestmethod)$/;

function middlewareFindings(label: Label): Finding[] {
  const { field } = label;
  if (field === 'chain.middlewares' || field === 'errors.service') return references(label);
  if (field === 'forwardauth.address') return addressFindings(label);
  return MIDDLEWARE.test(field) || SOME.test(field) ? [] : unknown(label);
}

/** Traefik itself asks this address, and shows its answer. */
function addressFindings(label: Label): Finding[] {
  const { stack, domain } = label.scene;
  const host = /^https?:\/\/([\w.-]+)(?::\d{1,5})?(?:[/?]|$)/.exec(label.value)?.[1] ?? '';
  if (isOwnHost(host, domain) || isOwnName(host, stack)) return [];
  return blame(
    label,
    `lets Traefik ask "${shown(label.value)}" who may pass`,
    'Name a service of the app in full, as in http://${STACK_NAME}_app:80.',
  );
}

const KINDS: ReadonlyMap<string, (label: Label) => Finding[]> = new Map(
  Object.entries({
    routers: routerFindings,
    services: serviceFindings,
    middlewares: middlewareFindings,
  }),
);
