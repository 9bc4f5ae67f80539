/** The app as a ledger sees it: besides what every test gets, its volumes and its mounted secrets, by Docker. */
import { z } from 'zod';
import type { SecretSum } from '../../controller/api/stage-data.ts';
import { ledgerMarker } from '../../controller/domain/data/ledger.ts';
import type { AppContext } from '../../controller/stages/app/app-context.ts';
import type { SecretValues } from '../../controller/store/sidecar.ts';
import { makeApp } from './app.ts';
import { makeDocker } from './docker.ts';
import { type LedgerApp, type MountedVolume, sha256 } from './ledger.ts';

const SERVICE_LABEL = 'com.docker.swarm.service.name';

const Containers = z.array(
  z.object({
    Id: z.string(),
    Config: z.object({ Labels: z.record(z.string(), z.string()) }),
    Mounts: z.array(
      z.object({ Type: z.string(), Name: z.string().optional(), Destination: z.string(), RW: z.boolean() }),
    ),
  }),
);

const Services = z.array(
  z.object({
    Spec: z.object({
      Name: z.string(),
      TaskTemplate: z.object({
        ContainerSpec: z.object({
          Secrets: z
            .array(z.object({ SecretName: z.string(), File: z.object({ Name: z.string() }).nullish() }))
            .nullish(),
        }),
      }),
    }),
  }),
);

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').trim();

export interface LedgerDocker {
  readonly app: LedgerApp;
  /** Every secret of every service, as its running container has it. */
  secrets(): Promise<SecretSum[]>;
}

export function makeLedgerDocker(context: AppContext, values: SecretValues): LedgerDocker {
  const { stack } = context;
  const prefix = `${stack}_`;
  const plain = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  const docker = makeDocker(context);
  const ask = async (args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await docker(args);
    if (exitCode !== 0) throw new Error(`docker ${args[0]} ${args[1] ?? ''}: ${text(stderr)}`);
    return text(stdout);
  };
  const inspected = async <T>(list: readonly string[], inspect: readonly string[], shape: z.ZodType<T[]>) => {
    const ids = (await ask(list)).split('\n').filter((id) => id !== '');
    return ids.length === 0 ? [] : shape.parse(JSON.parse(await ask([...inspect, ...ids])));
  };
  const filter = ['--filter', `label=com.docker.stack.namespace=${stack}`];
  const containers = () =>
    inspected(['ps', '-q', ...filter, '--filter', 'status=running'], ['inspect'], Containers);
  const execAsRoot: LedgerApp['execAsRoot'] = async (container, argv, input) => {
    const options = ['--user', '0', ...(input === undefined ? [] : ['-i'])];
    const { stderr, ...result } = await docker(['exec', ...options, container, ...argv], input);
    return { ...result, stderr: text(stderr) };
  };

  const volumes = async (): Promise<MountedVolume[]> => {
    const all = (await containers()).flatMap(({ Id, Config, Mounts }) =>
      Mounts.filter(({ Type, Name, RW }) => Type === 'volume' && RW && Name?.startsWith(prefix) === true).map(
        ({ Name = '', Destination }) => ({
          volume: plain(Name),
          service: plain(Config.Labels[SERVICE_LABEL] ?? ''),
          container: Id,
          path: Destination,
        }),
      ),
    );
    const once = new Map(all.toReversed().map((each) => [each.volume, each]));
    return [...once.values()].sort((a, b) => a.volume.localeCompare(b.volume));
  };

  /** Docker shows a secret to nobody but its container, and only a program of the image can read it there. */
  const sumOf = async (name: string, container: string | undefined, file: string): Promise<string | null> => {
    const path = new URL(file, 'file:///run/secrets/').pathname;
    const read = container === undefined ? null : await execAsRoot(container, ['cat', path]);
    if (read?.exitCode === 0) return sha256(read.stdout);
    const why = read === null ? 'no container runs' : read.stderr || text(read.stdout);
    process.stdout.write(`secret ${name} cannot be compared: ${why}\n`);
    return null;
  };

  const secrets = async (): Promise<SecretSum[]> => {
    const running = await containers();
    const services = await inspected(['service', 'ls', '-q', ...filter], ['service', 'inspect'], Services);
    const sums: SecretSum[] = [];
    for (const { Spec } of services) {
      const container = running.find(({ Config }) => Config.Labels[SERVICE_LABEL] === Spec.Name)?.Id;
      for (const { SecretName, File } of Spec.TaskTemplate.ContainerSpec.Secrets ?? []) {
        const name = plain(SecretName);
        const found = await sumOf(name, container, File?.Name ?? SecretName);
        sums.push({ service: plain(Spec.Name), name, sha256: found });
      }
    }
    return sums;
  };
  return {
    app: { ...makeApp(context), marker: ledgerMarker(context.domain), secrets: values, volumes, execAsRoot },
    secrets,
  };
}
