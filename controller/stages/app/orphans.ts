/** Services that the new version dropped: removed after the upgrade, where the release note tells operators so. */
import { orphanCause, orphansOf } from '../../domain/recipe/version-change.ts';
import type { StackSeen } from '../../ports.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { needNone, type OldApp } from './by-hand.ts';

/** What runs then, and what was done, in sentences; one that no note tells of is red. */
export async function withoutOrphans(
  context: Pick<App, 'request'> & Pick<Tools, 'swarm'> & Pick<Step, 'log'>,
  { head, release }: Pick<OldApp, 'head' | 'release'>,
  seen: StackSeen,
): Promise<{ stack: StackSeen; done: string[] }> {
  needNone(orphanCause(seen.services, head, release));
  const orphans = orphansOf(seen.services, head);
  if (orphans.length === 0) return { stack: seen, done: [] };
  const { swarm, request, log } = context;
  const names = new Set(orphans.map((name) => `${request.app.stack}_${name}`));
  for (const thing of seen.things.filter(({ kind, name }) => kind === 'service' && names.has(name)))
    await swarm.ensureAbsent(thing);
  const done = orphans.map(
    (name) => `${release.file} tells operators to remove the service "${name}", which was done.`,
  );
  for (const line of done) log.say(line);
  return { stack: await swarm.observe(request.app.stack), done };
}
