import { describe, expect, it } from 'vitest';
import { type ComposeFacts, composeFacts } from '../recipe/compose-facts.ts';
import type { Versions } from '../recipe/version-change.ts';
import { newUnset, unsetCause, upgradeNotes } from './unset.ts';

const factsOf = (environment: readonly string[], secret = 'v1'): ComposeFacts =>
  composeFacts({
    files: [
      {
        path: 'compose.yml',
        text: `services:
  app:
    image: web:2
    secrets: [token]
    environment: [${environment.join(', ')}]
secrets:
  token: { external: true, name: "s_token_${secret}" }
`,
      },
    ],
    env: { SET: 'x' },
    stack: 's',
  });

const versions = (old: readonly string[], head: readonly string[], secret?: string): Versions => ({
  old: factsOf(old),
  head: factsOf(head, secret),
  documented: [],
  sampled: { MODE: 'fast', SET: 'x', EMPTY: '' },
});

describe('newUnset', () => {
  it.each([
    { because: 'one that a new app gets and an old one does not', old: [], head: ['MODE'], want: ['MODE'] },
    { because: 'not one that is set', old: [], head: ['SET'], want: [] },
    { because: 'not one with a value or a default', old: [], head: ['MODE=1', '"OTHER=${MODE:-1}"'], want: [] },
    { because: 'not one that the old version passed too', old: ['MODE'], head: ['MODE'], want: [] },
    { because: 'not one that a new app does not get either', old: [], head: ['EMPTY', 'NOWHERE'], want: [] },
  ])('is $because', ({ old, head, want }) => {
    expect(newUnset(versions(old, head)).map(({ name }) => name)).toEqual(want);
  }); // oxfmt-ignore
});

describe('unsetCause', () => {
  const unset = newUnset(versions([], ['MODE']));
  const failed = { reason: 'SwarmRollback', message: 'Swarm took it back.', service: 'app', evidence: 'exit 4' };

  it('names the variable, its line, and what came of it', () => {
    expect(unsetCause(failed, unset)).toMatchObject({
      reason: 'NewVariableWithoutDefault',
      service: 'app',
      message: expect.stringMatching(/"app" is given MODE, which .* does not have\. Swarm took it back\./) as string,
      evidence: 'compose.yml:5\nexit 4',
      nextStep: expect.stringContaining('- MODE=${MODE:-…}') as string,
    });
  });

  it.each([
    { because: 'another service failed', change: { service: 'db' } },
    { because: 'the service is not even started', change: { reason: 'ImageMissing' } },
    { because: 'it starts', change: { reason: 'DataLost' } },
  ])('blames nothing where $because', ({ change }) => {
    expect(unsetCause({ ...failed, ...change }, unset)).toBeNull();
  });
}); // oxfmt-ignore

describe('upgradeNotes', () => {
  it('tells operators of variables and secrets that their app lacks', () => {
    expect(upgradeNotes(versions([], ['MODE'], 'v2'))).toEqual([
      expect.stringContaining('The secret "token" is new, or has a new version'),
      expect.stringContaining('given MODE (compose.yml:5)'),
    ]);
    expect(upgradeNotes(versions(['MODE'], ['MODE']))).toEqual([]);
  });
});
