import { compose, type Defect, IMAGE, IMPATIENT } from './defect.ts';

const WORKER = `services:
  worker:
    ${IMAGE}
    command: sleep 3600
    init: true
    stop_grace_period: 1s
    healthcheck:
      test: ["CMD-SHELL", "echo queue is not there; exit 1"]
      interval: 1s
      start_period: 1h
`;

export const oneNeverReady: Defect = {
  name: 'one-never-ready',
  because: 'one of two services that starts for ever is named, although the other answers',
  settings: IMPATIENT,
  edit: compose('services:\n', WORKER),
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'HealthcheckFailing',
    service: 'worker',
    message: /"worker" runs, but its health check does not succeed/,
    evidence: /queue is not there/,
  },
};
