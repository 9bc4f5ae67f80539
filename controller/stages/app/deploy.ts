/** Deploys by abra while the swarm itself is watched: the Docker API says when it is done, or why it never will be. */
import type { Cause } from '../../api/stage.ts';
import type { AbraResult } from '../../abra/driver.ts';
import type { Convergence } from '../../domain/swarm/convergence.ts';
import type { StackSeen } from '../../ports.ts';
import { until } from '../../runtime/until.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { checkoutExactly } from '../../git/git.ts';
import { type Gate, openGate } from './gate.ts';
import { DIFFERS } from './hold-against.ts';
import { judgeOf, type Looked, makeLook, STACK_LOOK_MS } from './watch-stack.ts';
import { StageFailure } from '../step/report.ts';

/** What a deploy needs: the gate reads what swarm was told. */
export type DeployContext = App & Pick<Tools, 'abra' | 'specs' | 'swarm'> & Step;

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
export function expectDone(
  context: Pick<StageContext, 'abra'>,
  result: AbraResult<unknown>,
  reason: string,
): void {
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
  context: Pick<StageContext, 'abra'>,
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

export async function deployHead(context: DeployContext, deploy: Deploy): Promise<StackSeen> {
  // Other abra commands may have moved the checkout (docs/abra.md, 6.3).
  await checkoutExactly(context.checkout, deploy.commit, context.env);
  return deployAndWatch(context, { ...deploy, args: { chaos: true } });
}

/** Into an empty stack. */
export async function deployPinned(context: DeployContext, deploy: PinnedDeploy): Promise<StackSeen> {
  return deployAndWatch(context, {
    ...deploy,
    commit: null,
    args: { chaos: false, version: deploy.version },
  });
}

async function deployAndWatch(context: DeployContext, deploy: Deploying): Promise<StackSeen> {
  const gate = await context.substep('gate', () => openGate(context));
  try {
    return await deployThrough(gate, context, deploy);
  } catch (error) {
    // At once, and not after evidence was collected: nobody said that this may run.
    if (error instanceof StageFailure && error.failure.reason === DIFFERS)
      await context.abra.undeploy(context.request.app.domain);
    throw error;
  }
}

async function deployThrough(gate: Gate, context: DeployContext, deploy: Deploying): Promise<StackSeen> {
  const { abra, request } = context;
  const enough = new AbortController();
  const deploying = abra.deploy({
    ...deploy.args,
    tree: gate.tree,
    domain: request.app.domain,
    noDomainChecks: true,
    noConverge: request.settings.readyProbe !== undefined,
    signal: AbortSignal.any([context.signal, enough.signal]),
  });
  const ended: { result: AbraResult<unknown> | null } = { result: null };
  const told = deploying.then((result) => (ended.result = result));
  const guarding = gate.guard(enough.signal);
  try {
    const watching = watch(context, deploy, ended);
    const seen = await Promise.race([watching, guarding.then(() => watching)]);
    await context.substep('held', () => gate.hold());
    return seen;
  } finally {
    // Converged or hopeless: waiting for abra's own watch to notice is of no use to anybody.
    enough.abort();
    await told;
  }
}

async function watch(
  context: DeployContext,
  deploy: Deploying,
  ended: { readonly result: AbraResult<unknown> | null },
): Promise<StackSeen> {
  const { clock, wait } = context;
  const look = makeLook(context, judgeOf(context, deploy));
  const lookAtBoth = async (): Promise<Looked & typeof ended> => {
    // Read before the look: what abra did is then visible in it.
    const { result } = ended;
    return { ...(await look()), result };
  };
  const deployedOf = ({ seen, now, result }: Looked & typeof ended): StackSeen | undefined => {
    if (now.state === 'converged' && result?.ok === true) return seen;
    const failure = failureOf(context, now, result);
    if (failure !== null) throw failure;
    return undefined;
  };
  return until(lookAtBoth, deployedOf, {
    every: STACK_LOOK_MS,
    deadline: deploy.deadline,
    clock,
    wait,
    late: ({ now }) => {
      throw tooLate(context, now);
    },
  });
}

/** What the swarm shows explains more than abra's words, which only stand in where it shows nothing. */
function failureOf(
  context: Pick<StageContext, 'abra'>,
  now: Convergence,
  result: AbraResult<unknown> | null,
): StageFailure | null {
  if (now.state === 'failed' && now.cause !== null) return new StageFailure(now.fault ?? 'recipe', now.cause);
  if (result === null || result.ok) return null;
  return new StageFailure(now.fault ?? result.fault, now.cause ?? abraCause(context, result, 'DeployFailed'));
}

function tooLate(context: Pick<StageContext, 'request'>, now: Convergence): StageFailure {
  const { timeout } = context.request.settings.health;
  const cause = now.cause ?? {
    reason: 'NotConverged',
    message: `Not running as asked within ${timeout}.`,
    evidence: now.waitingFor,
    nextStep: 'Look at the service’s log; if the app is only slow, raise health.timeout in its RecipeSpec.',
  };
  return new StageFailure(now.fault ?? 'recipe', cause);
}
