/** The app as a ledger sees it: besides what every test gets, its volumes and its mounted secrets, by Docker. */
import { execa } from 'execa';
import { z } from 'zod';
import type { SecretSum } from '../../controller/api/stage-data.ts';
import { ledgerMarker } from '../../controller/domain/ledger.ts';
import type { AppContext, SecretValues } from '../../controller/stages/app-context.ts';
import { makeApp } from './app.ts';
import { type LedgerApp, type MountedVolume, sha256 } from './ledger.ts';

const EXEC_MS = 30_000;
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

export interface LedgerDocker {
  readonly app: LedgerApp;
  /** Every secret of every service, as its running container has it. */
  secrets(): Promise<SecretSum[]>;
}

export function makeLedgerDocker(context: AppContext, values: SecretValues): LedgerDocker {
  const { stack, dockerHost, env } = context;
  const prefix = `${stack}_`;
  const plain = (name: string): string => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  const docker = async (args: readonly string[], input?: string) => {
    const result = await execa('docker', ['--host', dockerHost, ...args], {
      env,
      extendEnv: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
      encoding: 'buffer',
      stripFinalNewline: false,
      timeout: EXEC_MS,
      reject: false,
    });
    if (result.exitCode === undefined) throw new Error(`docker ${args[0]}: ${result.shortMessage}`);
    const stderr = Buffer.from(result.stderr).toString('utf8');
    return { exitCode: result.exitCode, stdout: result.stdout, stderr };
  };
  const ask = async (args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await docker(args);
    if (exitCode !== 0) throw new Error(`docker ${args[0]} ${args[1] ?? ''}: ${stderr.trim()}`);
    return Buffer.from(stdout).toString('utf8');
  };
  const inspected = async <T>(list: readonly string[], inspect: readonly string[], shape: z.ZodType<T[]>) => {
    const ids = (await ask(list)).split('\n').filter((id) => id !== '');
    return ids.length === 0 ? [] : shape.parse(JSON.parse(await ask([...inspect, ...ids])));
  };
  const filter = ['--filter', `label=com.docker.stack.namespace=${stack}`];
  const containers = () =>
    inspected(['ps', '-q', ...filter, '--filter', 'status=running'], ['inspect'], Containers);
  const execAsRoot: LedgerApp['execAsRoot'] = (container, argv, input) =>
    docker(['exec', '--user', '0', ...(input === undefined ? [] : ['-i']), container, ...argv], input);

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

  const secrets = async (): Promise<SecretSum[]> => {
    const running = await containers();
    const services = await inspected(['service', 'ls', '-q', ...filter], ['service', 'inspect'], Services);
    const sums: SecretSum[] = [];
    for (const { Spec } of services) {
      const container = running.find(({ Config }) => Config.Labels[SERVICE_LABEL] === Spec.Name)?.Id;
      for (const { SecretName, File } of Spec.TaskTemplate.ContainerSpec.Secrets ?? []) {
        const path = new URL(File?.Name ?? SecretName, 'file:///run/secrets/').pathname;
        const read = container === undefined ? null : await execAsRoot(container, ['cat', path]);
        const sum = read?.exitCode === 0 ? sha256(read.stdout) : null;
        sums.push({ service: plain(Spec.Name), name: plain(SecretName), sha256: sum });
      }
    }
    return sums;
  };
  return {
    app: { ...makeApp(context), marker: ledgerMarker(context.domain), secrets: values, volumes, execAsRoot },
    secrets,
  };
}
