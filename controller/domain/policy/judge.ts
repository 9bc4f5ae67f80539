/** The allowlist: every key of what is deployed is known, with the values that it may have; the rest is a finding. Pure. */
import type { Place, Tree } from '../recipe/compose-parse.ts';
import type { Allow, Finding } from './finding.ts';
import { sharedNetworkKeys } from './own-network.ts';
import { services } from './services.ts';
import { keys, matching, optional, wrong, type Scene } from './spot.ts';
import { configs, networks, secrets, volumes } from './things.ts';

export interface JudgeContext {
  readonly stack: string;
  readonly domain: string;
  readonly allow: Allow;
  readonly alone?: boolean;
  /** Where a part of the tree stands in the recipe's files; nowhere, if it is left out. */
  readonly place?: (path: readonly (string | number)[]) => Place;
}

/** More than anybody reads; what a generated file says beyond them is counted. */
export const MAX_JUDGED = 200;

const NOWHERE: Place = { file: '', line: 0 };
/** To find a place costs time, and a generated file may have as many findings as lines. */
const MAX_PLACES = 2 * MAX_JUDGED;

const composeFile = keys({
  version: matching(/^\d{1,2}(?:\.\d{1,2})?$/, 'a version of the schema, such as 3.8'),
  name: (spot) =>
    spot.value === spot.scene.stack ? [] : wrong(spot, 'left out: the stack has its name', 'ForeignName'),
  services: optional(services),
  volumes: optional(volumes),
  networks: optional(networks),
  secrets: optional(secrets),
  configs: optional(configs),
});

/** Of a tree whose variables are filled in: one file's, or all files' merged. */
export function judge(tree: Tree, context: JudgeContext): Finding[] {
  const { stack, domain, allow, alone = false, place = () => NOWHERE } = context;
  let asked = 0;
  const counted: Scene['place'] = (path) => ((asked += 1) > MAX_PLACES ? NOWHERE : place(path));
  const shared = ['proxy', ...sharedNetworkKeys(tree)];
  const scene: Scene = { stack, domain: domain.toLowerCase(), allow, alone, shared, place: counted };
  return bounded(composeFile({ value: tree, path: [], scene }));
}

function bounded(findings: readonly Finding[]): Finding[] {
  const errorsFirst = [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity !== 'error'),
  ];
  return errorsFirst.slice(0, MAX_JUDGED);
}
