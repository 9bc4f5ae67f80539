import { expect, it } from 'vitest';
import type { Cancellation } from '../../api/test-run.ts';
import { cancelledText } from './cancellation.ts';

const ROWS: readonly { because: string; cancel: boolean | Cancellation; want: string }[] = [
  { because: 'a plain true says that it was a person', cancel: true, want: 'Cancelled by a person.' },
  { because: 'a person may stay without a name', cancel: { by: 'person' }, want: 'Cancelled by a person.' },
  { because: 'a person has a name', cancel: { by: 'person', who: 'ada' }, want: 'Cancelled by ada.' },
  {
    because: 'a person has a reason, which may be a sentence of its own',
    cancel: { by: 'person', who: 'ada', why: 'Wrong branch. ' },
    want: 'Cancelled by ada: Wrong branch.',
  },
  {
    because: 'a newer run is named',
    cancel: { by: 'newer-run', who: 'ghost-pr1-b' },
    want: 'Cancelled: a newer run of the same pull request, ghost-pr1-b, took its place.',
  },
  {
    because: 'a newer run may stay without a name',
    cancel: { by: 'newer-run' },
    want: 'Cancelled: a newer run of the same pull request took its place.',
  },
  {
    because: 'a pull request was closed',
    cancel: { by: 'closed-pull-request' },
    want: 'Cancelled: its pull request was closed.',
  },
  {
    because: 'a pull request was closed by somebody',
    cancel: { by: 'closed-pull-request', who: 'bob' },
    want: 'Cancelled: its pull request was closed by bob.',
  },
  {
    because: 'the server says why',
    cancel: { by: 'server', why: 'it is going down for an upgrade' },
    want: 'Cancelled by the server: it is going down for an upgrade.',
  },
];

it.each(ROWS)('$because', ({ cancel, want }) => {
  expect(cancelledText(cancel)).toBe(want);
});
