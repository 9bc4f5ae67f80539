/** The proof that what answered was the commit under test. */
import type { IdentityProof, PreparedData } from '../../api/stage-data.ts';
import type { ServiceSeen, StackSeen } from '../../ports.ts';
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
