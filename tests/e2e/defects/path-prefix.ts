import { compose, type Defect, IMPATIENT } from './defect.ts';

export const pathPrefix: Defect = {
  name: 'path-prefix',
  because: 'the proxy’s own 404 at the health path is not the app’s answer',
  settings: { health: { ...IMPATIENT.health, status: 404 } },
  edit: compose('rule=Host(`${DOMAIN}`${EXTRA_DOMAINS})', 'rule=Host(`${DOMAIN}`) && PathPrefix(`/app`)'),
  want: {
    verdict: 'Failed',
    stage: 'install',
    reason: 'RouteMissing',
    service: 'app',
    message:
      /as the proxy answers for a host that it does not know\. The label .*PathPrefix\(`\/app`\) of service "app" names this host/,
    evidence: /404 page not found/,
  },
};
