/** The differences between docker's loader and our reader that are meant, each by its name in docs/compose-files.md. */

export interface Difference {
  /** As the first column of the table says it. */
  readonly name: string;
  /** Our words, where we refuse what docker takes. */
  readonly refused?: RegExp;
  /** Docker's words, where we take what docker refuses. */
  readonly taken?: RegExp;
  /** Docker's configuration as it is without the difference. */
  readonly without?: (config: unknown) => unknown;
}

export const DIFFERENCES: readonly Difference[] = [
  { name: 'a second document', refused: /holds a second document/ },
  {
    name: 'a key that is no text, in an extension field',
    refused: /is no text to docker|a key has to be a text/,
  },
  { name: 'a tag of YAML that changes a value', refused: /the tag .* makes something else/ },
  {
    name: 'a whole number beyond 2^53 in a field for numbers',
    refused: /is larger than any number can be here/,
  },
  { name: 'more than 1024 ports in one range', refused: /has ranges of more than 1024 ports/ },
  {
    name: 'a plain text that begins with a colon, in a flow collection',
    taken: /did not find expected node content/,
  },
  { name: 'lists of extension fields in two files', taken: /cannot append two slices with different type/ },
  { name: 'the same item in two files', without: onceEach },
  { name: 'a label without a name', without: namesOnly },
];

/** Lists whose items docker's schema takes once, and which its loader joins all the same. */
const ONCE = new Set([
  'cap_add',
  'cap_drop',
  'depends_on',
  'devices',
  'dns',
  'dns_search',
  'expose',
  'external_links',
  'links',
  'security_opt',
  'tmpfs',
  'cache_from',
  'extra_hosts',
]);
const NAMED = new Set(['labels', 'sysctls']);

type Mapping = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function walk(value: unknown, change: (key: string, value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => walk(item, change));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, walk(change(key, item), change)]),
  );
}

function onceEach(config: unknown): unknown {
  return walk(config, (key, value) => (ONCE.has(key) && Array.isArray(value) ? [...new Set(value)] : value));
}

function namesOnly(config: unknown): unknown {
  return walk(config, (key, value) => {
    if (!NAMED.has(key) || !isMapping(value)) return value;
    const named = Object.entries(value).filter(([name]) => name !== '');
    return named.length === 0 ? undefined : Object.fromEntries(named);
  });
}
