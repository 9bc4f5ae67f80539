/** What the swarm has, held against what was judged: each difference with both sides. Pure. */
import type { ServiceSpec } from '../../ports.ts';

export interface DeployedDifference {
  readonly service: string;
  /** `mounts`, `labels`, …; `service` where the whole service is on one side only. */
  readonly field: string;
  /** Judged and not deployed. */
  readonly judged: readonly string[];
  /** Deployed and not judged. */
  readonly deployed: readonly string[];
}

export interface Comparison {
  readonly stack: string;
  readonly judged: readonly ServiceSpec[];
  readonly deployed: readonly ServiceSpec[];
  /** What the swarm had before this deploy: nothing is pruned, so a service that the new version lacks stays as it was. */
  readonly before: readonly ServiceSpec[];
  /** Names of the app's .env and abra.sh: abra gives all of them to the service `app`. */
  readonly exposed: readonly string[];
}

type Lines = readonly string[];

/** Empty where the swarm has exactly what was judged. */
export function deployedDifferences(comparison: Comparison): DeployedDifference[] {
  const { judged, deployed, before } = comparison;
  const find = (specs: readonly ServiceSpec[], name: string): ServiceSpec | undefined =>
    specs.find((spec) => spec.name === name);
  const missing = judged
    .filter(({ name }) => find(deployed, name) === undefined)
    .map(({ name }) => ({ service: name, field: 'service', judged: [name], deployed: [] }));
  const others = deployed.flatMap((spec): DeployedDifference[] => {
    const wanted = find(judged, spec.name) ?? find(before, spec.name);
    if (wanted === undefined)
      return [{ service: spec.name, field: 'service', judged: [], deployed: [spec.name] }];
    return specDifferences(wanted, spec, comparison);
  });
  return [...missing, ...others];
}

function specDifferences(
  wanted: ServiceSpec,
  found: ServiceSpec,
  { stack, exposed }: Comparison,
): DeployedDifference[] {
  const isApp = found.name === 'app';
  const abras = `coop-cloud.${stack}.`;
  const [ours, theirs] = [wanted, found].map((spec) => fieldsOf(spec));
  return Object.keys(theirs ?? {}).flatMap((field): DeployedDifference[] => {
    const may = (line: string): boolean => {
      if (field === 'image') return wanted.image !== '' && line.startsWith(`${wanted.image}@sha256:`);
      if (field === 'labels') return isApp && line.startsWith(abras);
      return field === 'environment' && isApp && exposed.includes(line);
    };
    const [a, b] = [ours?.[field] ?? [], theirs?.[field] ?? []];
    const deployed = b.filter((line) => !a.includes(line) && !may(line));
    const pinned = field === 'image' && deployed.length === 0;
    const judged = a.filter((line) => !b.includes(line) && !may(line) && !pinned);
    return judged.length + deployed.length === 0 ? [] : [{ service: found.name, field, judged, deployed }];
  });
}

/** In these the order is the meaning. */
const ORDERED = new Set(['entrypoint', 'command', 'healthcheck']);

function fieldsOf({ name: _name, ...fields }: ServiceSpec): Readonly<Record<string, Lines>> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, linesOf(field, value)]));
}

function linesOf(field: string, value: unknown): Lines {
  if (Array.isArray(value))
    return ORDERED.has(field) ? (value.length > 0 ? [JSON.stringify(value)] : []) : value.map(lineOf);
  if (typeof value !== 'object' || value === null) return value === '' || value === 0 ? [] : [lineOf(value)];
  return Object.entries(value)
    .filter(([, item]) => item !== 0)
    .map(([key, item]) => `${key}=${lineOf(item)}`);
}

function lineOf(value: unknown): string {
  if (Array.isArray(value)) return [...value].map(lineOf).sort().join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  const said = Object.entries(value).map(([key, item]) => [key, lineOf(item)] as const);
  return said
    .filter(([, item]) => !['', '0', 'false'].includes(item))
    .map(([key, item]) => `${key} ${item}`)
    .join(' ');
}

/** `app: mounts: judged "…", deployed "…"`. */
export function differenceLine({ service, field, judged, deployed }: DeployedDifference): string {
  const side = (lines: Lines): string =>
    lines.length === 0 ? 'nothing' : lines.map((line) => JSON.stringify(line)).join(', ');
  return `${service}: ${field}: judged ${side(judged)}, deployed ${side(deployed)}`;
}
