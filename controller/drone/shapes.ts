/** Every shape of Drone's API that is relied on, with the fields that are used and no others. */
import { z } from 'zod';
import type { Build } from '../builds.ts';
import { harmless } from './words.ts';

const Stage = z.object({ error: z.string().optional() });

/** Times are Unix seconds, 0 for "not yet". `stages` is there only where one build is asked for. */
export const BuildSeen = z.object({
  number: z.number().int().positive(),
  status: z.string(),
  error: z.string().optional(),
  params: z.record(z.string(), z.string()).nullish(),
  created: z.number(),
  stages: z.array(Stage).nullish(),
});
export type BuildSeen = z.infer<typeof BuildSeen>;

/** Null: no pipeline of the `.drone.yml` is for the event. */
export const Created = BuildSeen.nullable();
export const BuildList = z.array(BuildSeen);
export const Version = z.object({ version: z.string() });
/** What Drone answers where it does not do what was asked. */
export const Refused = z.object({ message: z.string() });

/** A status that is none of these is one that a build ends with. */
const GOES_ON: readonly string[] = ['pending', 'running', 'blocked', 'waiting_on_dependencies'];

/** `page` is where people see builds: the number follows. */
export function buildOf(seen: BuildSeen, page: string): Build {
  return {
    number: seen.number,
    status: seen.status,
    isOver: !GOES_ON.includes(seen.status),
    // What a runner complains about stands in the stage.
    error: harmless(
      [seen.error, ...(seen.stages ?? []).map((stage) => stage.error)].find((text) => text) ?? '',
    ),
    params: seen.params ?? {},
    createdAt: new Date(seen.created * 1000),
    link: `${page}/${seen.number}`,
  };
}
