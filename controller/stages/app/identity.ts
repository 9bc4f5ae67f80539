/** The proof that what answered was the commit under test; and before an upgrade, that it was the published version. */
import type { BaseProof, IdentityProof, PreparedData } from '../../api/stage-data.ts';
import type { ComposeFacts } from '../../domain/recipe/compose-facts.ts';
import { isSameVersion } from '../../domain/recipe/version.ts';
import type { ServiceSeen, ServiceSpec, StackSeen } from '../../ports.ts';
import { chaosLabel } from './watch-stack.ts';
import { StageFailure } from '../step/report.ts';

export interface Proven {
  readonly stack: StackSeen;
  readonly route: IdentityProof['route'];
  readonly commit: string;
  readonly images: PreparedData['images'];
}

/** Throws if the swarm does not bear the commit's label: then something else was judged. */
export function proofOf({ stack, route, commit, images }: Proven): IdentityProof {
  const app = stack.services.find((service) => service.name === 'app');
  const chaosVersion = app?.labels[chaosLabel(stack.stack)] ?? '';
  if (chaosVersion.length < 8 || !commit.startsWith(chaosVersion)) {
    throw new StageFailure('infra', {
      reason: 'WrongCommit',
      message: `The deployed commit is "${chaosVersion}", not ${commit.slice(0, 8)}: something else would be judged.`,
    });
  }
  const idOf = (image: string): string =>
    images.find((each) => image === each.image || image.startsWith(`${each.image}@`))?.id ?? '';
  return {
    commit,
    chaosVersion,
    chaosVersionMatches: true,
    route,
    services: stack.services.map((service) => servedBy(service, idOf)),
  };
}

function servedBy(service: ServiceSeen, idOf: (image: string) => string): IdentityProof['services'][number] {
  const running = service.tasks.filter((task) => task.state === 'running' && task.desired === 'running');
  return {
    name: service.name,
    image: service.image,
    imageId: idOf(service.image),
    tasks: running.map(({ id, container, node }) => ({ id, container: container ?? '', node })),
  };
}

export interface BaseDeployed {
  readonly stack: StackSeen;
  readonly specs: readonly ServiceSpec[];
  readonly facts: ComposeFacts;
  readonly version: string;
  readonly commit: string;
  readonly deployed: 'pinned' | 'chaos';
}

/** Throws if the swarm shows anything else than that version's label, images and configs: then something else would be upgraded. */
export function baseProofOf(base: BaseDeployed): BaseProof {
  const { specs, facts, version } = base;
  const label = baseLabel(base);
  const services = facts.services.map(({ name, image, configs }) => {
    const spec = specs.find((each) => each.name === name);
    const wanted = facts.configs.filter(({ key }) => configs.includes(key)).map((config) => config.name);
    const told = (spec?.configs ?? []).map((config) => config.name);
    const runs = spec?.image ?? 'nothing';
    if (image !== null && runs !== image && !runs.startsWith(`${image}@`))
      throw notTheBase(version, `service "${name}" has the image ${runs}, not ${image}`);
    if (wanted.toSorted().join() !== told.toSorted().join())
      throw notTheBase(version, `service "${name}" has the configs ${list(told)}, not ${list(wanted)}`);
    return { name, image: runs, configs: told };
  });
  return { label, services };
}

const list = (names: readonly string[]): string => names.join(', ') || 'none';

/** A pinned deploy bears the version, as abra or compose.yml says it; one by its commit bears the commit. */
function baseLabel({ stack, facts, version, commit, deployed }: BaseDeployed): string {
  const labels = stack.services.find(({ name }) => name === 'app')?.labels ?? {};
  const chaos = labels[chaosLabel(stack.stack)] ?? '';
  const label = labels[`coop-cloud.${stack.stack}.version`] ?? '';
  if (deployed === 'chaos') {
    if (chaos.length >= 8 && commit.startsWith(chaos)) return chaos;
    throw notTheBase(version, `the deployed commit is "${chaos}", not ${commit.slice(0, 8)}`);
  }
  if (label === facts.version || isSameVersion(label, version)) return label;
  throw notTheBase(version, `the version label of service "app" is "${label}"`);
}

function notTheBase(version: string, seen: string): StageFailure {
  return new StageFailure('infra', {
    reason: 'WrongCommit',
    message: `What runs before the upgrade is not ${version}: ${seen}.`,
    evidence: seen,
  });
}
