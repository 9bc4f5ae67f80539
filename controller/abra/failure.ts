/** Why a command of abra failed, told from its exit and its last lines. */
import { parseFatal } from './parse.ts';
import type { RunResult } from './run.ts';

/** Why a command of abra did not do what it was asked. A result, not an error. */
export type AbraFailure = {
  ok: false;
  /** The words typed after `abra`, without values. */
  command: string;
  why: 'fatal' | 'timeout' | 'aborted' | 'unreadable';
  /** `infra`: the machine, Docker or abra itself; `recipe`: what was deployed. */
  fault: 'recipe' | 'infra';
  /** abra's own FATA text where there is one. */
  message: string;
  lastLines: readonly string[];
  run: RunResult;
};

const LAST_LINES = 20;

/** Words that speak of the machine and not of the recipe. */
const MACHINE = [
  /cannot connect to the docker daemon/i,
  /docker daemon.*(?:permission denied|not running)|permission denied.*docker/i,
  /context deadline exceeded|took longer than|i\/o timeout|connection (?:refused|reset)/i,
  /not a swarm manager|swarm does not have a leader/i,
  /unknown (?:shorthand )?flag|unknown command|usage:/i,
  /inappropriate ioctl|not supported by the built-in deployer/i,
  /no space left on device|cannot allocate memory/i,
  /^cannot start \S+: spawn /,
  // What it reads is a copy of our own making.
  /^restic [a-z]+: /,
];

function faultOf(message: string): 'recipe' | 'infra' {
  return MACHINE.some((pattern) => pattern.test(message)) ? 'infra' : 'recipe';
}

/** The end of what it said; stdout is left out where it may hold secrets. */
export function lastLinesOf(run: RunResult, secret: boolean): string[] {
  const text = secret ? run.stderr : `${run.stdout}\n${run.stderr}`;
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LAST_LINES);
}

function exitText(run: RunResult): string {
  return run.exitCode === null ? `was ended by ${run.signal ?? 'a signal'}` : `exited with ${run.exitCode}`;
}

export type Failing = { command: string; run: RunResult; secret: boolean };

type Said = Pick<AbraFailure, 'why' | 'fault' | 'message'>;

/** It was stopped from outside. */
function stoppedText({ command, run }: Failing, last: string | undefined): Said {
  const seconds = Math.round(run.durationMs / 1000);
  if (run.aborted)
    return { why: 'aborted', fault: 'infra', message: `abra ${command} was cancelled after ${seconds}s` };
  const line = last === undefined ? '' : `; last line: ${last}`;
  return { why: 'timeout', fault: 'infra', message: `abra ${command} did not end within ${seconds}s${line}` };
}

/** It ended with something else than 0. */
function fatalText({ command, run, secret }: Failing, last: string | undefined): Said {
  const fatal = parseFatal(run.stderr) ?? (secret ? undefined : parseFatal(run.stdout));
  const message =
    fatal ?? `abra ${command} ${exitText(run)}${last === undefined ? ' and said nothing' : `: ${last}`}`;
  return { why: 'fatal', fault: run.exitCode === null ? 'infra' : faultOf(message), message };
}

/** The failure that a finished run is, or undefined when it went well. */
export function failureOf(failing: Failing): AbraFailure | undefined {
  const { command, run, secret } = failing;
  const lastLines = lastLinesOf(run, secret);
  const stopped = run.aborted || run.timedOut;
  if (!stopped && run.exitCode === 0) return undefined;
  const said = (stopped ? stoppedText : fatalText)(failing, lastLines.at(-1));
  return { ok: false, command, ...said, lastLines, run };
}

/** It ended well and said something that cannot be read. */
export function unreadable({ command, run, secret }: Failing, message: string): AbraFailure {
  return {
    ok: false,
    command,
    why: 'unreadable',
    fault: 'infra',
    message,
    lastLines: lastLinesOf(run, secret),
    run,
  };
}
