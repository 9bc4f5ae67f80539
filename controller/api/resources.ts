/** What an app used while it was tested, and how that compares with earlier green runs of the same kind. */
import { z } from 'zod';

const Bytes = z.number().min(0);

/** Null where Docker could not say. */
const VolumeSize = z.object({ name: z.string(), bytes: Bytes.nullable() });
export type VolumeSize = z.infer<typeof VolumeSize>;

const ServiceMemory = z.object({
  service: z.string(),
  /** Highest memory of one of its containers, without the page cache that `docker stats` leaves out as well. */
  peakBytes: Bytes,
});
export type ServiceMemory = z.infer<typeof ServiceMemory>;

/** A bound that cc-ci put around a service, where the recipe said nothing or asked for more than the operator's most. */
export const LimitPut = z.object({
  service: z.string(),
  /** `memory`, `tmpfs /run`. */
  what: z.string(),
  /** `2 GiB`; `8 GiB instead of 64 GiB` where it was lowered. */
  value: z.string(),
  lowered: z.boolean(),
});
export type LimitPut = z.infer<typeof LimitPut>;

const Memory = z.object({
  /** By name. */
  memory: z.array(ServiceMemory).default([]),
  /** Highest sum over all containers at one look; while an update starts a new task first, both count. Null where nothing was seen. */
  totalPeakBytes: Bytes.nullable().default(null),
  /** Looks at the containers, and those of them in which something could not be read. */
  looks: z.number().int().default(0),
  failedLooks: z.number().int().default(0),
  /** What the last failure said, or ''. */
  problem: z.string().default(''),
});

/** `resources` of every step in which the app lives. */
export const StageResources = Memory.extend({
  /** Only in `evidence`, the last of them; null where Docker did not say. */
  volumes: z.array(VolumeSize).nullable().default(null),
});
export type StageResources = z.infer<typeof StageResources>;

export const ComparedRow = z.object({
  /** `memory of "app"`, `image nginx`. */
  what: z.string(),
  unit: z.enum(['bytes', 'seconds']),
  now: z.number(),
  median: z.number(),
  /** Rounded; null where the median is 0. */
  percent: z.number().nullable(),
  /** Version of the newest run that it is compared with; null where that had none. */
  since: z.string().nullable(),
  /** More than the tolerance above the median. A warning, never a verdict. */
  flagged: z.boolean(),
});
export type ComparedRow = z.infer<typeof ComparedRow>;

export const Comparison = z.object({
  /** Green runs of the same recipe and stages, on the same server, by the same kind of deployer. */
  runs: z.number().int(),
  /** Why there is nothing to compare with, or null. */
  notCompared: z.string().nullable(),
  rows: z.array(ComparedRow),
});
export type Comparison = z.infer<typeof Comparison>;

/** `resources` of results.json. */
export const RunResources = Memory.extend({
  /** Of the head; null where the engine did not say. Layers that images share count in each. */
  images: z.array(z.object({ image: z.string(), bytes: Bytes.nullable() })),
  /** At the end, before teardown. */
  volumes: z.array(VolumeSize).nullable(),
  /** Sum of what is known of them. */
  volumeBytes: Bytes.nullable(),
  /** From the start of the head's deploy in `install` until it was proven to answer. */
  secondsToHealthy: z.number().nullable(),
  /** Of all deploys, each once; older results say nothing of them. */
  limits: z.array(LimitPut).optional(),
  comparison: Comparison,
});
export type RunResources = z.infer<typeof RunResources>;
