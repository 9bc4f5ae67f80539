/**
 * The gate of every deploy: what is about to be deployed is computed once, judged, bounded and handed to the deployer;
 * and what the swarm was told is held against it, whatever the deployer read.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { JudgedTree } from '../../abra/driver.ts';
import { deployLimits, limitedTree, limitText } from '../../domain/policy/deployed-limits.ts';
import { forSchema } from '../../domain/policy/limits-overlay.ts';
import { judge } from '../../domain/policy/judge.ts';
import { policyFindings } from '../../domain/policy/policy.ts';
import { textFindings } from '../../domain/policy/texts.ts';
import { schemaVersionOf } from '../../domain/recipe/compose-parse.ts';
import { LIMITS } from '../../domain/recipe/overlay.ts';
import { composeTree, treeDigest, treeText, type Tree } from '../../domain/recipe/compose-tree.ts';
import { type Finding, findingLine, placeText } from '../../domain/recipe/finding.ts';
import { writeAtomic } from '../../store/atomic.ts';
import { isAlone, policyNames } from '../checkout/policy-names.ts';
import { fileFindings } from '../checkout/recipe-files.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';
import { type FactsWithEnv, factsWithEnv } from './checkout-facts.ts';
import { type Held, heldAgainst } from './hold-against.ts';
import { withLimitsFile } from './limits-file.ts';
import { inOwnNetwork } from './own-network.ts';

export interface Gate extends Held {
  readonly tree: JudgedTree;
}

/** What a deploy through the gate needs. */
export type GateContext = App & Pick<Tools, 'abra' | 'specs'> & Step;

/** Of the checkout as it stands, with the .env that lies there: head, older version, way back, pins and overlays alike. */
export async function openGate(context: GateContext): Promise<Gate> {
  const { request, layout } = context;
  const readsFiles = context.abra.takes === 'files';
  const found = await factsWithEnv(context, readsFiles ? [LIMITS] : []);
  refuse(await findingsOf(context, found));
  // The same reading that was judged, and not another one.
  const { input } = found;
  const read = composeTree(input);
  if (!read.ok) throw refused('ComposeInvalid', `${placeText(read.place)}: ${read.problem}`);
  refuse(judge(read.tree, { ...request.app, allow: request.settings.allow, alone: isAlone(context.abra) }));
  const own = await inOwnNetwork(context, read.tree);
  const limited = bounded(context, own, readsFiles ? schemaVersionOf(input.files[0]) : null);
  const tree = readsFiles ? await withLimitsFile(context, { input, limited }) : limited;
  const text = treeText(tree);
  const file = join(layout.abraDir(request.uid), 'deploy-tree.json');
  await writeAtomic(file, text, { mode: 0o600 });
  const held = await heldAgainst(context, { tree, env: input.env });
  return { ...held, tree: { file, sha256: treeDigest(text) } };
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

/** `version` is that of the schema which the limits have to fit; null for the newest. */
function bounded({ config, log, limited: keep }: GateContext, tree: Tree, version: string | null): Tree {
  const all = limitedTree(tree, deployLimits(config.limits, availableParallelism()));
  const { tree: limited, put } = forSchema(all, version);
  if (put.length < all.put.length)
    log.say(`compose files of version ${version} know no limit of processes: the app has none`, 'warn');
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
