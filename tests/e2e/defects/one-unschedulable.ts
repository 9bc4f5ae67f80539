import { compose, type Defect, IMAGE } from './defect.ts';

const WORKER = `services:
  worker:
    ${IMAGE}
    command: sleep 3600
    init: true
    deploy:
      placement:
        constraints: [node.labels.disk == fast]
`;

export const oneUnschedulable: Defect = {
  name: 'one-unschedulable',
  because: 'one of two services that finds no node is named, although the other answers',
  edit: compose('services:\n', WORKER),
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'Unschedulable',
    service: 'worker',
    message: /"worker" finds no node/,
    evidence: /scheduling constraints not satisfied/,
  },
};
