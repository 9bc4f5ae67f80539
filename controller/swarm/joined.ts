/** Who was told to join a network, whatever stack it belongs to. */
import { z } from 'zod';
import type { ServiceJoined } from '../ports.ts';
import { type Engine, makeEngine, parsed, withSignal } from './client.ts';
import { WRITTEN_BY_ENGINE } from './spec-networks.ts';
import { STACK_LABEL } from './things.ts';

const Network = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string(),
  Options: z.record(z.string(), z.string()).nullish(),
});

const Told = z.array(
  z.object({
    Spec: z.object({
      Name: z.string(),
      Labels: z.record(z.string(), z.string()).nullish(),
      TaskTemplate: z.object({ Networks: z.array(z.object({ Target: z.string() })).nullish() }),
    }),
  }),
);

async function networksOf(engine: Engine): Promise<z.infer<typeof Network>[]> {
  const what = 'list networks';
  const answer = await engine.ask(what, (signal) => engine.docker.listNetworks(withSignal({}, signal)));
  return parsed(z.array(Network), what, answer);
}

/** Null where there is no such network. */
export async function readJoined(engine: Engine, name: string): Promise<ServiceJoined[] | null> {
  const networks = await networksOf(engine);
  const network = networks.find((each) => each.Name === name);
  if (network === undefined) return null;
  const what = 'list services with their networks';
  const answer = await engine.ask(what, (signal) => engine.docker.listServices(withSignal({}, signal)));
  const nameOf = (target: string): string => networks.find(({ Id }) => Id === target)?.Name ?? target;
  return parsed(Told, what, answer)
    .map(({ Spec }) => ({
      service: Spec.Name,
      stack: Spec.Labels?.[STACK_LABEL] ?? null,
      networks: (Spec.TaskTemplate.Networks ?? []).map(({ Target }) => nameOf(Target)),
    }))
    .filter(({ networks: own }) => own.includes(name));
}

export function lookForJoined(options: {
  readonly dockerHost: string;
  readonly callMs?: number;
}): (name: string) => Promise<ServiceJoined[] | null> {
  const engine = makeEngine(options);
  return (name) => readJoined(engine, name);
}

/** For whoever deploys the proxy. */
export function makeNetworkKeeper({ dockerHost }: { readonly dockerHost: string }) {
  const engine = makeEngine({ dockerHost });
  return {
    names: async (): Promise<string[]> => (await networksOf(engine)).map(({ Name }) => Name),
    /** An overlay network with the options of the one that it is like. */
    ensure: async (
      name: string,
      { like, internal }: { readonly like: string; readonly internal: boolean },
    ): Promise<void> => {
      const networks = await networksOf(engine);
      if (networks.some(({ Name }) => Name === name)) return;
      const { [WRITTEN_BY_ENGINE]: _written, ...Options } =
        networks.find(({ Name }) => Name === like)?.Options ?? {};
      const wish = { Name: name, Driver: 'overlay', CheckDuplicate: true, Internal: internal, Options };
      await engine.ask(`create network ${name}`, (signal) =>
        engine.docker.createNetwork(withSignal(wish, signal)),
      );
    },
  };
}
