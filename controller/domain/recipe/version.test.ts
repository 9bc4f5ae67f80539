import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chaosVersion, chooseVersion, matrixVersions, newerThan, releasesOf, smallSha } from './version.ts';

describe('matrixVersions', () => {
  it.each([
    { because: 'none', from: '', taken: '', left: '' },
    { because: 'few are all taken', from: 'd c b a', taken: 'd c b a', left: '' },
    { because: 'the newest, and the very oldest', from: 'g f e d c b a', taken: 'g f e a', left: 'd c b' },
  ])('$because', ({ from, taken, left }) => {
    const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
    expect(matrixVersions(words(from))).toEqual({ taken: words(taken), left: words(left) });
  });
});

describe('releasesOf', () => {
  it.each([
    {
      because: 'the recipe part orders, whatever upstream calls itself',
      given: ['1.0.0+9.9', '0.9.0+99.0', '2.0.1+1.0.6-social-amd64'],
      want: ['0.9.0+99.0', '1.0.0+9.9', '2.0.1+1.0.6-social-amd64'],
    },
    {
      because: 'numbers are compared as numbers',
      given: ['0.10.0+1', '0.9.0+1'],
      want: ['0.9.0+1', '0.10.0+1'],
    },
    { because: 'a leading v changes nothing', given: ['v1.2.0', '1.1.0+3'], want: ['1.1.0+3', 'v1.2.0'] },
    {
      because: 'upstream only breaks ties',
      given: ['1.0.0+1.10', '1.0.0+1.9'],
      want: ['1.0.0+1.9', '1.0.0+1.10'],
    },
    {
      because: 'tags that are no version are skipped',
      given: ['latest', '1.0.0+1', 'release/next', '1.0.0-rc1'],
      want: ['1.0.0+1'],
    },
  ])('$because', ({ given, want }) => {
    expect(releasesOf(given).releases.map((release) => release.tag)).toEqual(want);
  });

  it('names what it skipped', () => {
    expect(releasesOf(['latest', '1.0.0+1']).skipped).toEqual(['latest']);
  });

  it('puts any order of the same tags into one order', () => {
    const tag = fc
      .tuple(fc.nat(30), fc.nat(30), fc.nat(30), fc.nat(9))
      .map(([a, b, c, d]) => `${a}.${b}.${c}+${d}`);
    fc.assert(
      fc.property(fc.uniqueArray(tag), (tags) => {
        const once = releasesOf(tags).releases.map((release) => release.tag);
        expect(releasesOf(tags.toReversed()).releases.map((release) => release.tag)).toEqual(once);
      }),
    );
  });
});

describe('chooseVersion', () => {
  const { releases } = releasesOf(['1.0.0+1', '2.0.0+1']);
  const base = { releases, head: 'a'.repeat(40), latest: false };
  it.each([
    {
      because: 'the argument comes first',
      given: { ...base, requested: '1.0.0+1', env: '2.0.0+1' },
      want: '1.0.0+1',
    },
    {
      because: 'then the env file',
      given: { ...base, env: '1.0.0+1', deployed: '2.0.0+1' },
      want: '1.0.0+1',
    },
    {
      because: '--latest passes over env file and swarm',
      given: { ...base, env: '1.0.0+1', deployed: '1.0.0+1', latest: true },
      want: '2.0.0+1',
    },
    { because: 'then what is deployed', given: { ...base, deployed: '1.0.0+1' }, want: '1.0.0+1' },
    { because: 'then the newest release', given: base, want: '2.0.0+1' },
    { because: 'a recipe without releases is its HEAD', given: { ...base, releases: [] }, want: 'aaaaaaaa' },
  ])('$because', ({ given, want }) => expect(chooseVersion(given)).toBe(want));
});

describe('the version of a chaos deploy', () => {
  it('has eight digits, and +U when the tree is dirty', () => {
    expect(smallSha('7ae7b0f7c0ffee')).toBe('7ae7b0f7');
    expect(chaosVersion('7ae7b0f7c0ffee', true)).toBe('7ae7b0f7+U');
  });
});

describe('newerThan', () => {
  const { releases } = releasesOf(['1.0.0+1', '2.0.0+1', '3.0.0+1']);
  it.each([
    { current: '1.0.0+1', want: ['2.0.0+1', '3.0.0+1'] },
    { current: '3.0.0+1', want: [] },
    { current: '7ae7b0f7', want: undefined },
    { current: 'unknown', want: undefined },
  ])('of $current is $want', ({ current, want }) => expect(newerThan(current, releases)).toEqual(want));
});
