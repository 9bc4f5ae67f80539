/** What is used of Docker's answers, and nothing more: other fields come and go between engines. */
import { z } from 'zod';

const Labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((labels) => labels ?? {});

/** Engines send "" and Go's zero time where something never happened. */
const Time = z
  .string()
  .nullish()
  .transform((text) => {
    const time = new Date(text ?? 0);
    return Number.isNaN(time.getTime()) ? new Date(0) : time;
  });

const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

export const InfoShape = z.object({
  ServerVersion: z.string(),
  Swarm: z
    .object({
      LocalNodeState: z.string().optional(),
      ControlAvailable: z.boolean().optional(),
      Cluster: z.object({ ID: z.string().optional() }).nullish(),
    })
    .nullish(),
});

export const Nodes = z.array(
  z.object({
    ID: z.string(),
    Spec: z.object({ Availability: z.string() }),
    Status: z.object({ State: z.string() }),
  }),
);

export const VersionShape = z.object({ ApiVersion: z.string() });

const Mode = z.object({
  Replicated: z.object({ Replicas: z.number().optional() }).nullish(),
  Global: z.object({}).nullish(),
  ReplicatedJob: z
    .object({ MaxConcurrent: z.number().optional(), TotalCompletions: z.number().optional() })
    .nullish(),
  GlobalJob: z.object({}).nullish(),
});

const JobIteration = z.object({ Index: z.number().default(0) });

export const ServiceShape = z.object({
  ID: z.string(),
  Version: z.object({ Index: z.number() }),
  CreatedAt: Time,
  UpdatedAt: Time,
  Spec: z.object({
    Name: z.string(),
    Labels,
    Mode,
    TaskTemplate: z.object({
      ContainerSpec: z
        .object({
          Image: z.string().default(''),
          Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
        })
        .nullish(),
      Resources: z.object({ Limits: z.object({ MemoryBytes: z.number().optional() }).nullish() }).nullish(),
      /** `Delay` in nanoseconds. */
      RestartPolicy: z.object({ Condition: z.string().optional(), Delay: z.number().optional() }).nullish(),
    }),
  }),
  /** Of jobs: which execution of it is the last. */
  JobStatus: z.object({ JobIteration: JobIteration.nullish() }).nullish(),
  UpdateStatus: z.object({ State: z.string().optional(), Message: z.string().optional() }).nullish(),
  ServiceStatus: z
    .object({ DesiredTasks: z.number().default(0), CompletedTasks: z.number().default(0) })
    .nullish()
    .transform((status) => status ?? { DesiredTasks: 0, CompletedTasks: 0 }),
});
export type ServiceShape = z.infer<typeof ServiceShape>;

export const TaskShape = z.object({
  ID: z.string(),
  ServiceID: z.string().default(''),
  /** 0 for tasks of global services. */
  Slot: z.number().default(0),
  NodeID: z.string().default(''),
  CreatedAt: Time,
  DesiredState: z.string(),
  JobIteration: JobIteration.nullish(),
  Spec: z.object({ ContainerSpec: z.object({ Image: z.string().default('') }).nullish() }),
  Status: z.object({
    Timestamp: Time,
    State: z.string(),
    Err: z.string().default(''),
    ContainerStatus: z
      .object({ ContainerID: z.string().default(''), ExitCode: z.number().default(0) })
      .nullish(),
  }),
});
export type TaskShape = z.infer<typeof TaskShape>;

export const ContainerShape = z.object({
  Id: z.string(),
  Names: listOf(z.string()),
  /** Seconds since 1970. */
  Created: z.number(),
  Labels,
});

export const ContainerOwnerShape = z.object({ Name: z.string(), Config: z.object({ Labels }) });

export const ContainerStateShape = z.object({
  State: z.object({
    OOMKilled: z.boolean().default(false),
    Health: z
      .object({ Status: z.string().default(''), Log: listOf(z.object({ Output: z.string().default('') })) })
      .nullish(),
  }),
});
export type ContainerStateShape = z.infer<typeof ContainerStateShape>;

export const NetworkShape = z.object({ Id: z.string(), Name: z.string(), Created: Time, Labels });
export const VolumeShape = z.object({ Name: z.string(), CreatedAt: Time, Labels });
/** Secrets and configs look alike from here. */
export const SecretShape = z.object({
  ID: z.string(),
  CreatedAt: Time,
  Spec: z.object({ Name: z.string(), Labels }),
});

export const Services = listOf(ServiceShape);
export const Tasks = listOf(TaskShape);
export const Containers = listOf(ContainerShape);
export const Networks = listOf(NetworkShape);
export const Volumes = z.object({ Volumes: listOf(VolumeShape) });
export const Secrets = listOf(SecretShape);

export const ImageShape = z.object({
  Id: z.string(),
  RepoDigests: listOf(z.string()),
  /** Of all its layers. */
  Size: z
    .number()
    .nullish()
    .transform((bytes) => bytes ?? null),
});

/** One line of `/events`. */
export const EventShape = z.object({
  Type: z.string(),
  Action: z.string().default(''),
  Actor: z.object({ ID: z.string().default(''), Attributes: Labels }).prefault({}),
  timeNano: z.number().optional(),
});
export type EventShape = z.infer<typeof EventShape>;
