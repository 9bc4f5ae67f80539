import { expect, it } from 'vitest';
import { hookOr } from './deploy.ts';

const run = {
  exitCode: 1,
  signal: null,
  stdout: '',
  stderr: '',
  durationMs: 1,
  aborted: false,
  timedOut: false,
  allGone: true,
};
const failed = (message: string) =>
  ({
    ok: false,
    command: 'app backup create',
    why: 'fatal',
    fault: 'recipe',
    message,
    lastLines: [],
    run,
  }) as const;

it.each([
  { because: 'the bound of a backup is named', message: 'the backup is too large: with /data of x_app it has more than 4096 MiB', want: 'BackupTooLarge' },
  { because: 'a hook that failed is named', message: 'hook of x_app failed with exit 1: the backup is too large', want: 'BackupHookFailed' },
  { because: 'all else is the backup’s', message: 'cannot read /data of x_app', want: 'BackupFailed' },
])('$because', ({ message, want }) => {
  expect(hookOr(failed(message), 'Backup')).toBe(want);
}); // oxfmt-ignore
