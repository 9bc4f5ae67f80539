import { expect, it } from 'vitest';
import { commitStatusOf } from './commit-status.ts';
import { endedWith, FAILED, PASSED, RUNNING, runOf } from './fixtures.ts';
import { linksAt } from './links.ts';

const links = linksAt('https://ci.example.org');
const queued = runOf({
  status: { phase: 'Queued', queue: { position: 2, reason: 'waits for ghost-1' }, message: 'Queued.' },
});

it.each([
  {
    because: 'accepted is pending before the run has a status',
    run: runOf(),
    want: { state: 'pending', description: 'Accepted; it is taken up in a moment.' },
  },
  {
    because: 'queued says the place',
    run: queued,
    want: { state: 'pending', description: 'Queued, number 2 in line: waits for ghost-1.' },
  },
  {
    because: 'running says the stage',
    run: RUNNING,
    want: { state: 'pending', description: 'Running upgrade, attempt 1.' },
  },
  {
    because: 'a wish to cancel is said at once',
    run: { ...RUNNING, spec: { ...RUNNING.spec, cancel: { by: 'newer-run', who: 'x' } as const } },
    want: { state: 'pending', description: /^Being cancelled, because of a newer run;/ },
  },
  { because: 'green is success', run: PASSED, want: { state: 'success', description: /^Passed: lint,/ } },
  { because: 'red is failure', run: FAILED, want: { state: 'failure', description: /^Failed in upgrade:/ } },
  {
    because: 'a time-out is red',
    run: endedWith('TimedOut', 'Timed out: it.'),
    want: { state: 'failure', description: 'Timed out: it.' },
  },
  {
    because: 'what was not judged is no failure of the recipe',
    run: endedWith('Errored', 'Not judged (prepare): it.'),
    want: { state: 'error', description: 'Not judged (prepare): it.' },
  },
  {
    because: 'cancelled is neither green nor red',
    run: endedWith('Cancelled', 'Cancelled by ada.'),
    want: { state: 'error', description: 'Cancelled by ada.' },
  },
  {
    because: 'a refused document is ours to mend',
    run: runOf({ status: { phase: 'Refused', message: 'No RecipeSpec named "x".' } }),
    want: { state: 'error', description: 'No RecipeSpec named "x".' },
  },
] as const)('$because', ({ run, want: { state, description } }) => {
  const said = commitStatusOf(run, links);
  expect(said).toMatchObject({
    context: 'cc-ci/testme',
    state,
    targetUrl: 'https://ci.example.org/runs/hedgedoc-pr12-c4711',
  });
  if (typeof description === 'string') expect(said.description).toBe(description);
  else expect(said.description).toMatch(description);
});

it('is one line of at most 140 characters, without half a character at its end', () => {
  for (let length = 100; length < 180; length++) {
    const { description } = commitStatusOf(endedWith('Failed', `${'a'.repeat(length)}😀\n😀`), links);
    expect(description.length).toBeLessThanOrEqual(140);
    expect(description.isWellFormed()).toBe(true);
    expect(description).not.toContain('\n');
  }
});

it('leads nowhere where nothing is published', () => {
  expect(commitStatusOf(PASSED, linksAt(null)).targetUrl).toBeNull();
});
