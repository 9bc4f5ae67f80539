/** The images that the head changes; and where a run applies only some of these changes, the pins that take the others back. */
import type { Bump, ImageChange } from '../../api/bump.ts';
import { bumpProblem, bumpScope, heldBack, imageChanges, pinsText } from '../../domain/recipe/image-bumps.ts';
import type { ComposeFacts } from '../../domain/recipe/compose-facts.ts';
import { schemaVersionOf } from '../../domain/recipe/compose-parse.ts';
import { PINS } from '../../domain/recipe/overlay.ts';
import { messageOf } from '../../runtime/errors.ts';
import { RepositoryTooLarge } from '../../git/bounds.ts';
import type { App, StageContext, Step, Tools } from '../step/context.ts';
import { GitError } from '../../git/git.ts';
import { readText, readTree } from './commit-files.ts';
import { placeIn } from './overlay.ts';
import { readRecipe, readRecipeFile } from './recipe-files.ts';
import { StageFailure } from '../step/report.ts';

interface Head {
  readonly facts: ComposeFacts;
  /** The published version before it, or null. */
  readonly previous: string | null;
}

export interface Bumped {
  readonly changes: ImageChange[];
  /** Of what is deployed. */
  readonly facts: ComposeFacts;
}

/** A version before that cannot be read is only a failure where images of it are to be kept. */
export async function applyBump(context: App & Pick<Tools, 'swarm'> & Step, head: Head): Promise<Bumped> {
  const { bump } = context.request;
  const old = await factsBefore(context, head);
  if (bump !== undefined) return context.substep('bumps', () => keepHeldBack(context, { bump, head, old }));
  if (old === null || 'unread' in old) return { changes: [], facts: head.facts };
  return { changes: imageChanges(old, head.facts), facts: head.facts };
}

/** The compose files of the version before, as they are read for the head; null where there is none. */
async function factsBefore(
  context: App & Step,
  { previous }: Head,
): Promise<ComposeFacts | { unread: string } | null> {
  const { checkout, env, log } = context;
  if (previous === null) return null;
  const here = { cwd: checkout, env };
  try {
    const tree = await readTree(here, `refs/tags/${previous}^{commit}`);
    const { facts } = await readRecipe(context, (path) => readText(here, tree, path));
    const [problem] = facts.problems;
    return problem === undefined ? facts : { unread: `${problem.place.file}: ${problem.message}` };
  } catch (error) {
    if (![StageFailure, GitError, RepositoryTooLarge].some((kind) => error instanceof kind)) throw error;
    log.say(`${previous} cannot be read: ${messageOf(error)}`, 'warn');
    return { unread: messageOf(error) };
  }
}

interface Asked {
  readonly bump: Bump;
  readonly head: Head;
  readonly old: Awaited<ReturnType<typeof factsBefore>>;
}

async function keepHeldBack(
  context: App & Pick<Tools, 'swarm'> & Step,
  { bump, head, old }: Asked,
): Promise<Bumped> {
  const { previous, facts } = head;
  if (old !== null && 'unread' in old)
    throw notApplied(`The images of ${previous} are not known, because it cannot be read.`, old.unread);
  const changes = old === null ? [] : imageChanges(old, facts);
  const problem = bumpProblem({
    bump,
    previous,
    changes,
    old: old ?? { services: [], files: [] },
    head: facts,
  });
  if (problem !== null) throw new StageFailure('infra', problem);
  const held = heldBack(bump, changes);
  context.log.say(`${bumpScope(bump)}.${held.map(keptText).join('')}`, 'warn');
  for (const change of held) await ensureKept(context, change);
  if (held.length > 0) await placePins(context, held, facts);
  return { changes, facts: (await readRecipe(context)).facts };
}

const keptText = ({ service, from }: ImageChange): string => ` "${service}" keeps ${from}.`;

/** An old image that nobody has any more says nothing about the head. */
async function ensureKept(
  { swarm, signal }: Pick<StageContext, 'signal' | 'swarm'>,
  { service, from }: ImageChange,
): Promise<void> {
  signal.throwIfAborted();
  const outcome = await swarm.ensureImage(from);
  if (outcome.ok) return;
  const message = `Service "${service}" was to keep the image "${from}", which is not available.`;
  if (outcome.fault === 'recipe') throw notApplied(message, outcome.message);
  throw new StageFailure('infra', { reason: outcome.reason, message, evidence: outcome.message });
}

async function placePins(
  { checkout }: Pick<StageContext, 'checkout'>,
  held: readonly ImageChange[],
  { files }: ComposeFacts,
): Promise<void> {
  const path = files[0] ?? 'compose.yml';
  const text = pinsText(held, schemaVersionOf({ path, text: (await readRecipeFile(checkout, path)) ?? '' }));
  if (!(await placeIn(checkout, PINS, text)))
    throw notApplied(`The recipe has a file ${PINS} itself, which is what the pins are called.`, PINS);
}

function notApplied(message: string, evidence: string): StageFailure {
  return new StageFailure('infra', { reason: 'BumpNotApplied', message, evidence });
}
