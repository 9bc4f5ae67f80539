/** What a recipe's compose files say once its env is filled in, and where: the input of the policy. Pure. */
import { BACKUP_LABEL, isBackupOn } from './backup-label.ts';
import { parseCompose, type ComposeText, type ParseProblem, type Place } from './compose-parse.ts';
import { fillDocument, type VariableProblem } from './compose-fill.ts';
import { serviceFacts, type FilledCompose, type ServiceFacts } from './compose-service.ts';
import { pathsOf, thingsOf, type NamedThing, type PathFact, type Section } from './compose-things.ts';
import { ownRefusals, versionRefusals } from './compose-refused.ts';
import type { Env } from './interpolate.ts';

export type { FilledCompose, ServiceFacts } from './compose-service.ts';
export type { NamedThing, PathFact } from './compose-things.ts';
export type { ComposeText, Place } from './compose-parse.ts';

export interface ComposeInput {
  /** In the order of COMPOSE_FILE. */
  readonly files: readonly ComposeText[];
  /** The app's `.env`, over it the exports of abra.sh, and STACK_NAME. */
  readonly env: Env;
  readonly stack: string;
}

export interface Router {
  readonly name: string;
  readonly rule: string;
  readonly service: string;
  readonly place: Place;
}

/** `plain`: `coop-cloud.<stack>.version`; `old`: `coop-cloud.<stack>.<service>.version` of the early recipes. */
export interface VersionLabel {
  readonly value: string;
  readonly form: 'plain' | 'old';
  readonly service: string;
  readonly place: Place;
}

export interface ComposeFacts {
  readonly stack: string;
  readonly files: readonly string[];
  readonly problems: readonly ParseProblem[];
  /** What docker's loader refuses of them, each alone and all together, apart from variables. */
  readonly refused: readonly ParseProblem[];
  /** The files themselves, filled in; those that cannot be read are among the problems. */
  readonly documents: readonly FilledCompose[];
  readonly services: readonly ServiceFacts[];
  /** Images in use, each once, filled in. */
  readonly images: readonly string[];
  /** Of the service `app`, else of any; null where there is none that is usable. */
  readonly version: string | null;
  readonly versionLabels: readonly VersionLabel[];
  readonly routers: readonly Router[];
  readonly secrets: readonly NamedThing[];
  readonly configs: readonly NamedThing[];
  readonly volumes: readonly NamedThing[];
  readonly networks: readonly NamedThing[];
  readonly paths: readonly PathFact[];
  readonly variables: readonly VariableProblem[];
  /** Passed through to a service, and set by nobody. */
  readonly unset: readonly Unset[];
}

export interface Unset {
  readonly name: string;
  readonly service: string;
  readonly place: Place;
}

export function composeFacts(input: ComposeInput): ComposeFacts {
  const parsed = input.files.map(parseCompose);
  const problems = parsed.filter((one): one is ParseProblem => 'message' in one);
  const documents = parsed.filter((one) => 'tree' in one).map((one) => fillDocument(one, input.env));
  const filled: readonly FilledCompose[] = documents;
  const services = serviceFacts(filled);
  const versionLabels = versionLabelsOf(services, input.stack);
  const things = (name: Section['name']): NamedThing[] =>
    thingsOf(filled, {
      name,
      stack: input.stack,
      used: new Set(services.flatMap((service) => service[name])),
    });
  return {
    stack: input.stack,
    files: input.files.map((file) => file.path),
    problems,
    refused: [
      ...documents.flatMap((document) => ownRefusals(document, input.env)),
      ...versionRefusals(documents),
    ],
    documents,
    services,
    images: [...new Set(services.flatMap((service) => service.image ?? []))],
    version: versionOf(versionLabels),
    versionLabels,
    routers: services.flatMap(routersOf),
    secrets: things('secrets'),
    configs: things('configs'),
    volumes: things('volumes'),
    networks: things('networks'),
    paths: filled.flatMap(pathsOf),
    variables: documents.flatMap((document) => document.variables),
    unset: services.flatMap((service) =>
      service.passed
        .filter(({ name }) => !Object.hasOwn(input.env, name))
        .map(({ name, place }) => ({ name, service: service.name, place })),
    ),
  };
}

/** In a mapping, docker leaves the key as it stands, `${STACK_NAME}` included. */
function versionLabelsOf(services: readonly ServiceFacts[], stack: string): VersionLabel[] {
  return services.flatMap((service) =>
    service.labels.flatMap(({ key, value, place }) => {
      const match = /^coop-cloud\.(?<stack>.+?)\.(?:(?<inner>[^.]+)\.)?version$/.exec(key);
      const { stack: named = '', inner } = match?.groups ?? {};
      if (![stack, '${STACK_NAME}', '$STACK_NAME'].includes(named) || value === null || value === '')
        return [];
      return [{ value, form: inner === undefined ? 'plain' : 'old', service: service.name, place } as const];
    }),
  );
}

/** The early form says which image a service has, not which version the recipe is. */
function versionOf(labels: readonly VersionLabel[]): string | null {
  const plain = labels.filter((label) => label.form === 'plain');
  return (plain.find((label) => label.service === 'app') ?? plain[0])?.value ?? null;
}

function routersOf(service: ServiceFacts): Router[] {
  return service.labels.flatMap(({ key, value, place }) => {
    const name = /^traefik\.(?:http|tcp)\.routers\.([^.]+)\.rule$/.exec(key)?.[1];
    return name === undefined ? [] : [{ name, rule: value ?? '', service: service.name, place }];
  });
}

/** Whether the recipe offers anything to back up, by backupbot's labels. */
export function hasBackup(facts: ComposeFacts): boolean {
  return facts.services.some((service) =>
    service.labels.some(({ key, value }) => key === BACKUP_LABEL && isBackupOn(value)),
  );
}
