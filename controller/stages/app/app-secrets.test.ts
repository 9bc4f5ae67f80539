import { describe, expect, it } from 'vitest';
import { composeFacts } from '../../domain/recipe/compose-facts.ts';
import type { Thing } from '../../ports.ts';
import { appOf, logOf, swarmOf } from '../step/testing.ts';
import { keepOnlySecretsOf, withNewest } from './app-secrets.ts';

const STACK = 'web_ci_test';
const facts = composeFacts({
  files: [
    {
      path: 'compose.yml',
      text: `services:
  app: { image: "web:1", secrets: [token] }
secrets:
  token: { external: true, name: "\${STACK_NAME}_token_v1" }
`,
    },
  ],
  env: { STACK_NAME: STACK },
  stack: STACK,
});

const thing = (kind: Thing['kind'], name: string): Thing => ({
  kind,
  id: name,
  name: `${STACK}_${name}`,
  stack: STACK,
  createdAt: new Date(0),
});

/** What the swarm has afterwards. */
async function left(secrets: readonly string[]): Promise<string[]> {
  let things = [thing('volume', 'extra_v1'), ...secrets.map((name) => thing('secret', name))];
  await keepOnlySecretsOf(facts, {
    request: appOf('/nowhere').request,
    log: logOf(),
    swarm: swarmOf({
      observe: () => Promise.resolve({ stack: STACK, services: [], things }),
      ensureAbsent: (gone) => {
        things = things.filter((each) => each !== gone);
        return Promise.resolve();
      },
    }),
  });
  return things.map(({ name }) => name.slice(STACK.length + 1));
}

describe('an app of an older version', () => {
  it.each([
    { because: 'keeps the secrets that it asks for', secrets: ['token_v1'], want: ['extra_v1', 'token_v1'] },
    { because: 'has none that only the head asks for', secrets: ['token_v1', 'key_v1'], want: ['extra_v1', 'token_v1'] },
    { because: 'has no newer version of its own', secrets: ['token_v1', 'token_v2'], want: ['extra_v1', 'token_v1'] },
  ])('$because', async ({ secrets, want }) => expect(await left(secrets)).toEqual(want));
}); // oxfmt-ignore

describe('the values that are known', () => {
  it.each<{ because: string; kept: Record<string, string>; made: string[]; want: object }>([
    { because: 'a new secret has its plain name', kept: { a: '1' }, made: ['b=2'], want: { a: '1', b: '2' } },
    { because: 'the newest of one has it, and the one before stays known', kept: { a: '1' }, made: ['a=2'], want: { a: '2', 'a (1)': '1' } },
    { because: 'again and again', kept: { a: '2', 'a (1)': '1' }, made: ['a=3'], want: { a: '3', 'a (1)': '1', 'a (2)': '2' } },
  ])('$because', ({ kept, made, want }) => {
    const secrets = made.map((pair) => ({ name: pair.split('=')[0] ?? '', value: pair.split('=')[1] ?? '' }));
    expect(withNewest(kept, secrets)).toEqual(want);
  });
}); // oxfmt-ignore
