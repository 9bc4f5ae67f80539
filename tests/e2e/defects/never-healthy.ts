import { compose, type Defect, IMPATIENT } from './defect.ts';

export const neverHealthy: Defect = {
  name: 'never-healthy',
  because: 'a health check that never passes is said with its own last words',
  settings: IMPATIENT,
  edit: compose('http://localhost/healthz', 'http://localhost/health'),
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'HealthcheckFailing',
    service: 'app',
    message: /health check/,
    evidence: /404 Not Found/,
  },
};
