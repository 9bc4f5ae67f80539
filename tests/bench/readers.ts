/** What it costs to read a stranger's files: each kind of hostile file, and the same twice as long. */
import { composeFacts } from '../../controller/domain/recipe/compose-facts.ts';
import { composeTree, readTreeText, treeText } from '../../controller/domain/recipe/compose-tree.ts';
import { judgedSpecs } from '../../controller/domain/policy/deployed-spec.ts';
import { judge as judgeTree } from '../../controller/domain/policy/judge.ts';
import { parseEnv } from '../../controller/domain/recipe/dotenv.ts';
import { interpolate } from '../../controller/domain/recipe/interpolate.ts';
import { RecipeSpecBody } from '../../controller/api/recipe-spec.ts';
import { policyFindings } from '../../controller/domain/policy/policy.ts';
import { textFindings } from '../../controller/domain/policy/texts.ts';
import { readRule } from '../../controller/domain/policy/traefik-rule.ts';
import { median, spread } from './figures.ts';

const { allow } = RecipeSpecBody.parse({ category: 'simple', source: { repo: '/recipe' } });

function judge(text: string): void {
  const composes = [{ path: 'compose.yml', text }];
  const facts = composeFacts({ files: composes, env: { STACK_NAME: 's', DOMAIN: 'd' }, stack: 's' });
  policyFindings(facts, allow, { domain: 'd', stack: 's', documented: [] });
  textFindings({ sample: '', abraSh: '', composes }, 'files');
}

/** As at a deploy: one tree, judged, written down and read again. */
function deploy(text: string): void {
  const read = composeTree({ files: [{ path: 'compose.yml', text }], env: { STACK_NAME: 's', DOMAIN: 'd' } });
  if (!read.ok) return;
  judgeTree(read.tree, { stack: 's', domain: 'd', allow });
  judgedSpecs(read.tree, 's');
  readTreeText(treeText(read.tree));
}

const sample = (text: string): void => {
  parseEnv(text);
  textFindings({ sample: text, abraSh: text, composes: [] }, 'files');
};
const lines = (bytes: number, line: (index: number) => string): string => {
  const one = line(10_000).length;
  return Array.from({ length: Math.floor(bytes / one) }, (_none, index) => line(10_000 + index)).join('');
};
const app = 'services:\n  app:\n    image: a:1\n';

interface Kind {
  readonly name: string;
  /** The longest that is read at all. */
  readonly most: number;
  readonly make: (bytes: number) => string;
  readonly read: (text: string) => void;
}

const SAMPLE = 64 * 1024;
const COMPOSE = 255 * 1024;

const KINDS: readonly Kind[] = [
  { name: '.env: a quote that never closes', most: SAMPLE, make: (n) => `A="${'\n'.repeat(n - 3)}`, read: sample },
  { name: '.env: quotes on every line', most: SAMPLE, make: (n) => lines(n, (i) => `A${i}="\n`), read: sample },
  { name: '.env: values that double', most: SAMPLE, make: (n) => `A=xxxxxxxx\n${lines(n - 11, () => 'A=$A$A\n')}`, read: sample },
  { name: 'a text: variables that never close', most: COMPOSE, make: (n) => '${'.repeat(n / 2), read: (text) => void interpolate(text, {}) },
  { name: 'a text: defaults in defaults', most: COMPOSE, make: (n) => '${A:-'.repeat(n / 6) + '}'.repeat(n / 6), read: (text) => void interpolate(text, {}) },
  { name: 'compose: keys', most: COMPOSE, make: (n) => `${app}    environment:\n${lines(n - 60, (i) => `      A${i}: x\n`)}`, read: judge },
  { name: 'compose: volumes of the host', most: COMPOSE, make: (n) => `${app}    volumes:\n${lines(n - 60, (i) => `      - /${i}:/x\n`)}`, read: judge },
  { name: 'compose: labels of Traefik', most: COMPOSE, make: (n) => `${app}    labels:\n${lines(n - 60, (i) => `      traefik.http.routers.a${i}.rule: Path\n`)}`, read: judge },
  { name: 'compose: ranges of ports', most: COMPOSE, make: (n) => `${app}    ports:\n${lines(n - 60, () => '      - 1-65535:1-65535\n')}`, read: judge },
  { name: 'compose: variables nobody sets', most: COMPOSE, make: (n) => `${app}    labels:\n${lines(n - 60, (i) => `      a${i}: \${B${i}}\n`)}`, read: judge },
  { name: 'compose: services', most: COMPOSE, make: (n) => `services:\n${lines(n - 60, (i) => `  a${i}: { image: b }\n`)}`, read: judge },
  { name: 'compose: nesting', most: COMPOSE, make: (n) => '['.repeat(n / 2), read: judge },
  { name: 'compose: volumes that services use', most: COMPOSE, make: (n) => `${app}    volumes:\n${lines(n / 2, (i) => `      - v${i}:/x\n`)}volumes:\n${lines(n / 3, (i) => `  v${i}:\n`)}`, read: judge },
  { name: 'a deploy: services', most: COMPOSE, make: (n) => `services:\n${lines(n - 60, (i) => `  a${i}: { image: b }\n`)}`, read: deploy },
  { name: 'a deploy: variables of a service', most: COMPOSE, make: (n) => `${app}    environment:\n${lines(n - 60, (i) => `      A${i}: "\\n"\n`)}`, read: deploy },
  { name: 'a rule of Traefik', most: 8000, make: (n) => `${'Host(`a`)||'.repeat(n / 11)}Host(\`a\`)`, read: (text) => void readRule(text) },
]; // oxfmt-ignore

/** Milliseconds of processor: what else the machine does meanwhile does not count. */
function timed(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** `ratio` near 2 is in proportion to the length; 4 would be its square. */
export async function benchReaders(times: number, out: (line: string) => void): Promise<void> {
  for (const { name, most, make, read } of KINDS) {
    const [half, whole] = [make(most / 2), make(most)];
    read(half);
    const pairs = Array.from(
      { length: times },
      () => [timed(() => read(half)), timed(() => read(whole))] as const,
    );
    const ratio = median(pairs.map(([first]) => first)) === 0 ? 1 : median(pairs.map(([a, b]) => b / a));
    const took = spread(
      pairs.map(([, second]) => second),
      1,
    );
    out(
      `${name}: ${took} ms for ${Math.round(most / 1024)} KiB, ratio ${ratio.toFixed(2)} for twice the length`,
    );
  }
}
