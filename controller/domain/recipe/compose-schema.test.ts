import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { composeFacts } from './compose-facts.ts';
import schemas from './compose-schemas.json' with { type: 'json' };
import { isTyped } from './compose-schema.ts';
import { composeTree } from './compose-tree.ts';

/** What docker refuses, with the line. */
const refused = (...texts: string[]): string[] => {
  const files = texts.map((text, index) => ({ path: `${index}.yml`, text }));
  const { refused: found } = composeFacts({ files, env: { N: '2' }, stack: 's' });
  return found.map(({ message, place }) => `${place.file}:${place.line} ${message}`);
};
const service = (line: string): string => `services:\n  app:\n    image: a:1\n    ${line}\n`;

describe('a file', () => {
  it.each([
    { because: 'a boolean where a text is wanted', text: service('environment: {A: true}'), want: '0.yml:4 services.app.environment.A must be a text or a number or nothing' },
    { because: 'a text where a number is wanted', text: service('ports: [{target: 80, published: "80"}]'), want: '0.yml:4 services.app.ports.0.published must be a whole number' },
    { because: 'a key of docker compose', text: service('platform: linux/amd64'), want: '0.yml:4 services.app.platform is not a key that docker knows here' },
    { because: 'a date', text: service('labels: {day: 2024-01-02}'), want: '0.yml:4 services.app.labels.day is a date to docker and no text: quote it, "2024-01-02"' },
    { because: 'a version that docker does not know', text: `version: "2.4"\n${service('tty: true')}`, want: '0.yml:1 version is "2.4", which docker does not know' },
    { because: 'an extension field in an old version', text: `version: "3.3"\nx-a: 1\n${service('tty: true')}`, want: '0.yml:2 x-a is not a key that docker knows here' },
    { because: 'a key of a newer version', text: `version: "3.8"\n${service('deploy: {resources: {limits: {pids: 9}}}')}`, want: '0.yml:5 services.app.deploy.resources.limits.pids is not a key that docker knows here' },
    { because: 'a duration that is none', text: service('stop_grace_period: 1 s'), want: '0.yml:4 services.app.stop_grace_period must be a duration such as 30s' },
    { because: 'the same twice', text: service('cap_add: [A, A]'), want: '0.yml:4 services.app.cap_add.1 is there twice' },
    { because: 'an external volume with a driver', text: 'services: {}\nvolumes:\n  a: {external: true, driver: local}', want: '0.yml:3 volumes.a.driver cannot be given to an external volume' },
  ])('is refused with $because, and the line is said', ({ text, want }) => expect(refused(text)).toEqual([want]));

  it.each([
    'environment: {A: 9007199254740993123, B: 1e3, C: null}', 'deploy: {replicas: "${N}"}', 'x-mine: {a: 2024-01-02}', 'ports: ["80:80", 81]',
  ])('is taken with %s', (line) => expect(refused(service(line))).toEqual([]));

  it.each([
    { because: 'two versions', texts: [`version: "3.8"\n${service('tty: true')}`, service('init: true')], want: [expect.stringMatching(/^1\.yml:1 version mismatched: 0\.yml is of 3\.8, and 1\.yml of 3\.13/)] },
    { because: 'the newest by number and without', texts: [`version: "3"\n${service('tty: true')}`, service('init: true')], want: [] },
  ])('beside another: $because', ({ texts, want }) => expect(refused(...texts)).toEqual(want));

  it('with a file that cc-ci adds is of the version that the recipe says', () => {
    const files = [{ path: 'compose.yml', text: `version: "3.8"\n${service('tty: true')}` }, { path: 'compose.ccci.yml', text: service('init: true') }];
    expect(composeTree({ files, env: {} })).toMatchObject({ ok: true, tree: { services: { app: { tty: true, init: true } } } });
  });
}); // oxfmt-ignore

describe('the schemas', () => {
  it('are docker’s: the newest is the fixture, without names and defaults', () => {
    const file = join(import.meta.dirname, '../../../tests/fixtures/compose-schema/config_schema_v3.13.json');
    const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as { definitions: Record<string, { properties?: object }> };
    expect(schemas.version).toBe('3.13');
    expect(Object.keys(schemas.schema.definitions.service.properties)).toEqual(Object.keys(definitions['service']?.properties ?? {}));
  });

  it.each([
    { path: ['services', 'app', 'deploy', 'replicas'], typed: true },
    { path: ['services', 'app', 'read_only'], typed: true },
    { path: ['services', 'app', 'ports', 0], typed: true },
    { path: ['services', 'app', 'ports', 0, 'published'], typed: true },
    { path: ['services', 'app', 'ulimits', 'nofile'], typed: true },
    { path: ['services', 'app', 'healthcheck', 'start_period'], typed: true },
    { path: ['networks', 'proxy', 'external'], typed: true },
    { path: ['services', 'app', 'image'], typed: false },
    { path: ['services', 'app', 'environment', 'A'], typed: false },
    { path: ['services', 'app', 'deploy', 'labels', 0], typed: false },
    { path: ['services', 'app', 'deploy', 'resources', 'limits', 'cpus'], typed: false },
    { path: ['x-mine', 'replicas'], typed: false },
  ])('$path may hold a variable, unless it is typed: $typed', ({ path, typed }) => expect(isTyped(path)).toBe(typed));
}); // oxfmt-ignore
