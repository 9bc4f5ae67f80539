/** What swarm was told about the services of a stack, in the ports' words. */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { FileSpec, MountSpec, ServiceSpec, SpecReader } from '../ports.ts';
import { type Engine, makeEngine, parsed, withSignal } from './client.ts';
import { readJoined } from './joined.ts';
import { Networks } from './shapes.ts';
import { readNetworks } from './spec-networks.ts';
import { Restart, restartOf, Update, updateOf } from './spec-policies.ts';
import { STACK_LABEL } from './things.ts';

const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const map = z
  .record(z.string(), z.string())
  .nullish()
  .transform((record) => record ?? {});
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const number = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

/** Of what is not there, everything is empty. */
const orEmpty = <T extends z.ZodType>(shape: T) =>
  shape.nullish().transform((found): z.infer<T> => found ?? shape.parse({}));

const Mount = z.object({
  Type: text,
  Source: text,
  Target: text,
  ReadOnly: flag,
  BindOptions: orEmpty(z.object({ Propagation: text })),
  VolumeOptions: orEmpty(z.object({ DriverConfig: orEmpty(z.object({ Name: text, Options: map })) })),
  TmpfsOptions: orEmpty(z.object({ SizeBytes: number })),
});
const File = z.object({ Name: text, UID: text, GID: text, Mode: number });
const Secret = z.object({ SecretName: text, File: orEmpty(File) });
const Config = z.object({ ConfigName: text, File: orEmpty(File) });

const Container = z.object({
  Image: text,
  Command: texts,
  Args: texts,
  Env: texts,
  User: text,
  Hostname: text,
  Dir: text,
  Labels: map,
  Mounts: list(Mount),
  CapabilityAdd: texts,
  CapabilityDrop: texts,
  Secrets: list(Secret),
  Configs: list(Config),
  Hosts: texts,
  DNSConfig: orEmpty(z.object({ Nameservers: texts })),
  Sysctls: map,
  Ulimits: list(z.object({ Name: text, Soft: number, Hard: number })),
  Healthcheck: orEmpty(z.object({ Test: texts })),
  Privileges: z.record(z.string(), z.unknown()).nullish(),
  Isolation: text,
});

const Service = z.object({
  Spec: z.object({
    Name: z.string(),
    Labels: map,
    Mode: z.object({ Replicated: z.object({ Replicas: number }).nullish() }).loose(),
    TaskTemplate: z.object({
      ContainerSpec: Container,
      Resources: orEmpty(
        z.object({ Limits: orEmpty(z.object({ MemoryBytes: number, NanoCPUs: number, Pids: number })) }),
      ),
      Placement: orEmpty(z.object({ Constraints: texts })),
      Networks: list(z.object({ Target: text, Aliases: texts })),
      LogDriver: orEmpty(z.object({ Name: text, Options: map })),
      RestartPolicy: Restart,
    }),
    UpdateConfig: Update,
    RollbackConfig: Update,
    EndpointSpec: orEmpty(
      z.object({
        Ports: list(
          z.object({ Protocol: text, TargetPort: number, PublishedPort: number, PublishMode: text }),
        ),
      }),
    ),
  }),
});
type Told = z.infer<typeof Service>['Spec'];

export function makeSpecReader({ dockerHost }: { readonly dockerHost: string }): SpecReader {
  const engine = makeEngine({ dockerHost });
  return {
    specs: (stack) => readSpecs(engine, stack),
    networks: (stack) => readNetworks(engine, stack),
    joined: (network) => readJoined(engine, network),
  };
}

async function readSpecs(engine: Engine, stack: string): Promise<ServiceSpec[]> {
  const what = 'list services with their specs';
  const filters = { label: [`${STACK_LABEL}=${stack}`] };
  const [services, networks] = await Promise.all([
    engine.ask(what, (signal) => engine.docker.listServices(withSignal({ filters }, signal))),
    engine.ask('list networks', (signal) => engine.docker.listNetworks(withSignal({}, signal))),
  ]);
  const names = new Map(parsed(Networks, 'list networks', networks).map(({ Id, Name }) => [Id, Name]));
  return parsed(list(Service), what, services)
    .map(({ Spec }) => specOf(Spec, { stack, nameOf: (id) => names.get(id) ?? id }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

interface Around {
  readonly stack: string;
  readonly nameOf: (networkId: string) => string;
}

function specOf(told: Told, { stack, nameOf }: Around): ServiceSpec {
  const { TaskTemplate: task, EndpointSpec, Name } = told;
  const prefix = `${stack}_`;
  const { Limits: limits } = task.Resources;
  return {
    ...containerOf(task.ContainerSpec),
    name: Name.startsWith(prefix) ? Name.slice(prefix.length) : Name,
    mode: Object.entries(told.Mode).find(([, value]) => value !== null && value !== undefined)?.[0] ?? '',
    replicas: told.Mode.Replicated?.Replicas ?? 0,
    labels: told.Labels,
    networks: task.Networks.map(({ Target, Aliases }) => ({ name: nameOf(Target), aliases: Aliases })),
    ports: EndpointSpec.Ports.map((port) => ({
      published: port.PublishedPort,
      target: port.TargetPort,
      protocol: port.Protocol,
      mode: port.PublishMode,
    })),
    logDriver: task.LogDriver.Name,
    logOptions: task.LogDriver.Options,
    limits: { memoryBytes: limits.MemoryBytes, nanoCpus: limits.NanoCPUs, pids: limits.Pids },
    constraints: task.Placement.Constraints,
    restart: restartOf(task.RestartPolicy),
    update: updateOf(told.UpdateConfig),
    rollback: updateOf(told.RollbackConfig),
  };
}

type OfContainer = Omit<
  ServiceSpec,
  | 'name' | 'mode' | 'replicas' | 'labels' | 'networks' | 'ports'
  | 'logDriver' | 'logOptions' | 'limits' | 'constraints' | 'restart' | 'update' | 'rollback'
>; // oxfmt-ignore

function containerOf(told: Told['TaskTemplate']['ContainerSpec']): OfContainer {
  return {
    image: told.Image,
    entrypoint: told.Command,
    command: told.Args,
    environment: Object.fromEntries(told.Env.map(variableOf)),
    user: told.User,
    hostname: told.Hostname,
    workingDir: told.Dir,
    containerLabels: told.Labels,
    mounts: told.Mounts.map(mountOf),
    capAdd: told.CapabilityAdd,
    capDrop: told.CapabilityDrop,
    secrets: told.Secrets.map(({ SecretName, File: file }) => fileOf(SecretName, file)),
    configs: told.Configs.map(({ ConfigName, File: file }) => fileOf(ConfigName, file)),
    hosts: told.Hosts,
    dns: told.DNSConfig.Nameservers,
    sysctls: told.Sysctls,
    ulimits: told.Ulimits.map(({ Name, Soft, Hard }) => `${Name} ${Soft} ${Hard}`),
    healthcheck: told.Healthcheck.Test,
    privileges: privilegesOf(told),
  };
}

/** A name alone takes the variable away. */
function variableOf(pair: string): [string, string] {
  const [name = ''] = pair.split('=', 1);
  return [name, pair === name ? '' : hash('sha256', pair.slice(name.length + 1))];
}

function mountOf(told: z.infer<typeof Mount>): MountSpec {
  const driver = told.VolumeOptions.DriverConfig;
  return {
    type: told.Type,
    source: told.Source,
    target: told.Target,
    readOnly: told.ReadOnly,
    driver: told.BindOptions.Propagation || driver.Name,
    options: driver.Options,
    tmpfsBytes: told.TmpfsOptions.SizeBytes,
  };
}

function fileOf(name: string, { Name, UID, GID, Mode }: z.infer<typeof File>): FileSpec {
  return { name, file: Name, uid: UID, gid: GID, mode: Mode };
}

/** Engines name all of them, with nothing in those that nobody asked for. */
function privilegesOf({ Privileges, Isolation }: Told['TaskTemplate']['ContainerSpec']): string[] {
  const asked = Object.entries(Privileges ?? {}).filter(
    ([, value]) => value !== null && value !== undefined && value !== false,
  );
  const isolation = ['', 'default'].includes(Isolation) ? [] : [`Isolation ${Isolation}`];
  return [...asked.map(([name, value]) => `${name} ${JSON.stringify(value)}`), ...isolation];
}
