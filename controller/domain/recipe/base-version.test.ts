import { describe, expect, it } from 'vitest';
import { baseOf, basesOf, newestOf, type TagSeen } from './base-version.ts';

/** `1.1.0+1@head` is a tag of the head's commit, `1.1.0+1@c` one of c's; without a name it has a commit of its own. */
const seen = (tags: readonly string[]): TagSeen[] =>
  tags.map((tag) => {
    const [name = '', commit = `commit of ${tag}`] = tag.split('@');
    return { name, commit };
  });
const THREE = ['1.0.0+1', '1.1.0+1', '2.0.0+1'];

describe('baseOf', () => {
  it.each([
    { because: 'nothing is published', tags: [], version: '1.0.0+1', want: null },
    { because: 'none is older than the first', tags: ['1.1.0+1'], version: '1.0.0+1', want: null },
    { because: 'the newest below the head’s own', tags: THREE, version: '1.2.0+1', want: '1.1.0+1' },
    { because: 'the label is not raised yet: one of the head’s own version, published before more was done', tags: ['1.0.0+1', '1.1.0+1'], version: '1.1.0+1', want: '1.1.0+1' },
    { because: 'not raised on a branch of an old series', tags: THREE, version: '1.1.0+1', want: '1.1.0+1' },
    { because: 'raised on a branch of an old series, below the newest tag', tags: [...THREE, '2.1.0+1'], version: '1.1.1+1', want: '1.1.0+1' },
    { because: 'a tag with v is the same version', tags: ['1.0.0+1', 'v1.1.0+1'], version: '1.1.0+1', want: 'v1.1.0+1' },
    { because: 'a label with v as well, also of the app', tags: ['1.0.0+1', '1.1.0+1'], version: 'v1.1.0+v1', want: '1.1.0+1' },
    { because: 'the part before + orders, however upstream counts', tags: ['1.9.0+2.0.1-social-amd64', '1.10.0+1.0.5-social-amd64'], version: '1.11.0+1.0.5', want: '1.10.0+1.0.5-social-amd64' },
    { because: 'by number, not by text', tags: ['1.9.0+3', '1.10.0+3'], version: '1.11.0+3', want: '1.10.0+3' },
    { because: 'a tag of the head itself is no base', tags: ['1.0.0+1', '1.1.0+1@head'], version: '1.1.0+1', want: '1.0.0+1' },
    { because: 'nor with a v', tags: ['1.0.0+1', 'v1.1.0+1@head'], version: '1.1.0+1', want: '1.0.0+1' },
    { because: 'nor where another version is published after it', tags: ['1.0.0+1', '1.1.0+1@head', '2.0.0+1'], version: '1.1.0+1', want: '1.0.0+1' },
    { because: 'nor where its label says less than its tag', tags: ['1.0.0+1', '1.1.0+1', '1.2.0+1@head'], version: '1.1.0+1', want: '1.1.0+1' },
    { because: 'two tags on the head’s commit are both no base', tags: ['1.0.0+1', 'v1.1.0+1@head', '1.1.0+2@head'], version: '1.1.0+2', want: '1.0.0+1' },
    { because: 'two tags on one commit are one version, under its newest name', tags: ['1.0.0+1@c', '1.0.1+1@c'], version: '1.1.0+1', want: '1.0.1+1' },
    { because: 'the only tag is the head’s', tags: ['1.0.0+1@head'], version: '1.0.0+1', want: null },
    { because: 'without a label the newest of all', tags: ['1.0.0+1', '2.0.0+1'], version: null, want: '2.0.0+1' },
    { because: 'without a label on a published commit the one before it', tags: ['1.0.0+1', '1.1.0+1@head', '2.0.0+1'], version: null, want: '1.0.0+1' },
    { because: 'a label that is no version does not order', tags: ['1.0.0+1', '2.0.0+1'], version: 'next', want: '2.0.0+1' },
    { because: 'one that is no version on a published commit: the tag orders', tags: ['1.0.0+1', '1.1.0+1@head', '2.0.0+1'], version: 'soon', want: '1.0.0+1' },
    { because: 'tags that are no versions do not count', tags: ['latest', '1.0.0-rc1', '1.0.0+1'], version: '3.0.0+1', want: '1.0.0+1' },
  ])('takes: $because', ({ tags, version, want }) => {
    expect(baseOf(seen(tags), { commit: 'head', version })?.name ?? null).toBe(want);
  });

  it('is the same in whatever order the tags are listed', () => {
    const tags = seen(['1.0.0+1', 'v1.0.0+1', '1.1.0+2', '1.1.0+10', '1.2.0+1@head']);
    const head = { commit: 'head', version: '1.2.0+1' };
    expect(baseOf(tags.toReversed(), head)).toEqual(baseOf(tags, head));
    expect(baseOf(tags, head)?.name).toBe('1.1.0+10');
  });
}); // oxfmt-ignore

describe('basesOf', () => {
  it('goes on to those before, newest first, without the head and without a commit twice', () => {
    const tags = seen(['0.9.0+1', '1.0.0+1@c', '1.0.1+1@c', '1.1.0+1', '1.2.0+1@head', '2.0.0+1']);
    const names = basesOf(tags, { commit: 'head', version: '1.2.0+1' }).map(({ name }) => name);
    expect(names).toEqual(['1.1.0+1', '1.0.1+1', '0.9.0+1']);
  });
});

describe('newestOf', () => {
  it.each([
    { because: 'above the head', tags: ['1.0.0+1', '2.0.0+1'], want: '2.0.0+1' },
    { because: 'not the head’s own', tags: ['1.0.0+1', '2.0.0+1@head'], want: '1.0.0+1' },
    { because: 'none', tags: ['latest'], want: null },
  ])('is $because', ({ tags, want }) => {
    expect(newestOf(seen(tags), { commit: 'head', version: '1.1.0+1' })).toBe(want);
  });
});
