/** Readers of a stranger's files: whatever these hold, the answer is a finding, never an error of ours. `E2E_ALL=1` tries more than a million, and others each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeFacts } from '../recipe/compose-facts.ts';
import { composeTree, readTreeText, treeText } from '../recipe/compose-tree.ts';
import { parseAbraSh, parseEnv, setEnvValue, withEnvValues } from '../recipe/dotenv.ts';
import { interpolate } from '../recipe/interpolate.ts';
import { deployedDifferences } from './deployed-differs.ts';
import { deployLimits, limitedTree } from './deployed-limits.ts';
import { judgedNetworks, networkDifferences } from './deployed-networks.ts';
import { judgedSpecs } from './deployed-spec.ts';
import { judge } from './judge.ts';
import { limitsOverlay } from './limits-overlay.ts';
import { withOwnNetwork } from './own-network.ts';
import { policyFindings } from './policy.ts';
import { DOMAIN, NOTHING, STACK } from './testing.ts';
import { textFindings } from './texts.ts';
import { asksOnlyFor, readRule } from './traefik-rule.ts';

const isAll = process.env['E2E_ALL'] === '1';
/** The same every time, unless there is time for more than a million. */
const some = (seed: number): { numRuns: number; seed?: number } =>
  isAll ? { numRuns: 175_000 } : { numRuns: 600, seed };
const LIMITS = deployLimits(
  { memory: '1g/2g', cpus: '1/2', pids: '100/200', tmpfs: '1m/64m', log: '1m/5m' },
  2,
);
const TIMEOUT_MS = 4 * 3_600_000;

const YAML = ['services:', '\n', '  ', '    ', 'app:', 'image: ', 'volumes: ', 'networks: ', 'deploy: ', 'labels: ', 'ports: ',
  '- ', '[', ']', '{', '}', ',', ': ', '"', "'", '&a ', '*a', '<<: *a', '!!binary ', '|', '>', '#', '%YAML 1.1', '---', '...',
  '${', '}', ':-', '$', '$$', '/:/x', 'data:/x', '1-65535:1-65535', 'true', '0440', '1_0', '~', 'null', '__proto__: ', 'constructor: ',
  'traefik.http.routers.', STACK, '.rule=', 'Host(`', '`)', '||', '&&', '!', 'x-a: ', '\r', '\u2028', '\ufeff', '\0', '\t', '? ', '@', '`']; // oxfmt-ignore
const ENV = [
  'A',
  'COMPOSE_FILE',
  '=',
  '"',
  "'",
  '\n',
  '\\',
  '$',
  '${',
  '}',
  '#',
  ' ',
  'export ',
  '$A',
  ':',
  'compose.yml',
  '\r',
  '__proto__',
  '\0',
  '$(',
  '`',
];
const RULE = [
  'Host',
  'HostSNI',
  'PathPrefix',
  '(',
  ')',
  '`',
  '"',
  '\\',
  '&&',
  '||',
  '!',
  ',',
  ' ',
  DOMAIN,
  'other.test',
  '\n',
  '/*',
  '*/',
];

const soup = (words: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...words) }, fc.string({ maxLength: 4 })), {
      maxLength: 60,
    })
    .map((parts) => parts.join(''));

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(...YAML),
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('app', 'image', 'deploy', 'labels', 'volumes', 'networks', 'proxy', 'external', 'name', 'driver_opts', 'o', 'type', 'source', 'target', 'ports', 'published', 'aliases', 'logging', 'options', '__proto__'), tie('any'), { maxKeys: 5 }),
  ),
})).any; // oxfmt-ignore

const tree = fc.dictionary(
  fc.constantFrom('services', 'volumes', 'networks', 'secrets', 'configs', 'version', 'x'),
  fc.dictionary(fc.constantFrom('app', 'db', 'default', '__proto__'), value),
);

const words = (...all: unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...all);
/** A service that the policy may let through, so that what comes after it is tried as well. */
const part = fc.record(
  {
    environment: words(['A=1', 'B'], { A: 1.5, B: 'x', C: 1e21 }, null),
    volumes: fc.array(words('data:/x', { type: 'tmpfs', target: '/t', tmpfs: { size: '1m' } }, '/etc/localtime:/x:ro', '/:/h'), { maxLength: 3 }),
    networks: words(['proxy'], { inner: { aliases: ['a'] } }, [], null),
    labels: words({ a: 'b' }, ['c=d'], { e: null }),
    logging: words({ driver: 'local', options: { 'max-size': '1m', 'max-file': 2 } }, { options: {} }, null),
    deploy: words({ replicas: 2, restart_policy: { delay: '5s', max_attempts: 0 } }, { update_config: { parallelism: 0, order: 'start-first' } }, { resources: { limits: { memory: '64M', pids: 0 } } }, {}, null),
    healthcheck: words({ test: 'true' }, { disable: true }, null),
    restart: words('always', 'on-failure:3', 'no', 'x:y'),
    cap_add: words(['NET_BIND_SERVICE'], []),
    ports: words(['80'], [{ target: 80 }], []),
    command: words('a "b c"', ['x'], null),
    ulimits: words({ nofile: 1024 }, {}),
    extra_hosts: words(['a:1.2.3.4'], { b: '1.2.3.4' }),
    user: words('5:5', 'root'),
  },
  { requiredKeys: [] },
); // oxfmt-ignore

const counts = { deployed: 0 };

/** All that the gate of a deploy does with files: judged, and where they pass, bounded, told and compared. */
function deployed(input: { files: { path: string; text: string }[]; env: Record<string, string> }): void {
  const read = composeTree(input);
  if (!read.ok) return expect(read.problem).not.toBe('');
  const errors = judge(read.tree, { stack: STACK, domain: DOMAIN, allow: NOTHING }).filter(
    ({ severity }) => severity === 'error',
  );
  if (errors.length > 0) return;
  const { tree: limited } = limitedTree(withOwnNetwork(read.tree, 'ccci-proxy-1'), LIMITS);
  counts.deployed += 1;
  expect(readTreeText(treeText(limited))).toEqual(JSON.parse(treeText(limited)));
  const judgedNow = judgedSpecs(limited, STACK);
  expect(deployedDifferences({ stack: STACK, judged: judgedNow, deployed: judgedNow, before: [], exposed: {} })).toEqual([]);
  const networks = judgedNetworks(limited, STACK);
  expect(networkDifferences({ judged: networks, deployed: networks, before: [] })).toEqual([]);
  const more = { path: 'compose.ccci-limits.yml', text: limitsOverlay(limited, null) };
  const together = composeTree({ ...input, files: [...input.files, more] });
  expect(together.ok && limitedTree(together.tree, LIMITS).put).toEqual([]);
} // oxfmt-ignore

function judged(text: string, env: Record<string, string> = {}): number {
  const facts = composeFacts({
    files: [{ path: 'compose.yml', text }],
    env: { ...env, STACK_NAME: STACK, DOMAIN },
    stack: STACK,
  });
  const findings = [
    ...policyFindings(facts, NOTHING, { domain: DOMAIN, stack: STACK, documented: [] }),
    ...textFindings({ sample: '', abraSh: '', composes: [{ path: 'compose.yml', text }] }, 'files'),
  ];
  for (const { message, fix, rule } of findings)
    expect([message, fix, rule].every((each) => each.length > 0)).toBe(true);
  return findings.length;
}

describe('no input of a stranger ends in an error of ours', () => {
  it('as a compose file that is a soup of words', () => {
    fc.assert(fc.property(soup(YAML), (text) => void judged(text)), some(1));
  }, TIMEOUT_MS);

  it('as a compose file that is a tree of anything', () => {
    fc.assert(fc.property(tree, (made) => void judged(JSON.stringify(made))), some(2));
  }, TIMEOUT_MS);

  it('as an .env.sample, which may be edited and then says what was set', () => {
    fc.assert(
      fc.property(soup(ENV), (sample) => {
        const findings = textFindings({ sample, abraSh: sample, composes: [] }, 'files');
        parseAbraSh(sample);
        const edited = setEnvValue(withEnvValues(sample, { DOMAIN }), 'TYPE', 'web');
        if (findings.some(({ rule }) => rule === 'UnsafeText')) return;
        expect(parseEnv(edited).env).toMatchObject({ DOMAIN, TYPE: 'web' });
      }),
      some(3),
    );
  }, TIMEOUT_MS);

  it('as a rule of Traefik, and a rule that is ours names no other host outside of a negation', () => {
    fc.assert(
      fc.property(soup(RULE), (text) => {
        const read = readRule(text);
        if (!read.ok || !asksOnlyFor(read.rule, (host) => host === DOMAIN)) return;
        expect(text).toContain(DOMAIN);
      }),
      some(4),
    );
  }, TIMEOUT_MS);

  it('as the tree of a deploy, of several files and an .env that is a soup as well', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(soup(YAML), tree.map((made) => JSON.stringify(made))), { maxLength: 3 }), soup(ENV), (texts, env) => {
        const files = texts.map((text, index) => ({ path: `compose.${index}.yml`, text }));
        deployed({ files, env: { ...parseEnv(env).env, STACK_NAME: STACK, DOMAIN } });
      }),
      some(5),
    );
  }, TIMEOUT_MS);

  it('as an app that is nearly right', () => {
    fc.assert(
      fc.property(part, part, (one, two) => {
        const services = { app: { image: 'web:1.0.0', ...one }, db: two };
        const all = { services, volumes: { data: {} }, networks: { proxy: { external: true }, inner: {} } };
        deployed({ files: [{ path: 'compose.yml', text: JSON.stringify(all) }], env: { STACK_NAME: STACK, DOMAIN } });
      }),
      some(6),
    );
    expect(counts.deployed).toBeGreaterThan(100);
  }, TIMEOUT_MS);

  it('as a text with variables', () => {
    fc.assert(
      fc.property(soup(['${', '}', '$', '$$', ':-', '-', ':?', '?', ':+', 'A', 'B_1', '1', ' ', '\n', '{', 'é']), soup(ENV), (text, env) => {
        const read = interpolate(text, parseEnv(env).env);
        expect(typeof read.text).toBe('string');
        for (const { name } of read.missing) expect(read.names).toContain(name);
        expect(read.problem).not.toBe('');
      }),
      some(7),
    );
  }, TIMEOUT_MS);
}); // oxfmt-ignore
