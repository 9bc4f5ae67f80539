/**
 * The gate of every deploy: what is about to be deployed is computed once, judged, bounded and handed to the deployer;
 * and what the swarm was told is held against it, whatever the deployer read.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { JudgedTree } from '../../abra/driver.ts';
import { deployLimits, limitedTree, limitText } from '../../domain/policy/deployed-limits.ts';
import { deployedDifferences, differenceLine } from '../../domain/policy/deployed-differs.ts';
import { judgedSpecs } from '../../domain/policy/deployed-spec.ts';
import { judge } from '../../domain/policy/judge.ts';
import { policyFindings } from '../../domain/policy/policy.ts';
import { textFindings } from '../../domain/policy/texts.ts';
import { composeTree, treeDigest, treeText, type Tree } from '../../domain/recipe/compose-tree.ts';
import { type Finding, findingLine, placeText } from '../../domain/recipe/finding.ts';
import type { ServiceSpec } from '../../ports.ts';
import { counted } from '../../domain/text/count.ts';
import { writeAtomic } from '../../store/atomic.ts';
import { isAlone, policyNames } from '../checkout/policy-names.ts';
import { fileFindings } from '../checkout/recipe-files.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';
import { type FactsWithEnv, factsWithEnv } from './checkout-facts.ts';
import { inOwnNetwork } from './own-network.ts';

/** Between two looks at what swarm was told: one list of services, and one of networks. */
const GUARD_MS = 400;

export interface Gate {
  readonly tree: JudgedTree;
  /** Ends with an error as soon as swarm was told something else; else with the signal. */
  guard(signal: AbortSignal): Promise<void>;
  /** The last word: all of it was told, and nothing else. */
  hold(): Promise<void>;
}

/** What a deploy through the gate needs. */
export type GateContext = App & Pick<Tools, 'abra' | 'specs'> & Step;

/** Of the checkout as it stands, with the .env that lies there: head, older version, way back, pins and overlays alike. */
export async function openGate(context: GateContext): Promise<Gate> {
  const { request, specs, layout, log } = context;
  const { stack } = request.app;
  const found = await factsWithEnv(context);
  refuse(await findingsOf(context, found));
  // The same reading that was judged, and not another one.
  const { input } = found;
  const read = composeTree(input);
  if (!read.ok) throw refused('ComposeInvalid', `${placeText(read.place)}: ${read.problem}`);
  refuse(judge(read.tree, { ...request.app, allow: request.settings.allow, alone: isAlone(context.abra) }));
  const tree = bounded(context, await inOwnNetwork(context, read.tree));
  const text = treeText(tree);
  const file = join(layout.abraDir(request.uid), 'deploy-tree.json');
  await writeAtomic(file, text, { mode: 0o600 });
  const before = await specs.specs(stack);
  const judged = judgedSpecs(tree, stack);
  const exposed = Object.keys(input.env);
  const compare = (deployed: readonly ServiceSpec[], wanted = judged): void => {
    const found = deployedDifferences({ stack, judged: wanted, deployed, before, exposed });
    if (found.length > 0) throw differs(found.map(differenceLine));
  };
  return {
    tree: { file, sha256: treeDigest(text) },
    guard: async (signal) => {
      while (!signal.aborted) {
        const deployed = await newOnes(context, before);
        if (deployed !== null) compare(deployed, ofServices(judged, deployed));
        await context.wait(GUARD_MS);
      }
    },
    hold: async () => {
      compare(await specs.specs(stack));
      log.say(`the swarm was told what was judged: ${counted(judged.length, 'service')}`);
    },
  };
}

/** Null where Docker does not answer: whoever watches the stack says so. */
async function newOnes(
  { specs, request }: Pick<GateContext, 'specs' | 'request'>,
  before: readonly ServiceSpec[],
): Promise<readonly ServiceSpec[] | null> {
  const now = await specs.specs(request.app.stack).catch(() => null);
  return now?.filter((spec) => !before.some((old) => isDeepStrictEqual(old, spec))) ?? null;
}

/** While it goes on, what is not there yet is no difference. */
function ofServices(judged: readonly ServiceSpec[], deployed: readonly ServiceSpec[]): ServiceSpec[] {
  return judged.filter(({ name }) => deployed.some((spec) => spec.name === name));
}

/** Of each file, with its places. */
async function findingsOf(
  context: App & Pick<Tools, 'abra'>,
  { facts, documented, texts }: FactsWithEnv,
): Promise<Finding[]> {
  const { request, checkout, abra } = context;
  return [
    ...textFindings(texts, abra.takes),
    ...policyFindings(facts, request.settings.allow, policyNames(context, documented)),
    ...(await fileFindings(checkout, facts)),
  ];
}

function refuse(findings: readonly Finding[]): void {
  const [first, ...others] = findings.filter(({ severity }) => severity === 'error');
  if (first !== undefined) throw refused(first.rule, [first, ...others].map(findingLine).join('\n'));
}

function refused(reason: string, evidence: string): StageFailure {
  const [message = ''] = evidence.split('\n');
  return new StageFailure('recipe', { reason, message: `This may not be deployed: ${message}`, evidence });
}

/** Only the tree can bear them: a deployer that reads the recipe's files does not see what is put in here. */
function bounded({ abra, config, log, limited: keep }: GateContext, tree: Tree): Tree {
  if (abra.takes === 'files') return tree;
  const { tree: limited, put } = limitedTree(tree, deployLimits(config.limits, availableParallelism()));
  if (put.length > 0) log.say(`cc-ci puts in: ${put.map(limitText).join('; ')}`);
  const lowered = put.filter((limit) => limit.lowered);
  if (lowered.length > 0)
    log.say(
      `the recipe asks for more than the operator's CCCI_LIMIT_* or this machine gives: ${lowered.map(limitText).join('; ')}`,
      'warn',
    );
  keep(put);
  return limited;
}

export const DIFFERS = 'DeployedDiffers';

function differs(lines: readonly string[]): StageFailure {
  return new StageFailure('recipe', {
    reason: 'DeployedDiffers',
    message: `What the swarm was told differs from what was judged: ${lines[0] ?? ''}.`,
    evidence: lines.join('\n'),
  });
}
