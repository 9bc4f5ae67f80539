import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAME_PATTERN } from '../../api/primitives.ts';
import { isRunOf, pullNameOf, repositoryOf, runNameOfComment } from './names.ts';

const recipe = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/);
const pull = fc.integer({ min: 1, max: 10_000_000 });
const commentId = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('the name of a run', () => {
  it('says recipe, pull request and comment', () => {
    expect(runNameOfComment({ recipe: 'ghost', pull: 12, commentId: 99 })).toBe('ghost-pr12-c99');
    expect(pullNameOf('ghost', 12)).toBe('ghost-pr12');
  });

  it('is a name, and is known again, whatever the recipe is called', () => {
    fc.assert(
      fc.property(recipe, pull, commentId, (recipe, pull, commentId) => {
        const name = runNameOfComment({ recipe, pull, commentId });
        expect(name).toMatch(NAME_PATTERN);
        expect(name.endsWith(`-pr${pull}-c${commentId}`)).toBe(true);
        expect(isRunOf(name, { recipe, pull })).toBe(true);
        expect(isRunOf(name, { recipe, pull: pull + 1 })).toBe(false);
      }),
    );
  });

  it.each([
    'ghost-pr1-c2-x',
    'ghost-pr12-c2',
    'ghost-1a2b3c4-c2',
    'ghost-pr1-c02',
    'ghost-pr1-c',
    'ghosts-pr1-c2',
  ])('%s is none of pull request 1', (name) =>
    expect(isRunOf(name, { recipe: 'ghost', pull: 1 })).toBe(false),
  );
});

describe('the repository of an address', () => {
  const FORGE = 'https://git.example.org';
  it.each([
    { because: 'the web address', address: 'https://git.example.org/coop/ghost.git', forge: FORGE },
    { because: 'without its ending', address: 'https://git.example.org/coop/ghost', forge: FORGE },
    { because: 'with a slash', address: 'https://GIT.example.org/coop/ghost/', forge: FORGE },
    { because: 'the port is the usual one', address: 'https://git.example.org:443/coop/ghost', forge: FORGE },
    {
      because: 'by ssh, with a port of its own',
      address: 'ssh://git@git.example.org:2222/coop/ghost.git',
      forge: FORGE,
    },
    { because: 'by ssh in short', address: 'git@git.example.org:coop/ghost.git', forge: FORGE },
    {
      because: 'a forge below a path',
      address: 'https://example.org/git/coop/ghost',
      forge: 'https://example.org/git',
    },
    { because: 'a port', address: 'http://127.0.0.1:3000/coop/ghost.git', forge: 'http://127.0.0.1:3000' },
  ])('is coop/ghost: $because', ({ address, forge }) =>
    expect(repositoryOf(address, forge)).toEqual({ owner: 'coop', name: 'ghost' }),
  );

  it.each([
    { because: 'another host', address: 'https://git.example.org.evil.net/coop/ghost' },
    { because: 'another port', address: 'https://git.example.org:8443/coop/ghost' },
    { because: 'the host stands as the user', address: 'https://git.example.org@evil.net/coop/ghost' },
    { because: 'a path on this machine', address: '/srv/git/ghost.git' },
    { because: 'a path on this machine', address: 'file:///coop/ghost' },
    { because: 'a relative path', address: './ghost' },
    { because: 'more than two parts', address: 'https://git.example.org/a/coop/ghost' },
    { because: 'one part', address: 'https://git.example.org/ghost' },
    { because: 'dots', address: 'https://git.example.org/coop/..' },
    { because: 'dots', address: 'git@git.example.org:../ghost' },
    { because: 'a coded slash', address: 'https://git.example.org/coop/gho%2Fst' },
  ])('$address is not on the forge: $because', ({ address }) =>
    expect(repositoryOf(address, FORGE)).toBeNull(),
  );
});
