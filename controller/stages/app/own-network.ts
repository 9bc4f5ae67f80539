/** The network that a run's app shares with the proxy and with nobody else. */
import { withOwnNetwork } from '../../domain/policy/own-network.ts';
import { PROXY_NETWORK, slotNetwork, slotNetworkProblem } from '../../domain/swarm/slot-networks.ts';
import type { Tree } from '../../domain/recipe/compose-tree.ts';
import { isAlone } from '../checkout/policy-names.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';

/** The tree with the run's own network, which has been looked at: it is there, the proxy is in it, and nobody else. */
export async function inOwnNetwork(
  { request, abra, specs, config, log }: App & Pick<Tools, 'abra' | 'specs'> & Pick<Step, 'log'>,
  tree: Tree,
): Promise<Tree> {
  if (!isAlone(abra)) {
    if (config.maxTests > 1)
      log.say(`${abra.kind} reads the files itself: the app shares the network "${PROXY_NETWORK}"`, 'warn');
    return tree;
  }
  if (request.slot === null)
    throw new StageFailure('infra', {
      reason: 'NoSlot',
      message: 'The run was begun by an older cc-ci, which gave it no network of its own.',
      nextStep: 'Ask for the run again.',
    });
  const network = slotNetwork(request.slot);
  const problem = slotNetworkProblem(request.app.stack, network, await specs.joined(network));
  if (problem !== null)
    throw new StageFailure('infra', {
      ...problem,
      nextStep:
        problem.reason === 'ProxyNetworkTaken'
          ? 'Remove that service; two installations of cc-ci cannot share a swarm.'
          : `Run \`ccci-ctl proxy\` again while no run is going on: it makes the networks for CCCI_MAX_TESTS=${config.maxTests}, and the proxy joins them.`,
    });
  log.say(`the network "${PROXY_NETWORK}" is ${network} here, which this app shares with the proxy alone`);
  return withOwnNetwork(tree, network);
}
