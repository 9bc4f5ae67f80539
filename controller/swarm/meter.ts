/** What a stack uses of this node: memory of its containers, sizes of its volumes and layers, and what is left of the disk. */
import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { VolumeSize } from '../api/resources.ts';
import type { ContainerMemory, DiskItem, DiskMeter, Meter } from '../ports.ts';
import { type Engine, EngineError, isNotFound, makeEngine, parsed, withSignal } from './client.ts';
import { Containers, ContainerShape, Volumes, VolumeShape } from './shapes.ts';
import { belongsTo, STACK_LABEL } from './things.ts';

const SERVICE_LABEL = 'com.docker.swarm.service.name';

/** A walk over all files of all volumes; `evidence` has two minutes. */
const SIZES_MS = 30_000;
/** Engines before moby#42715 (20.10 among them) refuse a second walk while one is going on. */
const BUSY = /already running/;
const BUSY_TRIES = 20;
const BUSY_REST_MS = 500;

const PidsShape = z.object({ current: z.number().optional(), limit: z.number().optional() }).nullish();
/** Empty where the container has ended meanwhile. */
const StatsShape = z.object({
  memory_stats: z
    .object({
      usage: z.number().optional(),
      max_usage: z.number().optional(),
      stats: z.record(z.string(), z.number()).nullish(),
    })
    .nullish(),
  pids_stats: PidsShape,
});

const Sized = VolumeShape.extend({ UsageData: z.object({ Size: z.number() }).nullish() });
/** `Volumes` up to API 1.51, `VolumeUsage` from 1.52 on. */
const SizesShape = z
  .object({
    Volumes: z.array(Sized).nullish(),
    VolumeUsage: z.object({ Items: z.array(Sized).nullish() }).nullish(),
  })
  .refine((said) => said.Volumes !== undefined || said.VolumeUsage !== undefined, 'it names no volumes')
  .transform((said) => said.Volumes ?? said.VolumeUsage?.Items ?? []);

export function makeMeter({ dockerHost }: { readonly dockerHost: string }): Meter {
  const engine = makeEngine({ dockerHost });
  const patient = makeEngine({ dockerHost, callMs: SIZES_MS });
  return { memory: (stack) => readMemory(engine, stack), volumes: (stack) => readVolumes(patient, stack) };
}

export function makeDiskMeter({ dockerHost }: { readonly dockerHost: string }): DiskMeter {
  const engine = makeEngine({ dockerHost });
  const patient = makeEngine({ dockerHost, callMs: SIZES_MS });
  return {
    dataRoot: async () => {
      const what = 'info';
      const call: (options: object) => Promise<unknown> = engine.docker.info.bind(engine.docker);
      const answer = await engine.ask(what, (signal) => call(withSignal({}, signal)));
      return parsed(RootShape, what, answer).DockerRootDir || null;
    },
    space: async (path) => {
      const { bavail, blocks, bsize } = await statfs(path);
      return { free: bavail * bsize, total: blocks * bsize };
    },
    held: async (stack) => {
      const [volumes, layers] = await Promise.all([readVolumes(patient, stack), readLayers(patient, stack)]);
      return [...volumes.map(({ name, bytes }) => ({ what: `volume "${name}"`, bytes })), ...layers];
    },
  };
}

const RootShape = z.object({ DockerRootDir: z.string().optional() });
/** Without `SizeRw` where nothing was written. */
const Layers = z.array(ContainerShape.extend({ SizeRw: z.number().optional() }));

/** The engine walks over what these containers wrote, and over nothing else. */
async function readLayers(engine: Engine, stack: string): Promise<DiskItem[]> {
  const what = 'sizes of containers';
  const query = { all: true, size: true, filters: { label: [`${STACK_LABEL}=${stack}`] } };
  const list = await engine.ask(what, (s) => engine.docker.listContainers(withSignal(query, s)));
  return parsed(Layers, what, list).map(({ Labels, SizeRw }) => ({
    what: `writable layer of "${unprefixed(stack, Labels[SERVICE_LABEL] ?? '')}"`,
    bytes: SizeRw ?? 0,
  }));
}

function unprefixed(stack: string, name: string): string {
  return name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name;
}

async function readMemory(engine: Engine, stack: string): ReturnType<Meter['memory']> {
  const what = 'list running containers';
  const query = { filters: { label: [`${STACK_LABEL}=${stack}`] } };
  const list = await engine.ask(what, (s) => engine.docker.listContainers(withSignal(query, s)));
  const problems: string[] = [];
  const seen = await Promise.all(
    parsed(Containers, what, list).map(async ({ Id, Labels }): Promise<ContainerMemory[]> => {
      try {
        const memory = await memoryOf(engine, Id);
        const service = unprefixed(stack, Labels[SERVICE_LABEL] ?? '');
        return memory === null ? [] : [{ id: Id, service, ...memory }];
      } catch (error) {
        if (!isNotFound(error)) problems.push(error instanceof Error ? error.message : String(error));
        return [];
      }
    }),
  );
  return { containers: seen.flat(), problems };
}

/**
 * Null where the container is not running any more.
 * `one-shot` (API 1.41): without it the engine waits for a second sample of the CPU. Newer engines then answer at once,
 * 20.10 with the next sample of its own, within a second (measured); removed meanwhile, with nothing at all.
 */
async function memoryOf(engine: Engine, id: string): Promise<Omit<ContainerMemory, 'id' | 'service'> | null> {
  const what = `stats of container ${id.slice(0, 12)}`;
  const query = { stream: false as const, 'one-shot': true };
  const answer: unknown = await engine.ask(what, (s) =>
    engine.docker.getContainer(id).stats(withSignal(query, s)),
  );
  const { memory_stats: memory, pids_stats: pids } = parsed(StatsShape, what, answer === '' ? {} : answer);
  if (memory?.usage === undefined) return null;
  const { usage, max_usage: max = 0, stats } = memory;
  const inactiveFile = stats?.['total_inactive_file'] ?? stats?.['inactive_file'] ?? 0;
  return { usage, max: max === 0 ? null : max, inactiveFile, ...processesOf(pids) };
}

/** An engine may leave out what is 0, and a limit that there is none of. */
function processesOf(pids: z.infer<typeof PidsShape>): Pick<ContainerMemory, 'allProcesses'> {
  const { current = 0, limit = 0 } = pids ?? {};
  return limit > 0 && current >= limit ? { allProcesses: limit } : {};
}

async function readVolumes(engine: Engine, stack: string): Promise<VolumeSize[]> {
  if (!(await hasVolumes(engine, stack))) return [];
  const what = 'sizes of volumes';
  for (let tries = 1; ; tries++) {
    try {
      const answer = await engine.ask(what, (signal) => askSizes(engine, signal));
      return parsed(SizesShape, what, answer)
        .filter((it) => isOf(stack, it))
        .map((it) => ({ name: unprefixed(stack, it.Name), bytes: sizeOf(it.UsageData?.Size) }))
        .sort((a, b) => a.name.localeCompare(b.name));
    } catch (error) {
      if (tries === BUSY_TRIES || !(error instanceof EngineError && BUSY.test(error.message))) throw error;
      await delay(BUSY_REST_MS);
    }
  }
}

/** The list is cheap, the sizes are not. */
async function hasVolumes(engine: Engine, stack: string): Promise<boolean> {
  const what = 'list volumes';
  const listed = await engine.ask(what, (s) => engine.docker.listVolumes(withSignal({}, s)));
  return parsed(Volumes, what, listed).Volumes.some((it) => isOf(stack, it));
}

function isOf(stack: string, { Name, Labels }: z.infer<typeof VolumeShape>): boolean {
  return belongsTo(stack, { name: Name, stack: Labels[STACK_LABEL] ?? null });
}

/** -1 where the volume's driver does not know. */
function sizeOf(said = -1): number | null {
  return said < 0 ? null : said;
}

/** dockerode's own call cannot ask for volumes alone (API 1.42), nor for each of them (1.52); older engines pass both words over. */
function askSizes({ docker }: Engine, abortSignal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: '/system/df?',
        method: 'GET',
        options: { type: 'volume', verbose: true },
        abortSignal,
        statusCodes: { 200: true, 500: 'server error' },
      },
      (error, answer) => (error ? reject(error) : resolve(answer)),
    );
  });
}
