import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appNameOf, isOurStack, MAX_STACK, ourStackOf, ourStackOfAnyZone } from './names.ts';

const KEY = 'k'.repeat(32);
const input = { recipe: 'custom-html', pr: 12, uid: 'u1', attempt: 1, zone: 'ci.test' };

describe('appNameOf', () => {
  it('gives 10,000 runs of 50 recipes 10,000 names', () => {
    const names = new Set<string>();
    for (let i = 0; i < 10_000; i++) {
      names.add(
        appNameOf({ ...input, recipe: `recipe-${i % 50}`, pr: i % 200, uid: `run-${i}` }, KEY).domain,
      );
    }
    expect(names.size).toBe(10_000);
  });

  it('keeps every stack within abra’s 45 characters, DNS-clean, and recognisable as ours', () => {
    const recipes = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/);
    fc.assert(
      fc.property(recipes, fc.option(fc.integer({ min: 1, max: 9999 })), fc.string(), (recipe, pr, uid) => {
        const zone = 'ci.commoninternet.net';
        const { domain, stack } = appNameOf({ recipe, pr, uid, attempt: 1, zone }, KEY);
        expect(stack.length).toBeLessThanOrEqual(MAX_STACK);
        expect(domain.split('.')[0]).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
        expect(isOurStack(stack, zone, KEY)).toBe(true);
      }),
    );
  });

  it('says when the zone leaves no room', () => {
    expect(() => appNameOf({ ...input, zone: 'a-very-long-zone-name.example.org' }, KEY)).toThrow(
      /leaves no room/,
    );
  });

  it('differs from attempt to attempt', () => {
    expect(appNameOf(input, KEY).domain).not.toBe(appNameOf({ ...input, attempt: 2 }, KEY).domain);
  });
});

describe('ourStackOf', () => {
  const { stack } = appNameOf(input, KEY);
  it.each([
    { because: 'the stack itself', thing: { name: stack, stack: null }, want: stack },
    {
      because: 'a secret of the stack',
      thing: { name: `${stack}_db_password_v1`, stack: null },
      want: stack,
    },
    { because: 'a task’s container', thing: { name: `${stack}_app.1.abc`, stack }, want: stack },
    {
      because: 'a name that another key made',
      thing: { name: appNameOf(input, 'other').stack, stack: null },
      want: null,
    },
    {
      because: 'a label that names another stack',
      thing: { name: `${stack}_app`, stack: 'production' },
      want: null,
    },
    {
      because: 'a bystander in our zone',
      thing: { name: 'wiki_ci_test_app', stack: 'wiki_ci_test' },
      want: null,
    },
    {
      because: 'a longer zone that only starts like ours',
      thing: { name: `${stack}ing_app`, stack: null },
      want: null,
    },
    {
      because: 'somebody else’s prefix before our name',
      thing: { name: `x_${stack}`, stack: null },
      want: null,
    },
  ])('$because', ({ thing, want }) => {
    expect(ourStackOf(thing, 'ci.test', KEY)).toBe(want);
    expect(ourStackOfAnyZone(thing, KEY)).toBe(want);
  });
});
