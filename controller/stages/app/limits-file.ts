/** Limits for a deployer that reads the recipe's files: a file beside them, which COMPOSE_FILE of the app's .env names last. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { deployLimits, limitedTree, limitText } from '../../domain/policy/deployed-limits.ts';
import { forSchema, limitsOverlay } from '../../domain/policy/limits-overlay.ts';
import type { ComposeInput } from '../../domain/recipe/compose-facts.ts';
import { schemaVersionOf } from '../../domain/recipe/compose-parse.ts';
import { composeTree, type Tree } from '../../domain/recipe/compose-tree.ts';
import { parseEnv, withEnvValues } from '../../domain/recipe/dotenv.ts';
import { inVersion, LIMITS, OVERLAY, withAdded } from '../../domain/recipe/overlay.ts';
import { ensureExcluded } from '../../git/exclude.ts';
import { succeeds } from '../../git/git.ts';
import { writeAtomic } from '../../store/atomic.ts';
import type { App, Step } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';
import { envFileOf } from './checkout-facts.ts';

type Context = App & Pick<Step, 'log'>;

interface Judged {
  /** Without the file. */
  readonly input: ComposeInput;
  /** The judged tree with its limits. */
  readonly limited: Tree;
}

/** What the deployer will make of the recipe's files and this one: what the swarm is held against. */
export async function withLimitsFile(context: Context, { input, limited }: Judged): Promise<Tree> {
  const version = schemaVersionOf(input.files[0]);
  const text = limitsOverlay(limited, version);
  const read = composeTree({ ...input, files: [...input.files, { path: LIMITS, text }] });
  if (!read.ok) throw notHeld(read.problem);
  const again = limitedTree(read.tree, deployLimits(context.config.limits, availableParallelism()));
  const [missing] = forSchema(again, version).put;
  if (missing !== undefined) throw notHeld(limitText(missing));
  await place(context, text);
  await fitOverlay(context, input, version);
  await nameIt(context);
  context.log.say(`these limits are in ${LIMITS}, which COMPOSE_FILE names last`);
  return read.tree;
}

/** The operator's overlay may leave the version out, and docker wants it in each file. */
async function fitOverlay(
  { checkout }: Context,
  { files }: ComposeInput,
  version: string | null,
): Promise<void> {
  const overlay = files.find(({ path }) => path === OVERLAY);
  if (overlay !== undefined) await writeAtomic(join(checkout, OVERLAY), inVersion(overlay.text, version));
}

/** Over that of an earlier deploy, and never over a file of the recipe's; written aside, so that no link is followed. */
async function place({ checkout, env }: Context, text: string): Promise<void> {
  if (await succeeds(['ls-files', '--error-unmatch', '--', LIMITS], { cwd: checkout, env }))
    throw new StageFailure('recipe', {
      reason: 'ReservedFile',
      message: `The recipe has a file ${LIMITS} itself, which is what cc-ci calls the limits that it puts in.`,
      evidence: LIMITS,
      nextStep: 'Call the file otherwise.',
    });
  await writeAtomic(join(checkout, LIMITS), text);
  await ensureExcluded(checkout, LIMITS);
}

async function nameIt(context: Context): Promise<void> {
  const file = envFileOf(context);
  const text = await readFile(file, 'utf8');
  const last = withAdded(parseEnv(text).env['COMPOSE_FILE'], [LIMITS]);
  await writeAtomic(file, withEnvValues(text, { COMPOSE_FILE: last }), { mode: 0o600 });
}

function notHeld(problem: string): StageFailure {
  return new StageFailure('infra', {
    reason: 'LimitsNotPut',
    message: `The limits cannot be put in by ${LIMITS}: ${problem}.`,
    nextStep: 'Use the built-in deployer with CCCI_DEPLOYER_TAKES=tree for this recipe.',
  });
}
