/** What the swarm was told, held against what was judged: while a deploy goes on, and as its last word. */
import { isDeepStrictEqual } from 'node:util';
import { deployedDifferences, differenceLine } from '../../domain/policy/deployed-differs.ts';
import { judgedNetworks, networkDifferences } from '../../domain/policy/deployed-networks.ts';
import { digestsOf, judgedSpecs } from '../../domain/policy/deployed-spec.ts';
import type { Tree } from '../../domain/recipe/compose-tree.ts';
import { counted } from '../../domain/text/count.ts';
import type { NetworkSpec, ServiceSpec } from '../../ports.ts';
import type { App, Step, Tools } from '../step/context.ts';
import { StageFailure } from '../step/report.ts';

/** Between two looks at what swarm was told: one list of services, and one of networks. */
const GUARD_MS = 400;

export interface Held {
  /** Ends with an error as soon as swarm was told something else; else with the signal. */
  guard(signal: AbortSignal): Promise<void>;
  /** The last word: all of it was told, and nothing else. */
  hold(): Promise<void>;
}

interface Told {
  readonly services: readonly ServiceSpec[];
  readonly networks: readonly NetworkSpec[];
}

type Context = Pick<App, 'request'> & Pick<Tools, 'specs'> & Pick<Step, 'log' | 'wait'>;

/** `env` is what the app's .env and abra.sh set; what the swarm has now is not this deploy's. */
export async function heldAgainst(
  context: Context,
  { tree, env }: { readonly tree: Tree; readonly env: Readonly<Record<string, string>> },
): Promise<Held> {
  const { stack } = context.request.app;
  const before = await toldOf(context);
  const judged: Told = { services: judgedSpecs(tree, stack), networks: judgedNetworks(tree, stack) };
  const exposed = digestsOf(env);
  const compare = (deployed: Told, wanted: Told): void => {
    const sides = { stack, judged: wanted.services, deployed: deployed.services };
    const networks = {
      judged: wanted.networks,
      deployed: deployed.networks,
      before: before.networks,
    };
    const found = [
      ...deployedDifferences({ ...sides, before: before.services, exposed }),
      ...networkDifferences(networks),
    ];
    if (found.length > 0) throw differs(found.map(differenceLine));
  };
  return {
    guard: async (signal) => {
      while (!signal.aborted) {
        // Where Docker does not answer, whoever watches the stack says so.
        const now = await toldOf(context).catch(() => null);
        if (now !== null) {
          const deployed = newOf(now, before);
          compare(deployed, onlyThose(judged, deployed));
        }
        await context.wait(GUARD_MS);
      }
    },
    hold: async () => {
      compare(await toldOf(context), judged);
      context.log.say(`the swarm was told what was judged: ${counted(judged.services.length, 'service')}`);
    },
  };
}

async function toldOf({ specs, request }: Pick<Context, 'specs' | 'request'>): Promise<Told> {
  const { stack } = request.app;
  const [services, networks] = await Promise.all([specs.specs(stack), specs.networks(stack)]);
  return { services, networks };
}

const isNew =
  <T>(before: readonly T[]) =>
  (spec: T): boolean =>
    !before.some((old) => isDeepStrictEqual(old, spec));

const newOf = (now: Told, before: Told): Told => ({
  services: now.services.filter(isNew(before.services)),
  networks: now.networks.filter(isNew(before.networks)),
});

/** While it goes on, what is not there yet is no difference. */
function onlyThose(judged: Told, deployed: Told): Told {
  const among =
    (specs: readonly { readonly name: string }[]) =>
    ({ name }: { readonly name: string }): boolean =>
      specs.some((spec) => spec.name === name);
  return {
    services: judged.services.filter(among(deployed.services)),
    networks: judged.networks.filter(among(deployed.networks)),
  };
}

export const DIFFERS = 'DeployedDiffers';

function differs(lines: readonly string[]): StageFailure {
  return new StageFailure('recipe', {
    reason: 'DeployedDiffers',
    message: `What the swarm was told differs from what was judged: ${lines[0] ?? ''}.`,
    evidence: lines.join('\n'),
  });
}
