import { describe, expect, it } from 'vitest';
import {
  composeFileNames,
  deployLabels,
  fillCompose,
  pairsOf,
  parseCompose,
  typedVariables,
  type ComposeFile,
} from './compose.ts';
import { deployedTree, overlayOf } from './stack-deploy.ts';
import { composeTree } from '../domain/recipe/compose-tree.ts';
import type { App } from './app.ts';

function file(text: string, env = {}): ComposeFile {
  const raw = parseCompose(text, 'compose.yml');
  return { name: 'compose.yml', raw, filled: fillCompose(raw, env, 'compose.yml') };
}

describe('parseCompose', () => {
  it('reads numbers as docker does', () => {
    expect(parseCompose('a: 0440\nb: 440\nc: "0440"\nd: 22:22\ne: yes', 'x')).toEqual({
      a: 288,
      b: 440,
      c: '0440',
      d: '22:22',
      e: 'yes',
    });
  });
  it('resolves anchors and merges', () => {
    expect(parseCompose('x-a: &a {b: 1}\nc:\n  <<: *a\n  d: 2', 'x').c).toEqual({ b: 1, d: 2 });
  });
  it.each(['', '- a', 'a: [', 'a: 1\na: 2'])('refuses %j and names the file', (text) => {
    expect(() => parseCompose(text, 'compose.x.yml')).toThrow(/cannot read compose\.x\.yml/);
  });
});

describe('labels and environments', () => {
  it.each([
    { because: 'a list', value: ['a=1', 'b=x=y', 'c'], want: { a: '1', b: 'x=y', c: undefined } },
    {
      because: 'a mapping, of any scalar',
      value: { a: 1, b: true, c: null },
      want: { a: '1', b: 'true', c: undefined },
    },
    { because: 'nothing', value: undefined, want: {} },
  ])('$because', ({ value, want }) => expect(Object.fromEntries(pairsOf(value))).toEqual(want));

  it('come from all files, the later winning, in either form', () => {
    const files = [
      file('services: {app: {deploy: {labels: ["a=1", "b=1"]}}}'),
      file('services: {app: {deploy: {labels: {b: 2}}}}'),
    ];
    expect(Object.fromEntries(deployLabels(files, 'app'))).toEqual({ a: '1', b: '2' });
  });
});

describe('composeFileNames', () => {
  it.each([
    [{}, ['compose.yml']],
    [{ COMPOSE_FILE: '' }, ['compose.yml']],
    [{ COMPOSE_FILE: 'compose.yml:compose.x.yml' }, ['compose.yml', 'compose.x.yml']],
    [{ COMPOSE_FILE: 'compose.yml::compose.yml' }, ['compose.yml']],
  ])('%j', (env, want) => expect(composeFileNames(env)).toEqual(want));
});

describe('typedVariables', () => {
  it('finds the variables that abra refuses, and no others', () => {
    const tree = parseCompose(
      'services:\n  app:\n    image: x:${V}\n    stop_grace_period: ${G}\n    healthcheck: {start_period: "${P:-1m}", test: "$T"}\n    deploy: {replicas: 2, labels: ["t=${T}"]}',
      'x',
    );
    expect(typedVariables(tree)).toEqual([
      'services.app.stop_grace_period',
      'services.app.healthcheck.start_period',
    ]);
  });
});

describe('what abra adds', () => {
  const app = { stack: 'x_org', domain: 'x.org' } as App;
  const planOf = (text: string, env: Record<string, string>) => {
    const read = composeTree({ files: [{ path: 'compose.yml', text }], env });
    if (!read.ok) throw new Error(read.problem);
    return { app, recipeDir: '/r', tree: read.tree, env, labels: { l: 'v' }, type: 'r:1.0.0+1' };
  };

  it('labels app, exposes the env to it, and keeps what the recipe sets itself', () => {
    const plan = planOf('services: {app: {environment: ["A=mine"]}, db: {}}', { A: '1', B: '2', TYPE: 'r' });
    expect(overlayOf(plan)).toEqual({
      services: { app: { deploy: { labels: { l: 'v' } }, environment: { B: '2', TYPE: 'r:1.0.0+1' } } },
    });
    expect(deployedTree(plan)).toEqual({
      services: {
        app: { deploy: { labels: { l: 'v' } }, environment: { A: 'mine', B: '2', TYPE: 'r:1.0.0+1' } },
        db: {},
      },
    });
  });
  it('passes env without a value through, to any service, and leaves out what is not set', () => {
    const plan = planOf('services: {app: {environment: [A]}, db: {environment: {B: null, C: null}}}', {
      A: '1',
      B: '2',
    });
    expect(deployedTree(plan)).toMatchObject({
      services: { app: { environment: { A: '1' } }, db: { environment: { B: '2' } } },
    });
  });
  it('adds no app to a recipe without one', () => {
    expect(overlayOf(planOf('services: {web: {}}', { A: '1' }))).toEqual({ services: {} });
  });
});
