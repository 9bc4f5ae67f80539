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
  /** Names and digests of values of the app's .env and abra.sh: abra gives all of them to the service `app`. */
  readonly exposed: Readonly<Record<string, string>>;
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

/** In these abra says which version it deployed. */
const WRITTEN_BY_ABRA = ['TYPE', 'RECIPE'];

function specDifferences(
  wanted: ServiceSpec,
  found: ServiceSpec,
  { stack, exposed }: Comparison,
): DeployedDifference[] {
  const isApp = found.name === 'app';
  const isPin = (line: string): boolean => wanted.image !== '' && line.startsWith(`${wanted.image}@sha256:`);
  const isOfEnv = (line: string): boolean => {
    const [name = '', digest] = line.split('=');
    return Object.hasOwn(exposed, name) && (exposed[name] === digest || WRITTEN_BY_ABRA.includes(name));
  };
  const may: Partial<Record<string, (line: string) => boolean>> = {
    image: isPin,
    ...(isApp ? { labels: (line) => line.startsWith(`coop-cloud.${stack}.`), environment: isOfEnv } : {}),
  };
  return fieldDifferences(wanted, found, may).map((difference) =>
    difference.field === 'environment' ? withoutDigests(difference) : difference,
  );
}

/** What of two things of one name is on one side only; `may` says what may be added to a field. */
export function fieldDifferences<T extends { readonly name: string }>(
  wanted: T,
  found: T,
  may: Partial<Record<string, (line: string) => boolean>> = {},
): DeployedDifference[] {
  const [ours, theirs] = [fieldsOf(wanted), fieldsOf(found)];
  return Object.keys(theirs).flatMap((field): DeployedDifference[] => {
    const isFine = may[field] ?? (() => false);
    const [a, b] = [ours[field] ?? [], theirs[field] ?? []];
    const deployed = b.filter((line) => !a.includes(line) && !isFine(line));
    const pinned = field === 'image' && deployed.length === 0;
    const judged = a.filter((line) => !b.includes(line) && !isFine(line) && !pinned);
    return judged.length + deployed.length === 0 ? [] : [{ service: found.name, field, judged, deployed }];
  });
}

/** Values may be secrets: that they differ is all that is said. */
function withoutDigests(difference: DeployedDifference): DeployedDifference {
  const nameOf = (line: string): string => line.slice(0, line.indexOf('='));
  const [judged, deployed] = [difference.judged.map(nameOf), difference.deployed.map(nameOf)];
  const said = (names: Lines, others: Lines, which: string): string[] =>
    names.map((name) => (others.includes(name) ? `${name} with ${which}` : name));
  return {
    ...difference,
    judged: said(judged, deployed, 'one value'),
    deployed: said(deployed, judged, 'another value'),
  };
}

/** In these the order is the meaning. */
const ORDERED = new Set(['entrypoint', 'command', 'healthcheck']);

function fieldsOf({ name: _name, ...fields }: { readonly name: string }): Readonly<Record<string, Lines>> {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, linesOf(field, value)]));
}

const EMPTY: readonly unknown[] = ['', 0, false];

function linesOf(field: string, value: unknown): Lines {
  if (Array.isArray(value))
    return ORDERED.has(field) ? (value.length > 0 ? [JSON.stringify(value)] : []) : value.map(lineOf);
  if (typeof value !== 'object' || value === null) return EMPTY.includes(value) ? [] : [lineOf(value)];
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
