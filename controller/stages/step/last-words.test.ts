import { describe, expect, it } from 'vitest';
import type { StackSeen, TaskSeen } from '../../ports.ts';
import { withLastWords } from './last-words.ts';
import type { StageReport } from './report.ts';

const task = (id: string, state: string, at: number): TaskSeen =>
  ({ id, state, updatedAt: new Date(at) }) as unknown as TaskSeen;

const LINES = [
  { task: 'old', text: 'old: no space' },
  { task: 'new', text: 'connecting' },
  { task: 'new', text: 'FATAL: password hunter2 refused' },
  { task: 'new', text: '  ' },
  { task: 'live', text: 'listening' },
].map((line) => ({ time: '', ...line }));

async function told(change: Partial<NonNullable<StageReport['cause']>>, logs = async () => LINES) {
  const tasks = [task('old', 'failed', 1), task('live', 'running', 3), task('new', 'failed', 2)];
  const said: string[] = [];
  const context = {
    swarm: { observe: async () => ({ services: [{ id: 's', name: 'app', tasks }] }) as unknown as StackSeen, logs },
    log: { say: (text: string) => void said.push(text), redact: (text: string) => text.replace('hunter2', '[redacted]') },
    request: { app: { stack: 'web' } },
  };
  const cause = { reason: 'TaskExited', message: 'It exited.', service: 'app', evidence: 'exit (1)', ...change };
  const report = await withLastWords(context, { outcome: 'failed', message: 'It exited.', cause });
  return { cause: report.cause, said };
} // oxfmt-ignore

describe('withLastWords', () => {
  it('quotes the last line of the task that ended last, redacted', async () => {
    const { cause } = await told({});
    expect(cause?.message).toBe('It exited. It said last: "FATAL: password [redacted] refused".');
    expect(cause?.evidence).toBe('exit (1)\nlog of task new: FATAL: password [redacted] refused');
  });

  it('quotes the task that the evidence names', async () => {
    expect((await told({ evidence: 'exit (task old)' })).cause?.message).toMatch(/"old: no space"\.$/);
  });

  it.each([
    { because: 'no service is named', change: { service: undefined } },
    { because: 'the service is gone', change: { service: 'db' } },
    { because: 'no task failed', change: { reason: 'RouteMissing' } },
  ])('adds nothing where $because', async ({ change }) => {
    expect((await told(change)).cause?.message).toBe('It exited.');
  });

  it('leaves the cause as it is where the log cannot be read, and says so', async () => {
    const { cause, said } = await told({}, () => Promise.reject(new Error('no such service')));
    expect(cause?.message).toBe('It exited.');
    expect(said.join()).toContain('no such service');
  });
});
