import { describe, expect, it } from 'vitest';
import { treeOf } from '../lint/testing.ts';
import { entryAt, treeEntriesOf } from './git-tree.ts';

const ID = 'a'.repeat(40);

describe('treeEntriesOf', () => {
  it('reads files and links with any name, and leaves submodules out', () => {
    const listing = [
      `100644 blob ${ID}      12\tcompose.yml`,
      `100755 blob ${ID}       0\twith space\tand\nnewline`,
      `120000 blob ${ID}      11\tlink`,
      `160000 commit ${ID}       -\tmodule`,
      '',
    ].join('\0');
    expect(treeEntriesOf(listing).map(({ path, kind, bytes }) => [path, kind, bytes])).toEqual([
      ['compose.yml', 'file', 12],
      ['with space\tand\nnewline', 'file', 0],
      ['link', 'link', 11],
    ]);
  });
});

describe('entryAt', () => {
  const tree = treeOf({
    'app.conf': 'own',
    'conf/app.conf': 'inner',
    'in.conf': '-> conf/app.conf',
    'conf/up.conf': '-> ../app.conf',
    folder: '-> conf',
    'again.conf': '-> folder/up.conf',
    'out.conf': '-> ../../etc/passwd',
    'absolute.conf': '-> /etc/passwd',
    'etc/passwd': 'own, and not the host’s',
    'loop.conf': '-> loop.conf',
    'nowhere.conf': '-> none.conf',
  });

  it.each([
    ['a file', 'app.conf', 'own'],
    ['a file by a way about', './conf/../app.conf', 'own'],
    ['a link', 'in.conf', 'inner'],
    ['a link upwards within the recipe', 'conf/up.conf', 'own'],
    ['a file in a linked folder', 'folder/app.conf', 'inner'],
    ['a link to a link', 'again.conf', 'own'],
    ['a link out of the recipe', 'out.conf', null],
    ['an absolute link', 'absolute.conf', null],
    ['a link to itself', 'loop.conf', null],
    ['a link to nothing', 'nowhere.conf', null],
    ['a folder', 'conf', null],
    ['a linked folder', 'folder', null],
    ['the way out', '../app.conf', null],
    ['nothing', 'none.conf', null],
  ])('finds %s', (_what, path, want) => expect(entryAt(tree, path)?.id ?? null).toBe(want));
});
