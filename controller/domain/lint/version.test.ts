import { describe, expect, it } from 'vitest';
import { edited, type Files, GOOD, heads, recipeOf } from './testing.ts';
import { isMajorBump, versionFindings } from './version.ts';

const LABEL = '- "coop-cloud.${STACK_NAME}.version=1.0.0+1.27.0"';
const labelled = (label: string, files: Files = GOOD): Files => edited(files, 'compose.yml', [LABEL, label]);
const changed: Files = { ...GOOD, 'app.conf': 'two' };

describe('versionFindings', () => {
  it.each<{ because: string; head: Files; base?: string; headTags?: string[]; newest?: string; want: string[] }>([
    { because: 'a version that nothing changed since is right', head: GOOD, base: '1.0.0+1.27.0', want: [] },
    { because: 'there need not be a published version', head: changed, want: [] },
    {
      because: 'a label that is not a version cannot be ordered',
      head: labelled('- "coop-cloud.${STACK_NAME}.version=next"'),
      want: ['error compose.yml:10 VersionUnparsable'],
    },
    {
      because: 'a release candidate is no version to abra either',
      head: labelled("- 'coop-cloud.${STACK_NAME}.version=1.0.0-rc1+1.27.0'"),
      want: ['error compose.yml:10 VersionUnparsable'],
    },
    { because: 'a bare label of a list is read', head: labelled('- coop-cloud.${STACK_NAME}.version=1.0.0+1.2'), want: [] },
    { because: 'an upstream suffix is part of a version', head: labelled('- coop-cloud.${STACK_NAME}.version=2.0.1+1.0.6-social-amd64'), want: [] },
    { because: 'a missing label is prepare’s to say', head: labelled('- "a=b"'), want: [] },
    { because: 'an empty one as well', head: labelled('- "coop-cloud.${STACK_NAME}.version="'), want: [] },
    {
      because: 'labels may be a mapping, whose keys docker does not fill',
      head: edited(labelled('coop-cloud.${STACK_NAME}.version: "soon"'), 'compose.yml', ['- "backupbot.backup=true"', 'backupbot.backup: "true"']),
      want: ['error compose.yml:10 VersionUnparsable'],
    },
    { because: 'a file of the deployment changed under a published version', head: changed, base: '1.0.0+1.27.0', want: ['warning compose.yml:10 VersionNotBumped'] },
    { because: 'tag and label may differ by the v', head: changed, base: 'v1.0.0+v1.27.0', want: ['warning compose.yml:10 VersionNotBumped'] },
    { because: 'a README is no part of a deployment', head: { ...GOOD, 'README.md': 'new' }, base: '1.0.0+1.27.0', want: [] },
    { because: 'an optional compose file is', head: { ...GOOD, 'compose.x.yml': 'services: {}' }, base: '1.0.0+1.27.0', want: ['warning compose.yml:10 VersionNotBumped'] },
    { because: 'a new version is right whatever changed', head: changed, base: '0.9.0+1.26.0', headTags: [], want: ['warning release/1.0.0+1.27.0 NoReleaseNote'] },
    { because: 'a minor version needs no note', head: labelled('- coop-cloud.${STACK_NAME}.version=1.1.0+1.27.0', changed), base: '1.0.0+1.27.0', want: [] },
    { because: 'a major version has its note', head: { ...changed, 'release/1.0.0+1.27.0': 'x' }, base: '0.9.0+1.26.0', want: [] },
    { because: 'or the note that will be renamed', head: { ...changed, 'release/next': 'x' }, base: '0.9.0+1.26.0', want: [] },
    { because: 'the note of another version is none', head: { ...changed, 'release/0.9.0+1.26.0': 'x' }, base: '0.9.0+1.26.0', want: ['warning release/1.0.0+1.27.0 NoReleaseNote'] },
    { because: 'a tagged commit says its version', head: GOOD, headTags: ['1.0.0+1.27.0'], want: [] },
    { because: 'with or without v', head: GOOD, headTags: ['latest', 'v1.0.0+1.27.0'], want: [] },
    { because: 'a label below the newest version is a branch of an old series, or forgotten', head: GOOD, newest: '2.0.0+1', want: ['warning compose.yml:10 VersionBelowPublished'] },
    { because: 'equal to it is not below it, with or without v', head: GOOD, newest: 'v1.0.0+v1.27.0', want: [] },
    { because: 'nor is one above it', head: GOOD, newest: '0.9.0+1', want: [] },
    { because: 'a published commit may be an old one', head: GOOD, headTags: ['1.0.0+1.27.0'], newest: '2.0.0+1', want: [] },
    { because: 'and not another', head: GOOD, headTags: ['1.1.0+1.27.0'], want: ['warning compose.yml:10 VersionTagDiffers'] },
  ])('$because', ({ head, base, headTags = [], newest = null, want }) => {
    const published = base === undefined ? null : { tag: base, recipe: recipeOf(GOOD) };
    expect(heads(versionFindings({ head: recipeOf(head), headTags, newest, base: published }))).toEqual(want);
  });

  it('names what changed', () => {
    const head = recipeOf({ ...changed, 'abra.sh': '' });
    const base = { tag: '1.0.0+1.27.0', recipe: recipeOf(GOOD) };
    const [finding] = versionFindings({ head, headTags: [], newest: null, base });
    expect(finding?.message).toMatch(/^abra\.sh and 1 more file changed since 1\.0\.0\+1\.27\.0/);
  });
}); // oxfmt-ignore

describe('versions', () => {
  it.each([
    ['1.9.0+1', '2.0.0+1', true],
    ['v1.9.0+1', '2.0.0+1', true],
    ['1.0.0+1', '1.9.0+9', false],
    ['2.0.0+1', '1.0.0+1', false],
    ['1.0.0+1', null, false],
  ])('from %s to %s is major: %s', (from, to, want) => expect(isMajorBump(from, to)).toBe(want));
});
