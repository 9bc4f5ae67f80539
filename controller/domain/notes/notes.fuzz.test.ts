/** Notes are made of a stranger's files: whatever these hold, lint must not end with an error of ours. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { GOOD, recipeOf } from '../lint/testing.ts';
import { operatorNotes } from './notes.ts';

const NAMES = ['app', 'db', 'x', '__proto__', 'constructor', 'a b', '', 'traefik.http.routers.a.rule'];
const TEXTS = [
  '${A}',
  '${A',
  '$',
  'postgres:15',
  ':',
  '@',
  'a@',
  '${STACK_NAME}_a_${B}',
  '80:80',
  'x:',
  'Host(`a`',
  '\n',
];

const word = fc.oneof(fc.constantFrom(...NAMES, ...TEXTS), fc.string());
const thing = fc.oneof(
  word,
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.dictionary(
    fc.constantFrom('external', 'name', 'file', 'driver_opts'),
    fc.oneof(word, fc.boolean(), fc.constant(null)),
  ),
  fc.array(word),
  fc.record({ external: fc.constant(true), name: word }),
);
const service = fc.oneof(
  fc.record({
    image: word,
    secrets: fc.array(word, { minLength: 3 }),
    networks: fc.array(word, { minLength: 3 }),
  }),
  fc.dictionary(
    fc.constantFrom('image', 'environment', 'secrets', 'configs', 'volumes', 'networks', 'ports', 'labels'),
    thing,
  ),
  fc.record({
    deploy: fc.record({ labels: fc.oneof(fc.array(word), fc.dictionary(word, thing)) }),
    image: word,
  }),
  thing,
);
const section = fc.oneof(fc.dictionary(fc.constantFrom(...NAMES), thing), thing);
const compose = fc
  .record(
    {
      services: fc.oneof(fc.dictionary(fc.constantFrom(...NAMES), service), thing),
      secrets: section,
      configs: section,
      volumes: section,
      networks: section,
    },
    { requiredKeys: [] },
  )
  .map((tree) => JSON.stringify(tree));
const sample = fc
  .array(
    fc.tuple(
      fc.constantFrom('', '#', 'export '),
      fc.constantFrom('A', 'B', 'COMPOSE_FILE', 'SECRET_A_VERSION'),
      word,
    ),
  )
  .map((lines) => lines.map(([before, name, value]) => `${before}${name}=${value}`).join('\n'));
const files = fc
  .record(
    { 'compose.yml': compose, 'compose.x.yml': compose, '.env.sample': sample, 'abra.sh': sample },
    { requiredKeys: [] },
  )
  .map((some) => Object.fromEntries(Object.entries({ ...GOOD, ...some })));

describe('operatorNotes', () => {
  it('never throw, put what is by hand first, and are each one line', () => {
    fc.assert(
      fc.property(files, files, word, (old, head, notes) => {
        const all = operatorNotes({ head: recipeOf(head), base: { recipe: recipeOf(old) }, notes });
        const order = all.map(({ byHand }) => byHand);
        return (
          JSON.stringify(order) === JSON.stringify([...order].sort((a, b) => Number(b) - Number(a))) &&
          all.every(({ text }) => text !== '' && !/\p{C}/u.test(text))
        );
      }),
      { numRuns: 60 },
    );
  });
}); // oxfmt-ignore
