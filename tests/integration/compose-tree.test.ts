/** Our reading of compose files against docker's own: `docker stack config` has to say the same of both. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { composeTree } from '../../controller/domain/recipe/compose-tree.ts';
import { dockerText } from '../../controller/deployer/docker-text.ts';
import { parseEnv } from '../../controller/domain/recipe/dotenv.ts';

const folder = mkdtempSync(join(tmpdir(), 'compose-tree-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;
type Env = Readonly<Record<string, string | undefined>>;

/** What docker makes of files: interpolated by docker itself, or by us. */
async function stackConfig(files: Files, env: Env): Promise<unknown> {
  const args = Object.entries(files).flatMap(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return ['-c', join(folder, name)];
  });
  const path = { PATH: process.env['PATH'] ?? '' };
  const { stdout } = await execa('docker', ['stack', 'config', ...args], {
    env: { ...path, ...env },
    extendEnv: false,
  });
  return withoutPaths(parse(stdout.replaceAll(folder, '')));
}

/** `version` and extension fields say nothing about what is deployed; a bare name that nobody sets is left out. */
function withoutPaths(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPaths);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, item]) => key !== 'version' && !key.startsWith('x-') && !(key !== '' && item === null),
  );
  return Object.fromEntries(
    entries
      .map(([key, item]) => [key, withoutPaths(item)] as const)
      .filter(([, item]) => !(typeof item === 'object' && item !== null && Object.keys(item).length === 0)),
  );
}

/** Of the tree and of the files. */
async function bothOf(files: Files, env: Env = {}): Promise<[unknown, unknown]> {
  const read = composeTree({
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    env: env as Record<string, string>,
  });
  if (!read.ok) throw new Error(read.problem);
  return [await stackConfig({ 'tree.yml': dockerText(read.tree) }, {}), await stackConfig(files, env)];
}

const ROOT = join(import.meta.dirname, '..', '..');
const recipes = globSync('tests/fixtures/recipes/**/compose*.yml', { cwd: ROOT });

describe('a recipe is read as docker reads it', () => {
  it.each(recipes)('%s', async (file) => {
    const versionFolder = dirname(join(ROOT, file));
    const sample = readFileSync(join(versionFolder, '.env.sample'), 'utf8');
    const env = { ...parseEnv(sample).env, STACK_NAME: 'app_ci_test', DOMAIN: 'app.ci.test' };
    const main = { 'compose.yml': readFileSync(join(versionFolder, 'compose.yml'), 'utf8') };
    const [ours, docker] = await bothOf(
      { ...main, [basename(file)]: readFileSync(join(ROOT, file), 'utf8') },
      env,
    );
    expect(ours).toEqual(docker);
  });
});

const service = (text: string): string =>
  `version: "3.9"\nservices:\n  app:\n    image: a:1\n${text.replace(/^/gm, '    ')}\n`;
const TOP =
  'volumes: {data: {}, more: {}}\nnetworks: {inner: {}, outer: {}}\nconfigs: {one: {file: ./one}, two: {file: ./two}}\nsecrets: {pw: {external: true, name: x_pw}}\n';

describe('every form', () => {
  it.each([
    { because: 'volumes, short', text: 'volumes: ["data:/a", "more:/b:ro", "/c", "/etc/x:/d:ro,rslave", "./e:/e", "data:/f:nocopy"]' },
    { because: 'volumes, long', text: 'volumes: [{type: volume, source: data, target: /a, read_only: true, volume: {nocopy: true}}, {type: tmpfs, target: /t, tmpfs: {size: 1000}}]' },
    { because: 'ports, short', text: 'ports: ["80", 81, "8080:80", "53:53/udp", "3000-3002:4000-4002", "1.2.3.4:9000:90"]' },
    { because: 'ports, long, with variables', text: 'ports: [{target: "${P}", published: "${P}", mode: host, protocol: udp}]', env: { P: '99' } },
    { because: 'secrets and configs', text: 'secrets: [pw]\nconfigs: [one, {source: two, target: /etc/two, mode: 0440, uid: "5"}]' },
    { because: 'networks as a list', text: 'networks: [inner, outer]' },
    { because: 'networks as a mapping', text: 'networks: {inner: null, outer: {aliases: [a, b]}}' },
    { because: 'environment as a list', text: 'environment: ["A=1", "B=x=y", C, D, "E=", "F="]', env: { C: 'c', E: 'e' } },
    { because: 'environment as a mapping', text: 'environment: {A: 1, C: null, D: 1.5, E: "", F: 0440}', env: { C: 'c', E: 'e' } },
    { because: 'labels of both kinds', text: 'labels: [a, "b=c=d"]\ndeploy: {labels: {x: 1, y: null, z: "`${H}`"}}', env: { H: 'h' } },
    { because: 'a command as a text', text: `command: sh -c "echo \\"a b\\" 'c'" d\\ e 'f"g' h#i` },
    { because: 'a command with a comment', text: "entrypoint: 'a b # c'\ncommand: [x, 'y z']" },
    { because: 'a healthcheck as a text', text: 'healthcheck: {test: "curl -f localhost || exit 1", interval: 5s, retries: 3}' },
    { because: 'hosts and dns', text: 'extra_hosts: ["a:1.2.3.4", "b=5.6.7.8"]\ndns: 9.9.9.9\ndns_search: [x, y]' },
    { because: 'hosts as a mapping', text: 'extra_hosts: {a: 1.2.3.4, b: "::1"}' },
    { because: 'dollars that stay', text: 'environment: {A: "$$HOME", B: "$${X}", C: "${V}"}\ncommand: ["$$1"]', env: { V: 'a$b' } },
    { because: 'resources', text: 'deploy: {replicas: 0, mode: replicated, resources: {limits: {memory: 64M, cpus: "0.5", pids: 9}}, restart_policy: {max_attempts: 0, delay: 1s}}' },
    { because: 'strings that YAML 1.1 would type otherwise', text: 'environment: {A: "yes", B: "0x1", C: "1:30", D: "null", E: "2001-01-01", F: "~", G: ".inf"}\nhostname: "on"' },
    { because: 'characters beyond ASCII', text: 'environment: {A: "ä\\u2028b\\u0085c😀", B: "\\tx\\n"}' },
    { because: 'logging', text: 'logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}' },
    { because: 'switches by variables', text: 'tty: ${T}\nread_only: "${T}"\ninit: true\nulimits: {nofile: {soft: 1, hard: 2}, nproc: 5}\ncap_add: [X]', env: { T: 'yes' } },
  ])('$because', async ({ text, env }) => {
    const [ours, docker] = await bothOf({ 'compose.yml': service(text) + TOP }, env);
    expect(ours).toEqual(docker);
  });
}); // oxfmt-ignore

describe('several files', () => {
  it.each([
    { because: 'lists grow', one: 'cap_add: [A]\ndns: [1.1.1.1]\nsecurity_opt: [x]', two: 'cap_add: [B]\ndns: 2.2.2.2\nsecurity_opt: [y]' },
    { because: 'a command replaces, a health check does what docker does', one: 'command: a b\nhealthcheck: {test: [CMD, a], retries: 3}', two: 'command: [c]\nhealthcheck: {test: [CMD, b], timeout: 1s}' },
    { because: 'ports, volumes, secrets, configs by their key', one: 'ports: ["80:80", "53:53/udp"]\nvolumes: ["data:/a", "more:/b"]\nconfigs: [one]', two: 'ports: ["80:81"]\nvolumes: ["more:/a"]\nconfigs: [{source: one, target: /x}]' },
    { because: 'labels and environment join', one: 'environment: [A=1, B=2]\ndeploy: {labels: [l=1, m=2]}', two: 'environment: {B: 3, C: null}\ndeploy: {labels: {m: 3, n: ""}}' },
    { because: 'a zero does not count, except where it does', one: 'tty: true\nuser: me\ninit: true\ndeploy: {replicas: 3}', two: 'tty: false\nuser: ""\ninit: false\ndeploy: {replicas: 0}' },
    { because: 'networks and aliases', one: 'networks: {inner: {aliases: [a, b]}}', two: 'networks: {inner: {aliases: [c]}, outer: null}' },
    { because: 'networks that say nothing', one: 'networks: {inner: {aliases: [a]}}', two: 'networks: [inner]' },
    { because: 'logging of one driver', one: 'logging: {driver: local, options: {a: "1"}}', two: 'logging: {options: {b: "2"}}' },
    { because: 'logging of two drivers', one: 'logging: {driver: local, options: {a: "1"}}', two: 'logging: {driver: json-file, options: {b: "2"}}' },
    { because: 'deploy, deeply', one: 'deploy: {placement: {constraints: [a==1]}, resources: {limits: {memory: 1M}}, update_config: {parallelism: 2, order: start-first}}', two: 'deploy: {placement: {constraints: [b==2]}, resources: {limits: {cpus: "1"}}, update_config: {parallelism: 0}}' },
    { because: 'things of the top level', one: '', two: '', top: 'volumes: {data: {driver: local, labels: {a: b}}}\nnetworks: {inner: {internal: true}}\nconfigs: {one: {file: ./other, name: n}}\nsecrets: {pw: {external: true, name: y}}\n' },
    { because: 'entrypoints and hosts', one: 'entrypoint: a\nextra_hosts: ["a:1.1.1.1"]', two: 'entrypoint: ""\nextra_hosts: ["b:1.1.1.1"]' },
    { because: 'the bare name of one is the value of the other', one: 'environment: [A, B=1]', two: 'environment: [A=2, B]', env: { B: 'b' } },
  ])('$because', async ({ one, two, top = '', env }) => {
    const files = { 'compose.yml': service(one) + TOP, 'compose.two.yml': service(two) + top };
    const [ours, docker] = await bothOf(files, env);
    expect(ours).toEqual(docker);
  });
}); // oxfmt-ignore
