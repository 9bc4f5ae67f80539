import { describe, expect, it } from 'vitest';
import { normaliserOf } from './normal-line.ts';

const COMMIT = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
const normal = normaliserOf({
  run: 'ghost-a1b2c3d-k9x2m',
  uid: 'k9x2mq7w',
  commit: COMMIT,
  app: { domain: 'ghost-k9x2mab12.ci.test', stack: 'ghost-k9x2mab12_ci_test' },
});

describe('normaliserOf', () => {
  it.each([
    ['https://ghost-k9x2mab12.ci.test/: 200', 'https://<domain>/: 200'],
    ['ghost-k9x2mab12_ci_test_app: 1/1', '<stack>_app: 1/1'],
    ['1-prepare of all starts', '1-prepare starts'],
    ['at a1b2c3d4: a subject', 'at <commit>: a subject'],
    [`checked out ${COMMIT}`, 'checked out <commit>'],
    ['2026-11-23T20:15:45.123Z ready', '<time> ready'],
    ['2026-11-23 20:15:45 UTC [7]', '<time> [7]'],
    ['"GET / HTTP/1.1" [23/Nov/2026:20:15:45 +0000]', '"GET / HTTP/1.1" [<time>]'],
    ['Start at 20:15:45', 'Start at <time>'],
    ['\u001B[32m✓\u001B[39m the page answers 12ms', '✓ the page answers <duration>'],
    ['did not end within 1m30s, down for 2.31 s', 'did not end within <duration>, down for <duration>'],
    ['task qjx1y2z3a4b5c6d7e8f9g0h1i exited', 'task <id> exited'],
    ['snapshot 9f8e7d6c saved', 'snapshot <id> saved'],
    ['id 0b6c1a52-8d1f-4b7e-9c2d-1a2b3c4d5e6f', 'id <id>'],
    ['connect 10.0.3.17:45123 refused', 'connect <address> refused'],
    [
      'listening on localhost:45123, port 45123, pid 4711',
      'listening on localhost:<port>, port <port>, pid <pid>',
    ],
    ['added 12.5 KiB in 3 files', 'added <size> in 3 files'],
    ['Waiting for service "app" (0 of 1 running; newest task starting).', 'Waiting for service "app"'],
    ['INFO ghost-k9x2mab12_ci_test_app: waiting, 0/1 running, preparing', 'INFO <stack>_app: waiting'],
    ['   Duration  12.74s (tests 72%, import 26%)', 'Duration'],
    ['the end  \r', 'the end'],
  ])('%s', (text, want) => {
    expect(normal(text)).toBe(want);
  });

  it.each([
    'image nginx:1.26 sha256:0123456789abcdef0123',
    'exit code 137',
    'version 1.1.1+1.26 is published',
    '3 tests passed, 1 skipped.',
    'service "app" restarted 4 times',
    'answered 502 instead of 200',
    'accessed facade',
  ])('keeps what says something: %s', (text) => {
    expect(normal(text)).toBe(text);
  });
});
