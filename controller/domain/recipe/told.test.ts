import { describe, expect, it } from 'vitest';
import { isTold, releaseNotesOf } from './told.ts';

describe('isTold', () => {
  it.each([
    { because: 'the word is there', subject: 'SMTP_HOST', notes: 'Set `SMTP_HOST`.', want: true },
    { because: 'nothing is', subject: 'SMTP_HOST', notes: '', want: false },
    { because: 'a longer word is another', subject: 'SMTP_HOST', notes: 'Set SMTP_HOSTS.', want: false },
    { because: 'a service with a hyphen is a word', subject: 'db-old', notes: 'remove db-old.', want: true },
    { because: 'a part of one is not', subject: 'db', notes: 'remove db-old.', want: false },
    { because: 'a name is no pattern', subject: 'a.b', notes: 'remove axb', want: false },
  ])('$because: $want', ({ subject, notes, want }) => expect(isTold(subject, notes)).toBe(want));
});

describe('releaseNotesOf', () => {
  it('looks with and without v, and for the note of a version that has no number yet', () => {
    expect(releaseNotesOf('v2.0.0+1')).toEqual(['release/2.0.0+1', 'release/v2.0.0+1', 'release/next']);
    expect(releaseNotesOf(null)).toEqual(['release/next']);
  });
});
