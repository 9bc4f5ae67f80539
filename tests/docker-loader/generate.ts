/** Compose files, templates and scalars at random, near to what recipes hold and near to what readers of it disagree about. */
import fc from 'fast-check';

/** What a variable may be. */
export const ENV: Readonly<Record<string, string>> = {
  SET: 'val',
  EMPTY: '',
  HOST: 'a.example.org',
  DOLLAR: 'x$y${SET}',
  N: '2',
  T: 'yes',
  D: '5s',
  P: '8080',
};

const PIECES = [
  '$', '$$', '{', '}', '${', ':-', '-', ':?', '?', ':+', '+', ':', '=', '/', '.', '_', ' ', '\n', 'a', '1', 'é', 'ſ', 'K', '😀',
  'SET', 'EMPTY', 'UNSET', 'HOST', 'DOLLAR', 'set',
  '$SET', '${SET}', '${UNSET:-', '${SET:?', '${UNSET-x}', '${EMPTY:-b}', '${SET:?say it - please}', '$$HOST', '`',
]; // oxfmt-ignore

/** A text with variables, most of them written wrongly. */
export const template = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 12 })
  .map((parts) => parts.join(''));

const ATOMS = [
  '0', '0', '1', '1', '2', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'e', 'f', 'x', 'X', 'o', 'O', 'b', 'B', '_', '_', '.', '.', '-', '-', '+', '+', ':', 'T', 't', 'Z', '~', 'e', 'E', 'n', 'y', 'u',
  '0x', '0b', '0o', '-0b', '-0o', '1e', '2024-', '-01-', '12:', '.inf', 'true', 'null', 'T10:11:12Z', '00', 'yes', 'off',
]; // oxfmt-ignore

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.integer().map((whole) => `${whole}.0`),
  fc.tuple(fc.integer(), fc.integer({ min: -30, max: 30 })).map(([digits, power]) => `${digits}e${power}`),
  fc.tuple(fc.constantFrom('0x', '0o', '0b', '0', '-0x', '1_'), fc.nat(9999)).map(([sign, digits]) => `${sign}${digits}`),
  fc.date({ noInvalidDate: true }).map((day) => day.toISOString()),
  fc.date({ noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10)),
); // oxfmt-ignore

/** Texts that would be something else than a scalar where they stand. */
const NO_SCALAR = /^[-:?](?: |$)|: |:$| #|^#|^---|^\.\.\.|^ | $/;

/** A plain scalar: nothing quotes it. */
const scalar = fc
  .oneof(
    fc.array(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 9 }).map((parts) => parts.join('')),
    number,
    fc.constantFrom('true', 'False', 'yes', 'no', 'on', '~', 'null', '0644', '0899', '1_000', '1:30', '.5', '5.', '9007199254740993123'),
  )
  .filter((text) => !NO_SCALAR.test(text)); // oxfmt-ignore

/** Written as it stands, and not as a text in quotes. */
class Plain {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** YAML in its flow style: all texts in quotes. */
function yamlOf(value: unknown): string {
  if (value instanceof Plain) return value.text;
  if (Array.isArray(value)) return `[${value.map(yamlOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${yamlOf(item)}`);
  return `{${entries.join(', ')}}`;
} // oxfmt-ignore

type Any = fc.Arbitrary<unknown>;

const plain = scalar.filter((text) => !/[,[\]{}]/.test(text)).map((text) => new Plain(text));
const pick = (...values: readonly unknown[]): Any => fc.constantFrom(...values);
const list = (item: Any, most = 3): Any => fc.array(item, { maxLength: most });
const some = (fields: Readonly<Record<string, Any>>): Any => fc.record(fields, { requiredKeys: [] });
const keyed = (key: fc.Arbitrary<string>, value: Any): Any => fc.dictionary(key, value, { maxKeys: 3 });
/** Mostly the first. */
const mostly = (usual: Any, odd: Any): Any =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });

const NAMES = ['A', 'B', 'SET', 'EMPTY', 'UNSET', 'a.b', 'traefik.x'];
const name = fc.constantFrom(...NAMES);
const word = fc.constantFrom(
  'a',
  'b',
  'c d',
  '',
  'x=y',
  '${SET}',
  '$$',
  '${UNSET:-d}',
  '${UNSET}',
  'ä',
  '0',
  'true',
  '#',
  '/x',
);
const odd: Any = fc.oneof(plain, pick(true, null, 1, 1.5, [], {}, ['a'], { a: 'b' }, '', '${UNSET}'));
const text = mostly(word, odd);
const pair = fc.tuple(name, word).map(([key, value]) => `${key}=${value}`);
const pairs = mostly(
  fc.oneof(list(mostly(fc.oneof(pair, name), odd)), keyed(name, fc.oneof(word, plain, pick(null, 1, 2.5)))),
  odd,
);
const whole = mostly(
  pick(0, 1, 2, 3, '${N}', new Plain('0440'), new Plain('0x10'), new Plain('2.0'), new Plain('1e1')),
  odd,
);
const onOff = mostly(
  pick(true, false, '${T}', '${T:-no}', new Plain('True')),
  fc.oneof(odd, pick('yes', new Plain('yes'), 'true', '${SET}')),
);
const duration = mostly(
  pick('1s', '0', '1m30s', '500ms', '1.5h', '${D}', '-1s', '+2s'),
  fc.oneof(odd, pick('1', '1 s', 's', '1d', '.s', '99999999h', '${SET}')),
);
const words = mostly(
  fc.oneof(
    list(text),
    pick(
      'a b',
      `sh -c "echo \\"x\\" 'y'"`,
      'a\\ b',
      '#x',
      'a # b\nc',
      "it's",
      'a\u00a0b',
      '"" x',
      'a"b"c',
      '',
    ),
  ),
  odd,
);
const texts = mostly(list(word), odd);
const textOrTexts = mostly(fc.oneof(list(word), word), odd);

const thing = fc.constantFrom('one', 'two', 'three');
const volume = mostly(
  pick(
    'one:/a',
    'two:/b:ro',
    '/c',
    '/etc/x:/d:ro,rslave',
    './e:/e',
    'one:/f:nocopy',
    'one:/g:rw,ro',
    'one:/g:ro,rw',
    'two:/a:z',
    'a',
    'ab',
    'C:/x:/y',
    '\\\\x:/p',
    '\\x:/q',
    'one:${SET}',
    '.:/h',
    '~/k:/k',
    'x:/y:shared,private',
  ),
  fc.oneof(odd, pick('a::b', ':', 'one:/a:', 'a:b:c:d', '${UNSET}:/x', ':/x', 'C:', 'C:/', 'x:C:/y')),
);
const mount = some({
  type: mostly(pick('volume', 'bind', 'tmpfs', 'npipe'), odd),
  source: mostly(fc.oneof(thing, pick('/x', './y')), odd),
  target: mostly(pick('/a', '/b', '/t'), odd),
  read_only: onOff,
  consistency: text,
  bind: mostly(some({ propagation: text }), odd),
  volume: mostly(some({ nocopy: onOff }), odd),
  tmpfs: mostly(some({ size: whole }), odd),
});
const port = mostly(
  pick(
    '80',
    81,
    '8080:80',
    '53:53/udp',
    '3000-3002:4000-4002',
    '1.2.3.4:9000:90',
    '[::1]:1:2',
    '::1:1:2',
    '8000-8002:80',
    '${P}:80',
    '80/TCP',
    '+80:80',
    '00080',
    '0:80',
    ':80',
    '80/',
    '9-10:9-10/sctp',
    '4000-4000:1',
    '99-101:99-101',
    0,
  ),
  fc.oneof(
    odd,
    pick(
      '8_0:80',
      '80:',
      '80/x',
      '70000',
      '1-2:1-3',
      '2-1',
      'a:80',
      '1.2.3:80:80',
      '${UNSET}',
      '80-',
      '-80',
      '80:80:80',
      '01.2.3.4:80:80',
      'fe80::1%eth0:1:2',
    ),
  ),
);
const longPort = some({
  mode: mostly(pick('host', 'ingress'), odd),
  target: whole,
  published: whole,
  protocol: mostly(pick('tcp', 'udp'), odd),
});
const reference = mostly(
  fc.oneof(
    thing,
    some({ source: thing, target: text, uid: mostly(pick('0', '5'), odd), gid: text, mode: whole }),
  ),
  odd,
);
const update = mostly(
  some({
    parallelism: whole,
    delay: duration,
    failure_action: text,
    monitor: duration,
    max_failure_ratio: mostly(pick(0.5, 0, 1, '${N}', new Plain('.5')), odd),
    order: mostly(pick('start-first', 'stop-first'), odd),
  }),
  odd,
);
const size = mostly(
  pick('64M', '1g', '0', '100', '1.5k', '2 kb', '5MiB'),
  fc.oneof(odd, pick('', 'x', '1x', '-1', '${UNSET}', '1mib2')),
);
const cpus = mostly(pick('0.5', '1', '${N}'), odd);
const limits = mostly(some({ memory: size, cpus, pids: whole }), odd);
const reservations = mostly(
  some({
    memory: size,
    cpus,
    generic_resources: list(
      mostly(some({ discrete_resource_spec: mostly(some({ kind: text, value: whole }), odd) }), odd),
      2,
    ),
  }),
  odd,
);
const deploy = mostly(
  some({
    mode: text,
    endpoint_mode: text,
    replicas: whole,
    labels: pairs,
    update_config: update,
    rollback_config: update,
    resources: mostly(some({ limits, reservations }), odd),
    restart_policy: mostly(
      some({ condition: text, delay: duration, max_attempts: whole, window: duration }),
      odd,
    ),
    placement: mostly(
      some({
        constraints: texts,
        preferences: mostly(list(some({ spread: text })), odd),
        max_replicas_per_node: whole,
      }),
      odd,
    ),
  }),
  odd,
);
const health = mostly(
  some({
    test: mostly(fc.oneof(texts, pick('curl x', 'NONE')), odd),
    interval: duration,
    timeout: duration,
    start_period: duration,
    start_interval: duration,
    retries: whole,
    disable: onOff,
  }),
  odd,
);
const attached = mostly(
  fc.oneof(
    list(thing),
    keyed(
      thing,
      mostly(
        fc.oneof(
          fc.constant(null),
          some({
            aliases: texts,
            ipv4_address: text,
            ipv6_address: text,
            driver_opts: keyed(name, fc.oneof(word, plain)),
          }),
        ),
        odd,
      ),
    ),
  ),
  odd,
);
const hosts = mostly(
  fc.oneof(
    list(pick('a:1.2.3.4', 'b=5.6.7.8', 'c:::1', 'd:[::1]', 'e', 'f=[::2]', 'g=h:i')),
    keyed(pick('a', 'b') as fc.Arbitrary<string>, mostly(pick('1.2.3.4', '::1', '[::1]', null, ''), plain)),
  ),
  odd,
);
const ulimits = mostly(
  keyed(
    fc.constantFrom('nofile', 'nproc', 'A'),
    fc.oneof(whole, mostly(fc.record({ soft: whole, hard: whole }), odd)),
  ),
  odd,
);

/** Every field of a service that a recipe uses, and most of the others. */
const FIELDS: Readonly<Record<string, Any>> = {
  command: words,
  entrypoint: words,
  environment: pairs,
  labels: pairs,
  deploy,
  healthcheck: health,
  networks: attached,
  extra_hosts: hosts,
  ulimits,
  volumes: mostly(list(fc.oneof(volume, mount)), odd),
  ports: mostly(list(fc.oneof(port, longPort)), odd),
  configs: mostly(list(reference), odd),
  secrets: mostly(list(reference), odd),
  user: text,
  hostname: text,
  working_dir: text,
  stop_signal: text,
  container_name: text,
  restart: text,
  pid: text,
  isolation: text,
  network_mode: text,
  ipc: text,
  init: onOff,
  tty: onOff,
  read_only: onOff,
  stdin_open: onOff,
  privileged: onOff,
  stop_grace_period: duration,
  oom_score_adj: whole,
  shm_size: mostly(pick('64M', '1g', '${SET}'), odd),
  cap_add: texts,
  cap_drop: texts,
  devices: texts,
  security_opt: texts,
  depends_on: texts,
  links: texts,
  external_links: texts,
  dns: textOrTexts,
  dns_search: textOrTexts,
  tmpfs: textOrTexts,
  sysctls: pairs,
  expose: mostly(list(fc.oneof(plain, pick('80', 80, '80-90/udp'))), odd),
  logging: mostly(
    some({ driver: text, options: mostly(keyed(name, fc.oneof(word, plain, fc.constant(null))), odd) }),
    odd,
  ),
  credential_spec: mostly(some({ file: text, config: text }), odd),
  build: mostly(fc.oneof(word, some({ context: text, args: pairs, labels: pairs, more: odd })), odd),
  'x-more': odd,
  profiles: texts,
  userns_mode: text,
  domainname: text,
  mac_address: text,
  cgroupns_mode: text,
};

/** An image, and a few of the fields: with all of them, one would be refused nearly always. */
const service = mostly(
  fc
    .subarray(Object.keys(FIELDS), { minLength: 0, maxLength: 4 })
    .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, FIELDS[key] ?? odd]))))
    .chain((fields) =>
      mostly(pick('a:1', 'b', '${SET}:1', 'a:${N:-1}'), odd).map((image) => ({ image, ...fields })),
    ),
  odd,
);

const external = mostly(fc.oneof(onOff, some({ name: text })), odd);
const options = keyed(name, fc.oneof(word, plain));
const network = mostly(
  some({
    name: text,
    driver: text,
    driver_opts: options,
    external,
    internal: onOff,
    attachable: onOff,
    labels: pairs,
    ipam: some({ driver: text, config: list(some({ subnet: text })) }),
    'x-a': odd,
  }),
  fc.oneof(odd, fc.constant(null)),
);
const volumeThing = mostly(
  some({ name: text, driver: text, driver_opts: options, external, labels: pairs }),
  fc.oneof(odd, fc.constant(null)),
);
const fileThing = mostly(
  some({
    name: text,
    file: mostly(pick('./a', '/b', 'c'), odd),
    external,
    labels: pairs,
    driver: text,
    template_driver: text,
    driver_opts: options,
  }),
  odd,
);

const version = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: pick('3.8', '3', '3.13', '3.9', '') },
  { weight: 1, arbitrary: pick('3.3', '3.0', '3.4', '3.6', '2.4', '4', new Plain('3.8'), '${SET}', null) },
);
const maybe = (arbitrary: Any): Any => fc.option(arbitrary, { nil: undefined, freq: 3 });

function withoutNothing(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}

const things = (value: Any): Any =>
  maybe(
    mostly(fc.dictionary(fc.oneof(thing, fc.constantFrom('with.dot', 'sp ace')), value, { maxKeys: 2 }), odd),
  );
const services = mostly(
  fc.dictionary(fc.constantFrom('app', 'app', 'app', 'db', 'with.dot'), service, { maxKeys: 2, minKeys: 1 }),
  odd,
);

/** One file as a mapping. */
export const file = fc
  .record({
    version,
    services,
    networks: things(network),
    volumes: things(volumeThing),
    secrets: things(fileThing),
    configs: things(fileThing),
    'x-top': maybe(odd),
  })
  .map((sections) => yamlOf(withoutNothing(sections)));

/** One service of a single field, which is most of what can be said of it. */
const single = fc
  .constantFrom(...Object.keys(FIELDS))
  .chain((key) =>
    (FIELDS[key] ?? odd).map((value) => `services: {app: {image: a, ${key}: ${yamlOf(value)}}}`),
  );

/** The fields that several files say in turn. */
const layer = fc
  .subarray(Object.keys(FIELDS), { minLength: 1, maxLength: 3 })
  .chain((keys) =>
    fc.array(fc.record(Object.fromEntries(keys.map((key) => [key, FIELDS[key] ?? odd]))), {
      minLength: 2,
      maxLength: 3,
    }),
  )
  .map((layers) =>
    layers.map((fields, index) =>
      yamlOf({ services: { app: index === 0 ? { image: 'a', ...(fields as object) } : fields } }),
    ),
  );

/** Sections that several files say in turn. */
const stacked = fc.array(file, { minLength: 2, maxLength: 3 });

/** A file of one scalar, where docker wants a text. */
const scalarFile = fc
  .tuple(scalar, fc.constantFrom('environment', 'labels', 'sysctls', 'command', 'expose', 'hostname'))
  .map(([text, field]) =>
    field === 'command' || field === 'expose'
      ? `services:\n  app:\n    image: a\n    ${field}:\n      - ${text}\n`
      : field === 'hostname'
        ? `services:\n  app:\n    image: a\n    hostname: ${text}\n`
        : `services:\n  app:\n    image: a\n    ${field}:\n      K: ${text}\n`,
  );

const quoted = (value: string): string => JSON.stringify(value);
/** A file of one template, in a field of any type. */
const templateFile = fc
  .tuple(
    template,
    fc.constantFrom(
      'environment: [A=%]',
      'labels: {a: %}',
      'image: %',
      'deploy: {replicas: %}',
      'tty: %',
      'stop_grace_period: %',
      'ports: [%]',
      'command: %',
      'x-a: %',
    ),
  )
  .map(
    ([text, field]) =>
      `services: {app: {image: a, ${field.includes('=%') ? field.replace('A=%', () => quoted(`A=${text}`)) : field.replace('%', () => quoted(text))}}}`,
  )
  .map((text) => text.replace('image: a, image', 'image'));

const env = fc.oneof(
  fc.constant(ENV),
  fc.dictionary(
    fc.constantFrom('SET', 'UNSET', 'N', 'T', 'D', 'P', 'A'),
    fc.oneof(word, fc.constantFrom('2', 'no', '1m', '81', '$SET')),
    { maxKeys: 4 },
  ),
);

export interface Files {
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const alone = (one: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> => one.map((text) => [text]);

/** Of each kind so many as their weight. */
export const files: fc.Arbitrary<Files> = fc.record({
  files: fc.oneof(
    { weight: 5, arbitrary: alone(single) },
    { weight: 2, arbitrary: alone(scalarFile) },
    { weight: 2, arbitrary: alone(templateFile) },
    { weight: 3, arbitrary: alone(file) },
    { weight: 4, arbitrary: layer },
    { weight: 2, arbitrary: stacked },
  ),
  env,
}); // oxfmt-ignore
