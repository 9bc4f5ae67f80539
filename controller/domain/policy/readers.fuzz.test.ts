/** Readers of a stranger's files: whatever these hold, the answer is a finding, never an error of ours. `E2E_ALL=1` tries a million. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeFacts } from '../recipe/compose-facts.ts';
import { parseAbraSh, parseEnv, setEnvValue, withEnvValues } from '../recipe/dotenv.ts';
import { policyFindings } from './policy.ts';
import { DOMAIN, NOTHING, STACK } from './testing.ts';
import { textFindings } from './texts.ts';
import { asksOnlyFor, readRule } from './traefik-rule.ts';

const RUNS = process.env['E2E_ALL'] === '1' ? 250_000 : 600;
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
    fc.assert(fc.property(soup(YAML), (text) => void judged(text)), { numRuns: RUNS });
  }, TIMEOUT_MS);

  it('as a compose file that is a tree of anything', () => {
    const tree = fc.dictionary(fc.constantFrom('services', 'volumes', 'networks', 'secrets', 'configs', 'version', 'x'), fc.dictionary(fc.constantFrom('app', 'db', 'default', '__proto__'), value));
    fc.assert(fc.property(tree, (made) => void judged(JSON.stringify(made))), { numRuns: RUNS });
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
      { numRuns: RUNS },
    );
  }, TIMEOUT_MS);

  it('as a rule of Traefik, and a rule that is ours names no other host outside of a negation', () => {
    fc.assert(
      fc.property(soup(RULE), (text) => {
        const read = readRule(text);
        if (!read.ok || !asksOnlyFor(read.rule, (host) => host === DOMAIN)) return;
        expect(text).toContain(DOMAIN);
      }),
      { numRuns: RUNS },
    );
  }, TIMEOUT_MS);
}); // oxfmt-ignore
