import { describe, expect, it } from 'vitest';
import { aloneOf, asksForNone, conclusionOf, type End, type Tried } from './bisect.ts';

const DB = { service: 'db', from: 'mariadb:10.6', to: 'mariadb:11.4' };
const APP = { service: 'app', from: 'wiki:1', to: 'wiki:2' };
const CACHE = { service: 'cache', from: 'redis:6', to: 'redis:7' };

const lost: End = {
  verdict: 'Failed',
  step: 'upgrade',
  cause: { reason: 'DataLost', message: '2 are not as they were' },
  message: 'Failed in upgrade: 2 are not as they were',
};
/** The same, in the words of another run. */
const alike: End = { ...lost, cause: { reason: 'DataLost', message: '3 are not as they were' } };
const passed: End = { verdict: 'Passed', step: null, cause: null, message: 'Passed: install, upgrade.' };
const exited: End = {
  verdict: 'Failed',
  step: 'install',
  cause: { reason: 'TaskExited', message: 'exited with code 1.', service: 'app' },
  message: '',
};
const limited: End = {
  verdict: 'Errored',
  step: 'prepare',
  cause: { reason: 'RegistryRateLimit', message: 'The registry’s rate limit was reached.' },
  message: '',
};
const deleted: End = { verdict: null, step: null, cause: null, message: 'run/x was deleted' };

const tried = (...pairs: (readonly [Tried['change'], End])[]): Tried[] =>
  pairs.map(([change, end]) => ({ change, end }));

describe('how one bump alone ended', () => {
  it.each([
    { because: 'the same step and reason, whatever the words', end: alike, want: 'like' },
    { because: 'no failure', end: passed, want: 'passed' },
    { because: 'another step', end: { ...lost, step: 'backup' as const }, want: 'otherwise' },
    {
      because: 'another reason',
      end: { ...lost, cause: { reason: 'WrongImage', message: '' } },
      want: 'otherwise',
    },
    {
      because: 'the same reason of another service',
      end: { ...lost, cause: { reason: 'DataLost', message: '', service: 'db' } },
      want: 'otherwise',
    },
    {
      because: 'a limit that was reached',
      end: { ...lost, verdict: 'TimedOut' as const },
      want: 'otherwise',
    },
    { because: 'what was not judged', end: limited, want: 'unjudged' },
    { because: 'what was cancelled', end: { ...lost, verdict: 'Cancelled' as const }, want: 'unjudged' },
    { because: 'what is not there', end: deleted, want: 'unjudged' },
  ])('$because is "$want"', ({ end, want }) => {
    expect(aloneOf(lost, end)).toBe(want);
  });
});

describe('the conclusion', () => {
  it.each([
    {
      because: 'one that fails alone is named, with the cause of the run',
      given: tried([APP, passed], [DB, alike]),
      judged: true,
      text: 'The bump of "db" (mariadb 10.6 → 11.4) alone fails like the run did: upgrade: DataLost: 2 are not as they were.',
    },
    {
      because: 'what fails differently is said beside it',
      given: tried([APP, exited], [DB, alike]),
      judged: true,
      text: 'The bump of "db" (mariadb 10.6 → 11.4) alone fails like the run did: upgrade: DataLost: 2 are not as they were. The bump of "app" (wiki 1 → 2) alone fails differently: install: TaskExited: exited with code 1.',
    },
    {
      because: 'a culprit is one, also where another bump was not judged',
      given: tried([APP, limited], [DB, alike]),
      judged: true,
      text: 'The bump of "db" (mariadb 10.6 → 11.4) alone fails like the run did: upgrade: DataLost: 2 are not as they were. The bump of "app" (wiki 1 → 2) alone was not judged: prepare: RegistryRateLimit: The registry’s rate limit was reached.',
    },
    {
      because: 'several are named',
      given: tried([APP, alike], [DB, alike], [CACHE, passed]),
      judged: true,
      text: 'Each of the bumps of "app" (wiki 1 → 2) and "db" (mariadb 10.6 → 11.4) alone fails like the run did: upgrade: DataLost: 2 are not as they were.',
    },
    {
      because: 'none that fails alone: together',
      given: tried([APP, passed], [DB, passed]),
      judged: true,
      text: 'None fails alone: they fail only together, or the failure does not come back.',
    },
    {
      because: 'a failure of another kind is no proof',
      given: tried([APP, exited], [DB, passed]),
      judged: true,
      text: 'None fails alone like the run did: they fail only together, or the failure does not come back. The bump of "app" (wiki 1 → 2) alone fails differently: install: TaskExited: exited with code 1.',
    },
    {
      because: 'without a culprit, one that was not judged may be it',
      given: tried([APP, passed], [DB, limited]),
      judged: false,
      text: 'Could not judge: the bump of "db" (mariadb 10.6 → 11.4) alone was not judged: prepare: RegistryRateLimit: The registry’s rate limit was reached.',
    },
    {
      because: 'nor can anything be said where a run is gone',
      given: tried([APP, deleted], [DB, passed]),
      judged: false,
      text: 'Could not judge: the bump of "app" (wiki 1 → 2) alone was not judged: run/x was deleted.',
    },
  ])('$because', ({ given, judged, text }) => {
    expect(asksForNone(lost, given)).toBe(false);
    expect(conclusionOf({ whole: lost, tried: given, none: null })).toEqual({ judged, text });
  });

  const ALL = 'Each of the 2 bumps alone fails like the run did: upgrade: DataLost: 2 are not as they were.';

  it.each([
    { because: 'nothing is known of the head without them', none: null, judged: true, text: ALL },
    {
      because: 'the head passes without them',
      none: passed,
      judged: true,
      text: `${ALL} With none of them the commit passes.`,
    },
    {
      because: 'the head fails without them as well: the images are not to blame',
      none: alike,
      judged: true,
      text: 'No image bump is to blame: with none of them the commit fails like the run did: upgrade: DataLost: 2 are not as they were. Look at what else it changes.',
    },
    {
      because: 'the head fails differently without them',
      none: exited,
      judged: true,
      text: `${ALL} With none of them it fails differently: install: TaskExited: exited with code 1.`,
    },
    {
      because: 'the head without them was not judged',
      none: limited,
      judged: false,
      text: `${ALL} Could not judge whether the images are to blame: the run with none of them: prepare: RegistryRateLimit: The registry’s rate limit was reached.`,
    },
  ])('where all fail alone, and $because', ({ none, judged, text }) => {
    const given = tried([APP, alike], [DB, alike]);
    expect(asksForNone(lost, given)).toBe(true);
    expect(conclusionOf({ whole: lost, tried: given, none })).toEqual({ judged, text });
  });
});
