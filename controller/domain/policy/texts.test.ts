/** Text that two parsers read differently, and variables that are not the recipe's to set. */
import { describe, expect, it } from 'vitest';
import { textFindings, type RecipeTexts, type Takes } from './texts.ts';

const COMPOSE = 'services:\n  app:\n    image: nginx:1.27.0\n';
const of = (texts: Partial<Omit<RecipeTexts, 'composes'>> & { compose?: string }, takes: Takes = 'files') =>
  textFindings(
    {
      sample: texts.sample ?? 'TYPE=web\nDOMAIN=web.example.com\n',
      abraSh: texts.abraSh ?? '',
      composes: [{ path: 'compose.yml', text: texts.compose ?? COMPOSE }],
    },
    takes,
  );

describe('a character that some parsers take for the end of a line', () => {
  it.each([
    { because: 'a lone CR in a comment', compose: `${COMPOSE}# x\r    volumes: ["/:/host"]\n`, line: 4 },
    { because: 'a separator of lines', compose: `${COMPOSE}# x\u2028    volumes: ["/:/host"]\n`, line: 4 },
    { because: 'a separator of paragraphs', compose: `# x\u2029\n${COMPOSE}`, line: 1 },
    { because: 'a next line of old machines', compose: `${COMPOSE}# x\u0085\n`, line: 4 },
    { because: 'a mark of byte order', compose: `\ufeff${COMPOSE}`, line: 1 },
    { because: 'a NUL', compose: `${COMPOSE}# \0\n`, line: 4 },
    { because: 'half of a pair', compose: `${COMPOSE}# \ud800\n`, line: 4 },
  ])('is refused whoever reads the file: $because', ({ compose, line }) => {
    const want = [{ rule: 'UnsafeText', severity: 'error', file: 'compose.yml', line }];
    expect(of({ compose })).toMatchObject(want);
    expect(of({ compose }, 'tree')).toMatchObject(want);
  });
});

describe('text that a deployer reads again', () => {
  it.each([
    {
      because: 'a tag that makes bytes',
      compose: `${COMPOSE}    volumes:\n      - !!binary "L2V0YzovaG9zdA=="\n`,
      line: 5,
    },
    { because: 'a tag of its own', compose: `${COMPOSE}    volumes: !reset []\n`, line: 4 },
    { because: 'a directive', compose: `%YAML 1.1\n---\n${COMPOSE}`, line: 1 },
    {
      because: 'a number with an underscore',
      compose: `${COMPOSE}    ports:\n    deploy: { replicas: 1_0 }\n`,
      line: 5,
    },
    { because: 'a boolean of YAML 1.1', compose: `${COMPOSE}    privileged: yes\n`, line: 4 },
    { because: 'a date', compose: `${COMPOSE}    hostname: 2001-12-14\n`, line: 4 },
    { because: 'a number to the base of sixty', compose: `${COMPOSE}    user: 33:33\n`, line: 4 },
    { because: 'a binary number', compose: `${COMPOSE}    stop_grace_period: 0b11\n`, line: 4 },
  ])('is refused where it holds $because', ({ compose, line }) => {
    expect(of({ compose })).toMatchObject([
      { rule: 'UnsafeText', severity: 'error', file: 'compose.yml', line },
    ]);
    expect(of({ compose }, 'tree')).toEqual([]);
  });

  it.each([
    { because: 'a value of several lines', sample: 'A="\nTYPE=q"\n', line: 1 },
    { because: 'a line that is YAML', sample: 'A=1\nB: /srv/planted\n', line: 2 },
    { because: 'a variable that is none', sample: '__proto__=x\n', line: 1 },
    { because: 'a control character', sample: 'A=\u0007\n', line: 1 },
  ])('is refused where .env.sample holds $because', ({ sample, line }) => {
    for (const takes of ['tree', 'files'] as const)
      expect(of({ sample }, takes)).toMatchObject([{ rule: 'UnsafeText', file: '.env.sample', line }]);
  });

  it.each([
    { because: 'ends of lines of another system', compose: COMPOSE.replaceAll('\n', '\r\n') },
    {
      because: 'anchors and merge keys',
      compose: `x-a: &a\n  init: true\nservices:\n  app:\n    <<: *a\n    image: a:1\n`,
    },
    { because: 'octal modes', compose: `${COMPOSE}    configs: [{ source: a, mode: 0440 }]\n` },
    {
      because: 'booleans that are texts',
      compose: `${COMPOSE}    environment:\n      A: yes\n      B: 1_000\n    labels: { c: off }\n`,
    },
    {
      because: 'ports, versions and durations',
      compose: `version: 3.8\n${COMPOSE}    ports: [22:22]\n    stop_grace_period: 1m30s\n`,
    },
    { because: 'the same in quotes', compose: `${COMPOSE}    hostname: "2001-12-14"\n` },
  ])('may hold $because', ({ compose }) => expect(of({ compose })).toEqual([]));

  it('is read to a bound', () => {
    expect(of({ compose: '# \u0007\n'.repeat(5000) })).toHaveLength(200);
    expect(of({ compose: '['.repeat(20_000) })).toEqual([]);
  });
});

describe('what no deployer takes', () => {
  it.each([
    { because: 'the run’s domain', abraSh: 'export A=v1\nexport DOMAIN=other.ci.test\n', line: 2 },
    { because: 'the files', abraSh: 'export COMPOSE_FILE=compose.yml\n', line: 1 },
    { because: 'the stack’s name, after another', abraSh: 'export A=1 STACK_NAME=other\n', line: 1 },
    { because: 'the type, worked out', abraSh: 'TYPE=$(id)\n', line: 1 },
    { because: 'the certificates', abraSh: '  declare -x LETS_ENCRYPT_ENV="production"\n', line: 1 },
    { because: 'the domain’s end', abraSh: 'DOMAIN+=.evil\n', line: 1 },
  ])('is an abra.sh that sets $because', ({ abraSh, line }) => {
    expect(of({ abraSh }, 'tree')).toMatchObject([{ rule: 'ReservedVariable', file: 'abra.sh', line }]);
  });

  it('is none that only passes one on', () => {
    const abraSh = 'export DOMAIN_CONF_VERSION=v1\nf() {\n  local DOMAIN=$1\n  docker run -e DOMAIN=$DOMAIN x\n}\n# DOMAIN=x\n';
    expect(of({ abraSh })).toEqual([]);
  });

  it.each(['../compose.yml', '/etc/compose.yml', 'x/compose.yml', '.git/config', 'a b.yml', '$X.yml', '-f.yml'])(
    'is a COMPOSE_FILE of %s',
    (name) => {
      const sample = `A=1\nCOMPOSE_FILE='compose.yml:${name}'\n`;
      expect(of({ sample }, 'tree')).toMatchObject([{ rule: 'PathOutside', file: '.env.sample', line: 2 }]);
    },
  );

  it('is no COMPOSE_FILE of plain names', () => {
    const sample = 'COMPOSE_FILE="compose.yml"\nCOMPOSE_FILE="$COMPOSE_FILE:compose.smtp-relay.yaml"\n';
    expect(of({ sample })).toEqual([]);
  });

  it.each([
    { because: 'a quote that takes in what is added later', sample: 'A=1\nB="\nC=2\n', rule: 'UnsafeText', line: 2 },
    { because: 'a file without end', sample: '#'.repeat(65 * 1024), rule: 'FileTooLarge', line: 1 },
    {
      because: 'values that double one another',
      sample: `A=0123456789\n${'A=$A$A$A$A\n'.repeat(30)}`,
      rule: 'UnsafeText',
      line: 31,
    },
  ])('is an .env.sample with $because', ({ sample, rule, line }) => {
    expect(of({ sample }, 'tree')).toMatchObject([{ rule, file: '.env.sample', line }]);
  });
}); // oxfmt-ignore
