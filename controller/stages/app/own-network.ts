/** The network that a run's app shares with the proxy and with nobody else. */
import { publishing, withOwnNetwork, withoutEgress } from '../../domain/policy/own-network.ts';
import {
  type Egress,
  PROXY_NETWORK,
  slotNetwork,
  slotNetworkProblem,
} from '../../domain/swarm/slot-networks.ts';
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
    if (request.settings.egress === 'none') throw needsTree(abra.kind);
    if (config.maxTests > 1)
      log.say(`${abra.kind} reads the files itself: the app shares the network "${PROXY_NETWORK}"`, 'warn');
    return tree;
  }
  const { egress } = request.settings;
  const network = await needOwnNetwork({ request, specs, config }, egress);
  log.say(`the network "${PROXY_NETWORK}" is ${network} here, which this app shares with the proxy alone`);
  const own = withOwnNetwork(tree, network);
  if (egress === 'open') return own;
  log.say('the app has no way out: all its networks are internal (egress: none)');
  return withoutEgress(refusePorts(own));
}

async function needOwnNetwork(
  { request, specs, config }: Pick<App, 'request' | 'config'> & Pick<Tools, 'specs'>,
  egress: Egress,
): Promise<string> {
  if (request.slot === null)
    throw new StageFailure('infra', {
      reason: 'NoSlot',
      message: 'The run was begun by an older cc-ci, which gave it no network of its own.',
      nextStep: 'Ask for the run again.',
    });
  const network = slotNetwork(request.slot, egress);
  const problem = slotNetworkProblem(request.app.stack, network, await specs.joined(network));
  if (problem === null) return network;
  throw new StageFailure('infra', {
    ...problem,
    nextStep:
      problem.reason === 'ProxyNetworkTaken'
        ? 'Remove that service; two installations of cc-ci cannot share a swarm.'
        : `Run \`ccci-ctl proxy\` again while no run is going on: it makes the networks for CCCI_MAX_TESTS=${config.maxTests}, and the proxy joins them.`,
  });
}

/** A published port joins the swarm's own mesh, and with it the way out. */
function refusePorts(tree: Tree): Tree {
  const [service] = publishing(tree);
  if (service === undefined) return tree;
  throw new StageFailure('recipe', {
    reason: 'PublishedPort',
    message: `Service "${service}" publishes a port, which an app without a way out (egress: none) cannot have.`,
    nextStep: 'Leave the ports out, or set egress: open in the RecipeSpec.',
  });
}

/** Never less than was asked for, in silence. */
function needsTree(kind: string): StageFailure {
  return new StageFailure('infra', {
    reason: 'EgressNotClosed',
    message: `The RecipeSpec says egress: none, and ${kind} reads the recipe's files by itself, so the app would have a way out.`,
    nextStep: 'Use the built-in deployer for this recipe, or set egress: open in its RecipeSpec.',
  });
}
