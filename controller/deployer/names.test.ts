import { describe, expect, it } from 'vitest';
import { appOf } from './app.ts';
import { isDomain, nameProblem, stackNameOf } from './names.ts';

describe('stackNameOf', () => {
  it('turns dots into underscores, keeps hyphens, and stops at 45', () => {
    expect(stackNameOf('my-app.example.com')).toBe('my-app_example_com');
    expect(stackNameOf('a'.repeat(60))).toHaveLength(45);
  });
});

describe('isDomain', () => {
  it.each(['a.b', 'x', 'conf-a.ci.test', 'A1.example.com'])('%s is one', (text) =>
    expect(isDomain(text)).toBe(true),
  );
  it.each(['', '-a.b', 'a..b', '../x', 'a/b', 'a b', '--help', 'a_b.c', '.a'])('%j is none', (text) =>
    expect(isDomain(text)).toBe(false),
  );
});

describe('nameProblem', () => {
  it('speaks at 65 characters', () => {
    expect(nameProblem('secret', 'x', 'x'.repeat(64))).toBeUndefined();
    expect(nameProblem('secret', 'x', 'x'.repeat(65))).toMatch(/secret x is > 64/);
  });
});

describe('appOf', () => {
  const file = (text: string) => appOf({ domain: 'a.b', server: 'default', path: '/x', text });
  it('reads recipe and version', () => {
    expect(file('TYPE=ghost:1.0.0+5')).toMatchObject({ recipe: 'ghost', version: '1.0.0+5', stack: 'a_b' });
    expect(file('RECIPE=ghost')).toMatchObject({ recipe: 'ghost', version: undefined });
  });
  it.each([
    ['', /TYPE/],
    ['TYPE=../../etc', /TYPE/],
    ['TYPE=x\nSTACK_NAME=traefik', /only a_b is accepted/],
  ])('refuses %j', (text, want) => expect(() => file(text)).toThrow(want));
});
