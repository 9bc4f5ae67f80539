/** When swarm starts a task again, and how it brings a new version: as it is told for a judged service. Pure. */
import { textOf, treeAt, type Tree } from '../recipe/compose-parse.ts';
import { nanosecondsOf } from '../recipe/sizes.ts';
import type { RestartSpec, UpdateSpec } from '../../ports.ts';

/** What swarm does where nobody says anything (swarmkit, api/defaults). */
const FIVE_SECONDS = 5e9;
const RESTART: RestartSpec = { condition: 'any', delay: FIVE_SECONDS, maxAttempts: 0, window: 0 };
const UPDATE: UpdateSpec = {
  parallelism: 1,
  delay: 0,
  failureAction: 'pause',
  monitor: FIVE_SECONDS,
  maxFailureRatio: 0,
  order: 'stop-first',
};

export type Policies = Readonly<{ restart: RestartSpec; update: UpdateSpec; rollback: UpdateSpec }>;

const textAt = (tree: Tree, key: string): string => textOf(tree[key] ?? '');
const numberAt = (tree: Tree, key: string, none: number): number => Number(tree[key] ?? none);
const timeAt = (tree: Tree, key: string, none: number): number => nanosecondsOf(tree[key] ?? '') ?? none;

export function policiesOf(service: Tree): Policies {
  const deploy = treeAt(service, 'deploy');
  return {
    restart: restartOf(service, deploy),
    update: updateOf(treeAt(deploy, 'update_config')),
    rollback: updateOf(treeAt(deploy, 'rollback_config')),
  };
}

/** `restart:` counts where `deploy.restart_policy` says nothing. */
function restartOf(service: Tree, deploy: Tree): RestartSpec {
  const policy = treeAt(deploy, 'restart_policy');
  if (deploy['restart_policy'] === undefined || deploy['restart_policy'] === null)
    return oldRestartOf(textAt(service, 'restart'));
  return {
    condition: textAt(policy, 'condition') || RESTART.condition,
    delay: timeAt(policy, 'delay', RESTART.delay),
    maxAttempts: numberAt(policy, 'max_attempts', 0),
    window: timeAt(policy, 'window', 0),
  };
}

function oldRestartOf(text: string): RestartSpec {
  const [name, attempts = '0'] = text.split(':');
  return name === 'on-failure' ? { ...RESTART, condition: name, maxAttempts: Number(attempts) } : RESTART;
}

/** A time of 0 to look after each task is no time that was said. */
function updateOf(config: Tree): UpdateSpec {
  return {
    parallelism: numberAt(config, 'parallelism', UPDATE.parallelism),
    delay: timeAt(config, 'delay', UPDATE.delay),
    failureAction: textAt(config, 'failure_action') || UPDATE.failureAction,
    monitor: timeAt(config, 'monitor', 0) || UPDATE.monitor,
    maxFailureRatio: numberAt(config, 'max_failure_ratio', UPDATE.maxFailureRatio),
    order: textAt(config, 'order') || UPDATE.order,
  };
}
