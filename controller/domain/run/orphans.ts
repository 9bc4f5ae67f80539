/**
 * What the reaper may remove, on the swarm and on this machine, and why. Pure.
 * A thing goes only if its name is ours *and* bears our mark (the check characters that only this installation's key makes),
 * no live run owns it, and it is older than the floor. Everything else is a bystander.
 */
import type { LocalOwner, Thing } from '../../ports.ts';
import { ourStackOfAnyZone } from './names.ts';

export interface Orphan {
  readonly thing: Thing;
  readonly stack: string;
  readonly reason: string;
}

export interface LocalOrphan {
  readonly owner: LocalOwner;
  readonly reason: string;
}

/** How old a thing must be to be judged at all. */
interface Judging {
  readonly now: Date;
  readonly minAgeMs: number;
}

export interface OrphanInput extends Judging {
  readonly things: readonly Thing[];
  /** Stacks of runs that are not closed. */
  readonly liveStacks: ReadonlySet<string>;
  readonly key: string;
}

export interface LocalOrphanInput extends Judging {
  readonly owners: readonly LocalOwner[];
  /** Of runs that are not closed. */
  readonly liveUids: ReadonlySet<string>;
}

export interface OrphanReport {
  readonly seen: number;
  readonly ours: number;
  readonly orphans: readonly Orphan[];
  /** Ours and without a live run, but too young to judge. */
  readonly young: number;
}

/** Services first, so that what they hold is free when its turn comes. */
const ORDER: readonly Thing['kind'][] = ['service', 'container', 'network', 'secret', 'config', 'volume'];

export function orphansOf(input: OrphanInput): OrphanReport {
  let ours = 0;
  let young = 0;
  const orphans: Orphan[] = [];
  for (const thing of input.things) {
    const stack = ourStackOfAnyZone(thing, input.key);
    if (stack === null) continue;
    ours++;
    if (input.liveStacks.has(stack)) continue;
    const ageMs = input.now.getTime() - thing.createdAt.getTime();
    if (ageMs < input.minAgeMs) {
      young++;
      continue;
    }
    orphans.push({
      thing,
      stack,
      reason: `bears our name and mark, belongs to no live run, and is ${Math.round(ageMs / 1000)} s old`,
    });
  }
  orphans.sort(
    (a, b) =>
      ORDER.indexOf(a.thing.kind) - ORDER.indexOf(b.thing.kind) || a.thing.name.localeCompare(b.thing.name),
  );
  return { seen: input.things.length, ours, orphans, young };
}

/** What a run that is over left outside the swarm; the runner lists only what bears this installation's mark. */
export function localOrphansOf({ owners, liveUids, now, minAgeMs }: LocalOrphanInput): LocalOrphan[] {
  const isOld = ({ since }: LocalOwner): boolean => now.getTime() - since.getTime() >= minAgeMs;
  return owners
    .filter((owner) => !liveUids.has(owner.uid) && isOld(owner))
    .map((owner) => ({ owner, reason: `belongs to run ${owner.uid}, which is over` }));
}
