/** Seeds, reads and destroys the app's known data by `tests/recipes/<recipe>/data.ts`, as a process of its own. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { LedgerEntry, type PreparedData, SecretSum } from '../../api/stage-data.ts';
import { ROOT } from '../../config.ts';
import { differenceText, ledgerDifferences } from '../../domain/data/ledger.ts';
import { appContextOf } from '../tests/app-tests.ts';
import { CONTEXT_VARIABLE } from '../app/app-context.ts';
import { sha256 } from '../app/app-secrets.ts';
import { whileRunning } from '../app/guard-running.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { readSidecar } from '../../store/sidecar.ts';
import { exists } from '../../store/exists.ts';
import { endMarked, MARK_VARIABLE } from '../../host/marked-processes.ts';
import { StageFailure } from '../step/report.ts';

export type LedgerVerb = 'seed' | 'mutate' | 'read';

/** What the program writes. */
const LedgerRead = z.object({ entries: z.array(LedgerEntry), secrets: z.array(SecretSum) });
export type LedgerRead = z.infer<typeof LedgerRead>;

const PROGRAM = join(ROOT, 'tests', 'harness', 'ledger-main.ts');
/** Data that cannot be written or read within this time will not be. */
const LEDGER_MS = 2 * 60_000;
const TERM_GRACE_MS = 3_000;

/**
 * Does the one verb if it is not `read`, then reads: the entries that are there, and the secrets as the containers see them.
 * An app that dies meanwhile is what is wrong, and not its data.
 */
export async function runLedger(
  context: App & Step & Pick<Tools, 'swarm'>,
  prepared: PreparedData,
  verb: LedgerVerb,
): Promise<LedgerRead> {
  const running = await context.swarm.observe(context.request.app.stack);
  return whileRunning(context, running, () => runProgram(context, prepared, verb));
}

async function runProgram(
  context: App & Step,
  prepared: PreparedData,
  verb: LedgerVerb,
): Promise<LedgerRead> {
  const dir = await mkdtemp(join(context.layout.secretsDir(context.request.uid), 'ledger-'));
  try {
    const outFile = join(dir, 'out.json');
    const ended = await start(context, prepared, { verb, dir, outFile });
    context.signal.throwIfAborted();
    if (ended !== null) throw broken(verb, ended);
    const found = LedgerRead.parse(JSON.parse(await readFile(outFile, 'utf8')));
    context.log.say(`ledger after ${verb}: ${found.entries.length} entries`);
    return found;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Call {
  readonly verb: LedgerVerb;
  readonly dir: string;
  readonly outFile: string;
}

/** Null when it ended well, else its last words. */
async function start(context: App & Step, prepared: PreparedData, call: Call): Promise<string | null> {
  const contextFile = join(call.dir, 'context.json');
  const mark = `${context.env[MARK_VARIABLE] ?? `ledger/${randomUUID()}`}/ledger`;
  const env = { ...context.env, [MARK_VARIABLE]: mark };
  await writeFile(contextFile, JSON.stringify({ ...appContextOf(context, prepared), env }), { mode: 0o600 });
  const child = execa(process.execPath, [PROGRAM, call.verb, await moduleOf(context), call.outFile], {
    cwd: ROOT,
    env: { ...env, [CONTEXT_VARIABLE]: contextFile, NO_COLOR: '1' },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    timeout: LEDGER_MS,
    forceKillAfterDelay: TERM_GRACE_MS,
    cancelSignal: context.signal,
  });
  const say = context.log.from('ledger');
  let lastLine = '';
  for await (const line of child.iterable({ from: 'all' })) {
    say(line);
    if (line.trim() !== '') lastLine = line.trim();
  }
  const { exitCode, timedOut } = await child;
  await endMarked(mark);
  if (timedOut) return `no end within ${LEDGER_MS / 1000} s; last line: ${lastLine}`;
  return exitCode === 0 ? null : lastLine;
}

/** The recipe's own, or the floor that holds for every recipe. */
async function moduleOf({ config, request }: Pick<StageContext, 'config' | 'request'>): Promise<string> {
  const own = join(config.testsDir, request.recipe, 'data.ts');
  return (await exists(own)) ? own : join(config.testsDir, '_generic', 'data.ts');
}

/** The app answers, so that its data cannot be written or read is first of all a fault of what we wrote for it. */
function broken(verb: LedgerVerb, said: string): StageFailure {
  return new StageFailure('infra', {
    reason: 'LedgerBroken',
    message: `The data of the app could not be handled (${verb}).`,
    evidence: said,
    nextStep: 'Run the recipe’s data.ts by hand, as tests/harness/README.md says for its tests.',
  });
}

export interface Comparison {
  readonly before: LedgerRead['entries'];
  readonly after: LedgerRead['entries'];
  readonly reason: 'DataLost' | 'DataNotRestored';
  /** Completes "is gone …": `after the upgrade`. */
  readonly when: string;
  readonly nextStep: string;
}

/** Red at the first difference, however well the app answers. */
export function needSame({ before, after, reason, when, nextStep }: Comparison): void {
  const differences = ledgerDifferences(before, after);
  const [first] = differences;
  if (first === undefined) return;
  throw new StageFailure('recipe', {
    reason,
    message: `Of ${before.length} things in the ledger ${differences.length === 1 ? '1 is not as it was' : `${differences.length} are not as they were`} ${when}: ${differenceText(first)}.`,
    evidence: differences.map(differenceText).join('\n'),
    nextStep,
  });
}

/** What a service had before it has still, whatever the secret's version is called now. */
export function needKeptSecrets(
  before: LedgerRead['secrets'],
  after: LedgerRead['secrets'],
  when: string,
): void {
  for (const { service, name, sha256: now } of after) {
    const was = before.find((each) => each.service === service && shortName(each.name) === shortName(name));
    if (was === undefined || was.sha256 === null || now === null || was.sha256 === now) continue;
    throw secretChanged({ service, name, now }, `${when} than before (${was.name}, sha256 ${was.sha256})`);
  }
}

/** Without its version. */
const shortName = (name: string): string => name.replace(/_[^_]*$/, '');

function secretChanged(
  { service, name, now }: { service: string; name: string; now: string },
  than: string,
): StageFailure {
  return new StageFailure('recipe', {
    reason: 'SecretChanged',
    message: `The secret "${shortName(name)}" of service "${service}" has another value ${than}.`,
    service,
    evidence: `sha256 of ${name} is ${now}`,
    nextStep: 'A secret keeps its value through upgrade, backup and restore, or the app’s data is locked.',
  });
}

/** The values that were generated, as the containers see them now; what was never generated is not judged. */
export async function needSameSecrets(
  context: Pick<StageContext, 'sidecar'>,
  seen: LedgerRead['secrets'],
  when: string,
): Promise<void> {
  const values = Object.entries(await readSidecar(context.sidecar));
  for (const { name, sha256: now, service } of seen) {
    const short = shortName(name);
    const made = values.filter(([key]) => key === short || key.startsWith(`${short} (`));
    if (now === null || made.length === 0 || made.some(([, value]) => sha256(value) === now)) continue;
    throw secretChanged({ service, name, now }, `${when} than was generated`);
  }
}
