/** The part of the configuration that says how people reach cc-ci: Gitea, its own HTTP server, Drone. */
import { z } from 'zod';
import { durationMs, Duration } from './api/primitives.ts';

/** Where a secret stands. A file is read again at each use, so that it can be changed without a restart. */
export type SecretSource = { readonly file: string } | { readonly value: string };

export interface GiteaConfig {
  /** Without a slash at its end. */
  readonly url: string;
  /** Its members may say `!testme`. */
  readonly organisation: string | null;
  /** Logins that may say it, members or not. */
  readonly allowed: readonly string[];
  readonly pollMs: number;
  readonly credentials:
    | { readonly token: SecretSource }
    | { readonly user: string; readonly password: SecretSource };
}

export interface DroneConfig {
  readonly url: string;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly branch: string;
  readonly token: SecretSource;
}

export interface Doors {
  readonly gitea: GiteaConfig | null;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Of Gitea's webhook; null where there is none, and `/hook` then answers 404. */
    readonly hookSecret: SecretSource | null;
    /** Addresses and subnets of the proxy before it, which says for whom it asks. */
    readonly proxies: readonly string[];
  } | null;
  /** Where people read runs, without a slash at its end; links in comments lead there. */
  readonly publicUrl: string | null;
  readonly drone: DroneConfig | null;
  /** Of whoever makes mirrors: never the bot's, which may write nothing but comments. */
  readonly mirrorToken: SecretSource | null;
  readonly site: Site;
}

/** What stands around this machine and is an operator's: only `doctor` looks at it. */
export interface Site {
  /** As ssh is told it. */
  readonly sshHost: string | null;
  /** Where the zone's wildcard leads: the gateway that passes TLS on to us. */
  readonly gatewayAddress: string | null;
  readonly certificate: { readonly file: string; readonly keyFile: string } | null;
}

const LOOPBACK = /^http:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/;
const address = z
  .url({ protocol: /^https?$/ })
  .refine(
    (text) => text.startsWith('https:') || LOOPBACK.test(text),
    'must be https, or http to this machine',
  )
  .refine((text) => !/^https?:\/\/[^/]*@/.test(text), 'must not hold a user or a password')
  .transform((text) => text.replace(/\/+$/, ''));
const file = z.string().startsWith('/', 'must be an absolute path');
const login = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** A secret is given as a file or as a value, never both. */
export const DOORS = {
  CCCI_GITEA_URL: address.optional(),
  CCCI_GITEA_ORGANISATION: z.string().regex(login, 'must be the name of an organisation').optional(),
  CCCI_GITEA_ALLOWED: z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(z.string().regex(login, 'must be logins with commas between them')))
    .optional(),
  CCCI_GITEA_POLL: Duration.refine(
    (text) => durationMs(text) >= 1_000 && durationMs(text) <= 60_000,
    'must be from 1s to 60s: a comment is answered within a minute',
  ).default('20s'),
  CCCI_GITEA_USER: z.string().regex(login, 'must be a login').optional(),
  CCCI_GITEA_PASSWORD: z.string().optional(),
  CCCI_GITEA_PASSWORD_FILE: file.optional(),
  CCCI_GITEA_TOKEN: z.string().optional(),
  CCCI_GITEA_TOKEN_FILE: file.optional(),
  CCCI_HTTP_LISTEN: z
    .string()
    .regex(/^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/, 'must be <host>:<port>, such as "127.0.0.1:8080"')
    .optional(),
  CCCI_HTTP_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])))
    .optional(),
  CCCI_PUBLIC_URL: address
    .refine((text) => new URL(text).pathname === '/', 'must have no path: links begin at its root')
    .optional(),
  CCCI_HOOK_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  CCCI_HOOK_SECRET_FILE: file.optional(),
  CCCI_DRONE_URL: address.optional(),
  CCCI_DRONE_REPOSITORY: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'must be <owner>/<name>, such as "coop-cloud/cc-ci"')
    .optional(),
  CCCI_DRONE_BRANCH: z.string().default('main'),
  CCCI_DRONE_TOKEN: z.string().optional(),
  CCCI_DRONE_TOKEN_FILE: file.optional(),
  CCCI_MIRROR_TOKEN: z.string().optional(),
  CCCI_MIRROR_TOKEN_FILE: file.optional(),
  CCCI_SSH_HOST: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*(@[A-Za-z0-9][\w.-]*)?$/, 'must be a host, as ssh knows it')
    .optional(),
  CCCI_GATEWAY_ADDRESS: z.union([z.ipv4(), z.ipv6()]).optional(),
  CCCI_CERTIFICATE_FILE: file.optional(),
  CCCI_CERTIFICATE_KEY_FILE: file.optional(),
} as const;

const Values = z.object(DOORS);
type Values = z.infer<typeof Values>;
type Wrong = (text: string) => Error;

/** Throws what `wrong` makes of a sentence where one variable needs another. */
export function doorsOf(values: Values, wrong: Wrong): Doors {
  return {
    gitea: giteaOf(values, wrong),
    http: httpOf(values, wrong),
    publicUrl: values.CCCI_PUBLIC_URL ?? null,
    drone: droneOf(values, wrong),
    mirrorToken: mirrorTokenOf(values, wrong),
    site: siteOf(values, wrong),
  };
}

function mirrorTokenOf(values: Values, wrong: Wrong): SecretSource | null {
  const token = secretOf('CCCI_MIRROR_TOKEN', values, wrong);
  if (token !== null && values.CCCI_GITEA_URL === undefined)
    throw wrong('CCCI_MIRROR_TOKEN: needs CCCI_GITEA_URL, where mirrors are made.');
  return token;
}

function siteOf(values: Values, wrong: Wrong): Site {
  const { CCCI_CERTIFICATE_FILE: file, CCCI_CERTIFICATE_KEY_FILE: keyFile } = values;
  if ((file === undefined) !== (keyFile === undefined))
    throw wrong('CCCI_CERTIFICATE_FILE: goes with CCCI_CERTIFICATE_KEY_FILE; give both or neither.');
  return {
    sshHost: values.CCCI_SSH_HOST ?? null,
    gatewayAddress: values.CCCI_GATEWAY_ADDRESS ?? null,
    certificate: file === undefined || keyFile === undefined ? null : { file, keyFile },
  };
}

function giteaOf(values: Values, wrong: Wrong): GiteaConfig | null {
  const { CCCI_GITEA_URL: url, CCCI_GITEA_ORGANISATION: organisation, CCCI_GITEA_ALLOWED: allowed } = values;
  if (url === undefined) return null;
  if (organisation === undefined && allowed === undefined)
    throw wrong(
      'CCCI_GITEA_ORGANISATION: is needed with CCCI_GITEA_URL, or CCCI_GITEA_ALLOWED: who may say `!testme`?',
    );
  return {
    url,
    organisation: organisation ?? null,
    allowed: allowed ?? [],
    pollMs: durationMs(values.CCCI_GITEA_POLL),
    credentials: giteaCredentials(values, wrong),
  };
}

function giteaCredentials(values: Values, wrong: Wrong): GiteaConfig['credentials'] {
  const token = secretOf('CCCI_GITEA_TOKEN', values, wrong);
  if (token !== null) return { token };
  const password = secretOf('CCCI_GITEA_PASSWORD', values, wrong);
  const user = values.CCCI_GITEA_USER;
  if (user !== undefined && password !== null) return { user, password };
  throw wrong(
    'CCCI_GITEA_TOKEN_FILE: is needed with CCCI_GITEA_URL, or CCCI_GITEA_USER and CCCI_GITEA_PASSWORD_FILE.',
  );
}

function httpOf(values: Values, wrong: Wrong): Doors['http'] {
  const hookSecret = secretOf('CCCI_HOOK_SECRET', values, wrong);
  const listen = values.CCCI_HTTP_LISTEN;
  if (listen === undefined) {
    if (hookSecret !== null) throw wrong('CCCI_HOOK_SECRET: needs CCCI_HTTP_LISTEN, where `/hook` answers.');
    return null;
  }
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replaceAll(/[[\]]/g, '');
  const proxies = values.CCCI_HTTP_PROXIES ?? [];
  return { host, port: Number(listen.slice(colon + 1)), hookSecret, proxies };
}

function droneOf(values: Values, wrong: Wrong): DroneConfig | null {
  const { CCCI_DRONE_URL: url, CCCI_DRONE_REPOSITORY: repository = '' } = values;
  if (url === undefined) return null;
  const token = secretOf('CCCI_DRONE_TOKEN', values, wrong);
  if (repository === '' || token === null)
    throw wrong('CCCI_DRONE_URL: needs CCCI_DRONE_REPOSITORY and CCCI_DRONE_TOKEN_FILE.');
  const [owner = '', name = ''] = repository.split('/');
  return { url, repository: { owner, name }, branch: values.CCCI_DRONE_BRANCH, token };
}

type SecretName =
  | 'CCCI_GITEA_TOKEN'
  | 'CCCI_GITEA_PASSWORD'
  | 'CCCI_HOOK_SECRET'
  | 'CCCI_DRONE_TOKEN'
  | 'CCCI_MIRROR_TOKEN';

function secretOf(name: SecretName, values: Values, wrong: Wrong): SecretSource | null {
  const value = values[name];
  const path = values[`${name}_FILE`];
  if (value !== undefined && path !== undefined)
    throw wrong(`${name}: stands beside ${name}_FILE; give one of the two.`);
  if (path !== undefined) return { file: path };
  return value === undefined ? null : { value };
}
