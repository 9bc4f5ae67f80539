import { describe, expect, it } from 'vitest';
import { hintOf, KnownStacks } from './event-stack.ts';
import { EventShape } from './shapes.ts';

const known = ['shop_ci_test', 'shop_ci_test_eu', 'shop'];
const event = (Type: string, Actor: { ID?: string; Attributes?: Record<string, string> }) =>
  EventShape.parse({ Type, Action: 'create', Actor });

describe('hintOf', () => {
  it.each([
    {
      because: "a container bears its stack's label",
      event: event('container', {
        Attributes: { 'com.docker.stack.namespace': 'x', name: 'shop_app.1.abc' },
      }),
      want: { stack: 'x' },
    },
    {
      because: 'a service bears only its name, and a known stack tells where to cut it',
      event: event('service', { Attributes: { name: 'shop_ci_test_app' } }),
      want: { stack: 'shop_ci_test' },
    },
    {
      because: 'the longest known stack wins',
      event: event('service', { Attributes: { name: 'shop_ci_test_eu_app' } }),
      want: { stack: 'shop_ci_test_eu' },
    },
    {
      because: 'of an unknown stack we only know that it may be any',
      event: event('service', { Attributes: { name: 'blog_ci_test_app' } }),
      want: { stack: null },
    },
    {
      because: 'a volume is named by its id',
      event: event('volume', { ID: 'shop_data' }),
      want: { stack: 'shop' },
    },
    {
      because: 'a name without an underscore is no stack’s',
      event: event('volume', { ID: '4f1c' }),
      want: 'nothing',
    },
  ])('$because', ({ event, want }) => expect(hintOf(event, known)).toEqual(want));
});

it('forgets the stacks that were met longest ago', () => {
  const stacks = new KnownStacks(2);
  for (const name of ['a', 'b', 'a', 'c']) stacks.add(name);
  expect([...stacks]).toEqual(['a', 'c']);
});
