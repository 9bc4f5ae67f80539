/** Looks at the app's stack again and again until it is as asked; Docker may be restarted meanwhile. */
import { durationMs } from '../../api/primitives.ts';
import { type Convergence, convergenceOf, type Expected } from '../../domain/swarm/convergence.ts';
import type { StackSeen } from '../../ports.ts';
import { messageOf } from '../../runtime/errors.ts';
import { until } from '../../runtime/until.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';

/** A look asks Docker for all tasks of the stack, and a deploy that takes half a second less is worth more of them. */
export const STACK_LOOK_MS = 400;
/** A look that fails is repeated so long. */
const BLIND_MS = 60_000;

/** abra's label for the commit of a chaos deploy: eight hex digits (docs/abra.md, 3.5). */
export function chaosLabel(stack: string): string {
  return `coop-cloud.${stack}.chaos-version`;
}

/** What only a chaos deploy of this commit makes visible. */
export function versionOf(stack: string, commit: string): NonNullable<Expected['version']> {
  return { label: chaosLabel(stack), value: commit.slice(0, 8), service: 'app' };
}

export type Looked = { readonly seen: StackSeen; readonly now: Convergence };

interface Asked {
  /** Failures count from then on. */
  readonly since: Date;
  /** Null where whatever runs is right. */
  readonly commit: string | null;
}

export function expectedOf({ request }: Pick<StageContext, 'request'>, { since, commit }: Asked): Expected {
  const { restarts, within } = request.settings.crashLoop;
  return {
    ...(commit === null ? {} : { version: versionOf(request.app.stack, commit) }),
    since,
    crashLoop: { restarts, withinMs: durationMs(within) },
  };
}

export type Judge = (seen: StackSeen, now: Date) => Convergence;

export function judgeOf(context: Pick<StageContext, 'request'>, asked: Asked): Judge {
  const expected = expectedOf(context, asked);
  return (seen, now) => convergenceOf(seen, expected, now);
}

export function makeLook(context: App & Pick<Tools, 'swarm'> & Step, judge: Judge): () => Promise<Looked> {
  const { request, swarm, clock, log, wait } = context;
  const { stack } = request.app;
  let said = '';
  const tryObserve = async (): Promise<StackSeen | { readonly error: unknown }> =>
    swarm.observe(stack).catch((error: unknown) => ({ error }));
  return async () => {
    const seen = await until(tryObserve, (tried) => ('error' in tried ? undefined : tried), {
      every: STACK_LOOK_MS,
      deadline: new Date(clock.now().getTime() + BLIND_MS),
      clock,
      wait,
      late: (tried) => {
        throw blind('error' in tried ? tried.error : null);
      },
    });
    const now = judge(seen, clock.now());
    if (now.waitingFor !== said) log.say(now.waitingFor);
    said = now.waitingFor;
    return { seen, now };
  };
}

function blind(error: unknown): StageFailure {
  const message = `Docker did not answer for ${BLIND_MS / 1000} s.`;
  const cause = { reason: 'DockerNotAnswering', message, evidence: messageOf(error) };
  return new StageFailure('infra', cause, { cause: error });
}
