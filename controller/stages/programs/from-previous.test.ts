import { describe, expect, it } from 'vitest';
import { fromPreviousText } from './from-previous.ts';

describe('fromPreviousText', () => {
  it.each([
    { because: 'nothing where it was not tried', tried: null, want: '' },
    {
      because: 'what was needed',
      tried: { version: '1.0.0+1', verdict: 'restorable', detail: 'after a restart: 2 things as before' },
      want: ' A backup of 1.0.0+1 can be restored into the head (after a restart: 2 things as before).',
    },
    {
      because: 'what is missing',
      tried: { version: '1.0.0+1', verdict: 'needs-more', detail: 'also after a restart: "a" is gone' },
      want: ' A backup of 1.0.0+1 needs more than a restore (also after a restart: "a" is gone).',
    },
  ] as const)('says $because', ({ tried, want }) => {
    expect(fromPreviousText(tried)).toBe(want);
  });
});
