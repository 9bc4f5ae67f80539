/** What the BuildStatus of a run says. Pure. */
import type { BuildStatusBody } from '../../api/build-status.ts';
import type { ForgeCondition } from '../../api/forge-condition.ts';
import type { Build } from '../../builds.ts';
import { withCondition } from '../../domain/run/conditions.ts';
import { messageOf, Terminal, Waiting } from '../../runtime/errors.ts';

type Said = Omit<ForgeCondition, 'lastTransitionTime'>;

export function nothingYet(uid: string): BuildStatusBody {
  return { uid, number: null, link: null, status: null, conditions: [] };
}

export interface Seen {
  readonly build: Build;
  readonly isRunOver: boolean;
}

export function seenBody({ uid, conditions }: BuildStatusBody, seen: Seen, now: Date): BuildStatusBody {
  const { number, link, status } = seen.build;
  const said: readonly Said[] = [
    { type: 'BuildCreated', status: 'True', reason: 'Created', message: `Build #${number} shows the run.` },
    followsOf(seen),
  ];
  return {
    uid,
    number,
    link,
    status,
    conditions: said.reduce((all, each) => withCondition(all, each, now), conditions),
  };
}

/** Drone has it no more: somebody removed it, and the run goes on without. */
export function goneBody(before: BuildStatusBody, now: Date): BuildStatusBody {
  const message = `Drone has no build #${before.number ?? ''} any more; the run goes on without it.`;
  const said: Said = { type: 'BuildFollows', status: 'False', reason: 'BuildGone', message };
  return { ...before, status: null, conditions: withCondition(before.conditions, said, now) };
}

/** What could not be done stands in the condition that it concerns, and is never a verdict. */
export function failedBody(before: BuildStatusBody, error: unknown, now: Date): BuildStatusBody {
  const type = before.number === null ? 'BuildCreated' : 'BuildFollows';
  const said: Said = { type, status: 'False', reason: reasonOf(error), message: messageOf(error) };
  return { ...before, conditions: withCondition(before.conditions, said, now) };
}

function followsOf({ build, isRunOver }: Seen): Said {
  const { number, status, isOver, error } = build;
  if (isOver && !isRunOver && status !== 'killed') {
    const words = error === '' ? '' : ` ("${error}")`;
    const message = `Build #${number} ended as "${status}"${words} before the run did, which goes on without it: look at the build's page, and at docs/drone.md.`;
    return { type: 'BuildFollows', status: 'False', reason: 'BuildEndedEarly', message };
  }
  const message = `Build #${number} is "${status}".`;
  return { type: 'BuildFollows', status: 'True', reason: 'Seen', message };
}

function reasonOf(error: unknown): string {
  if (error instanceof Terminal) return error.reason;
  return error instanceof Waiting ? 'Waiting' : 'Retrying';
}
