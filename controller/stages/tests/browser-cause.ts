/** Tests that had no browser, or lost it: what they would have found is not known. Pure. */
import type { Cause, TestCase } from '../../api/stage.ts';
import { counted } from '../../domain/text/count.ts';
import { BrowserNotStarted } from '../sandbox/browser.ts';

/** The harness throws it, with its name before its message; the words of a page or an app stand behind other names. */
const notStarted = ({ message = '' }: TestCase): boolean => message.startsWith(`${BrowserNotStarted.NAME}: `);

/** Playwright’s own words, right after its call: what a page throws comes with a name before it. */
const LOST =
  /^(?:\w*Error: )?\w+\.\w+: (?:Target page, context or browser has been closed|(?:Target|Page) crashed|Target closed|Browser (?:has been )?closed|Protocol error \(\w+\.\w+\))/;
const lost = ({ message = '' }: TestCase): boolean => LOST.test(message);

export const lackedBrowser = (test: TestCase): boolean => notStarted(test) || lost(test);

/** Null where all of them had one. */
export function browserCause(failed: readonly TestCase[]): Cause | null {
  const without = failed.filter(notStarted);
  const evidence = (without[0]?.message ?? failed.find(lost)?.message ?? '').slice(0, 2_000);
  const [first = ''] = evidence.split('\n');
  if (without.length > 0)
    return {
      reason: BrowserNotStarted.NAME,
      message: `${counted(without.length, 'test')} could not be run without a browser: ${first.slice(BrowserNotStarted.NAME.length + 2)}`,
      evidence,
      nextStep:
        'See what `ccci-ctl doctor` says of chromium and bubblewrap, and start the controller as root.',
    };
  if (evidence === '') return null;
  return {
    reason: 'BrowserLost',
    message: `The browser ended, or broke its protocol, while a test used it: ${first}`,
    evidence,
    nextStep: 'Run again; if it comes back, look at the machine’s memory and at `ccci-ctl doctor`.',
  };
}
