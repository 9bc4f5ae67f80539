/** Deploys by abra while the swarm itself is watched: the Docker API says when it is done, or why it never will be. */
import type { Cause } from '../../api/stage.ts';
import type { AbraResult } from '../../abra/driver.ts';
import type { Convergence } from '../../domain/swarm/convergence.ts';
import type { StackSeen } from '../../ports.ts';
import type { StageContext } from '../step/context.ts';
import { checkoutExactly } from '../../git/git.ts';
import { judgeOf, LOOK_MS, makeLook } from './watch-stack.ts';
import { StageFailure } from '../step/report.ts';

interface Times {
  readonly since: Date;
  readonly deadline: Date;
}

export interface Deploy extends Times {
  readonly commit: string;
}

/** A published version, which abra checks out by itself. */
export interface PinnedDeploy extends Times {
  readonly version: string;
}

/** An answer of abra that is not "done" ends the stage with abra's own words. */
export function expectDone(context: StageContext, result: AbraResult<unknown>, reason: string): void {
  if (result.ok) return;
  throw new StageFailure(result.fault, abraCause(context, result, reason));
}

/** Hooks are the recipe's own commands: when one fails, that is the cause; and so is what the app put into its volumes. */
export function hookOr(result: AbraResult<unknown>, what: 'Backup' | 'Restore'): string {
  if (result.ok) return `${what}Failed`;
  if (/^the backup is too large\b/i.test(result.message)) return 'BackupTooLarge';
  return /\bhook\b/i.test(result.message) ? `${what}HookFailed` : `${what}Failed`;
}

function abraCause(
  context: StageContext,
  result: Extract<AbraResult<unknown>, { ok: false }>,
  reason: string,
): Cause {
  return {
    reason,
    message: `${context.abra.kind === 'abra' ? 'abra' : 'The built-in deployer'} refused: ${result.message}`,
    evidence: result.lastLines.at(-1) ?? result.message,
    nextStep: `Try \`abra ${result.command}\` on a swarm of your own.`,
  };
}

interface Deploying extends Times {
  /** Null where the stack was empty before: whatever runs then is this deploy's. */
  readonly commit: string | null;
  readonly args: { readonly chaos: boolean; readonly version?: string };
}

export async function deployHead(context: StageContext, deploy: Deploy): Promise<StackSeen> {
  // Other abra commands may have moved the checkout (abra-contract 6.3).
  await checkoutExactly(context.checkout, deploy.commit, context.env);
  return deployed(context, { ...deploy, args: { chaos: true } });
}

/** Into an empty stack. */
export async function deployPinned(context: StageContext, deploy: PinnedDeploy): Promise<StackSeen> {
  return deployed(context, { ...deploy, commit: null, args: { chaos: false, version: deploy.version } });
}

async function deployed(context: StageContext, deploy: Deploying): Promise<StackSeen> {
  const { abra, request } = context;
  const enough = new AbortController();
  const deploying = abra.deploy({
    ...deploy.args,
    domain: request.app.domain,
    noDomainChecks: true,
    noConverge: request.settings.readyProbe !== undefined,
    signal: AbortSignal.any([context.signal, enough.signal]),
  });
  const ended: { result: AbraResult<unknown> | null } = { result: null };
  const told = deploying.then((result) => (ended.result = result));
  try {
    return await watch(context, deploy, ended);
  } finally {
    // Converged or hopeless: waiting for abra's own watch to notice is of no use to anybody.
    enough.abort();
    await told;
  }
}

async function watch(
  context: StageContext,
  deploy: Deploying,
  ended: { readonly result: AbraResult<unknown> | null },
): Promise<StackSeen> {
  const look = makeLook(context, judgeOf(context, deploy));
  for (;;) {
    // Read before the look: what abra did is then visible in it.
    const { result } = ended;
    const { seen, now } = await look();
    if (now.state === 'converged' && result?.ok === true) return seen;
    const failure = failureOf(context, now, result);
    if (failure !== null) throw failure;
    if (context.clock.now() > deploy.deadline) throw tooLate(context, now);
    await context.wait(LOOK_MS);
  }
}

/** What the swarm shows explains more than abra's words, which only stand in where it shows nothing. */
function failureOf(
  context: StageContext,
  now: Convergence,
  result: AbraResult<unknown> | null,
): StageFailure | null {
  if (now.state === 'failed' && now.cause !== null) return new StageFailure(now.fault ?? 'recipe', now.cause);
  if (result === null || result.ok) return null;
  return new StageFailure(now.fault ?? result.fault, now.cause ?? abraCause(context, result, 'DeployFailed'));
}

function tooLate(context: StageContext, now: Convergence): StageFailure {
  const { timeout } = context.request.settings.health;
  const cause = now.cause ?? {
    reason: 'NotConverged',
    message: `Not running as asked within ${timeout}.`,
    evidence: now.waitingFor,
    nextStep: 'Look at the service’s log; if the app is only slow, raise health.timeout in its RecipeSpec.',
  };
  return new StageFailure(now.fault ?? 'recipe', cause);
}
